import type { BundleView } from "../bundle-view.ts";
import { parseRecords, type WindowsRecord } from "./records.ts";

export type WindowsClass =
  | "operating-system"
  | "computer-system"
  | "bios"
  | "processor"
  | "disk-drive"
  | "storage-disk"
  | "disk-partition"
  | "storage-partition"
  | "logical-disk"
  | "volume"
  | "disk-to-partition"
  | "nic-configuration"
  | "nic"
  | "service"
  | "system-driver"
  | "page-file"
  | "encryptable-volume"
  | "deduplicated-volume"
  | "time-zone";

/** What a class is asked for in wmic, Get-WmiObject, Get-CimInstance and the storage cmdlets. */
const askedFor: readonly (readonly [RegExp, WindowsClass])[] = [
  [/Win32_LogicalDiskToPartition/i, "disk-to-partition"],
  [/Win32_OperatingSystem|\bwmic\b.*\bos\b|Get-ComputerInfo/i, "operating-system"],
  [/Win32_ComputerSystem\b|\bcomputersystem\b/i, "computer-system"],
  [/Win32_BIOS|\bwmic\b.*\bbios\b/i, "bios"],
  [/Win32_Processor|\bwmic\b.*\bcpu\b/i, "processor"],
  [/Win32_DiskDrive\b|\bdiskdrive\b/i, "disk-drive"],
  [/Win32_DiskPartition|\bwmic\b.*\bpartition\b/i, "disk-partition"],
  [/Get-Partition|MSFT_Partition/i, "storage-partition"],
  [/Get-Disk\b|MSFT_Disk/i, "storage-disk"],
  [/Win32_LogicalDisk\b|\blogicaldisk\b/i, "logical-disk"],
  [/Win32_EncryptableVolume|Get-BitLockerVolume/i, "encryptable-volume"],
  [/MSFT_DedupVolume|Get-Dedup(Volume|Status)/i, "deduplicated-volume"],
  [/Win32_Volume|Get-Volume|\bwmic\b.*\bvolume\b/i, "volume"],
  [/Win32_NetworkAdapterConfiguration|\bnicconfig\b/i, "nic-configuration"],
  [/Win32_NetworkAdapter\b|Get-NetAdapter|\bwmic\b.*\bnic\b/i, "nic"],
  [/Win32_SystemDriver|\bsysdriver\b/i, "system-driver"],
  [/Win32_Service|Get-Service|\bwmic\b.*\bservice\b/i, "service"],
  [/Win32_PageFileUsage|\bpagefile\b/i, "page-file"],
  [/Win32_TimeZone|\btimezone\b/i, "time-zone"],
];

/** What an object is by its own properties, for captures that do not tell their class. */
function classByShape(record: WindowsRecord): WindowsClass | null {
  const has = (...keys: readonly string[]): boolean => keys.every((key) => record.values.has(key));
  const value = (key: string): string => record.values.get(key) ?? "";
  if (has("antecedent", "dependent")) return "disk-to-partition";
  if (has("partitionnumber") && has("disknumber")) return "storage-partition";
  if (has("partitionstyle") || has("operationalstatus", "bustype")) return "storage-disk";
  if (has("smbiosbiosversion") || has("bioscharacteristics")) return "bios";
  if (has("dhcpenabled")) return "nic-configuration";
  if (has("addresswidth") || has("numberoflogicalprocessors", "architecture")) return "processor";
  if (
    has("buildnumber", "caption") ||
    has("osarchitecture") ||
    has("windowsproductname") ||
    (has("producttype") && has("version"))
  )
    return "operating-system";
  if (has("diskindex", "startingoffset") || (has("diskindex") && has("bootpartition")))
    return "disk-partition";
  // wmic's tables of a few columns: `Disk #0, Partition #1` and its translations.
  if (
    has("type") &&
    /\d+\D+\d+$/.test(value("name") || value("deviceid")) &&
    /,/.test(value("name") || value("deviceid"))
  )
    return "disk-partition";
  if (/PHYSICALDRIVE\d+/i.test(value("deviceid")) || (has("interfacetype") && has("size")))
    return "disk-drive";
  if (has("allocatedbasesize")) return "page-file";
  if (has("volume", "savedspace")) return "deduplicated-volume";
  if (has("protectionstatus")) return "encryptable-volume";
  if (has("drivetype") && /^[A-Z]:$/i.test(value("deviceid"))) return "logical-disk";
  if (has("driveletter") && (has("filesystem") || has("filesystemtype"))) return "volume";
  if (
    has("startmode", "state", "pathname") ||
    (has("servicename", "status") && has("displayname")) ||
    (has("status", "displayname") && has("name"))
  )
    return "service";
  if (has("netconnectionid") || has("netenabled") || has("interfacedescription", "macaddress")) return "nic";
  if (has("manufacturer", "model") && !has("size") && !has("deviceid")) return "computer-system";
  return null;
}

/** Every object of the bundle by class, from whatever command or file printed it. */
export function windowsObjects(view: BundleView): ReadonlyMap<WindowsClass, readonly WindowsRecord[]> {
  const objects = new Map<WindowsClass, WindowsRecord[]>();
  const captures = [
    ...view.allCommands
      .filter(
        (command) =>
          !/^(systeminfo|diskpart|vssadmin|bcdedit|ipconfig|ver|reg|sc|net|w32tm)$/.test(command.tool),
      )
      .map((command) => ({ asked: command.commandLine, capture: command.output })),
    ...Object.entries(view.bundle.files).map(([path, text]) => ({
      asked: path,
      capture: { source: path, text },
    })),
  ];
  for (const { asked, capture } of captures) {
    const byCommand = askedFor.find(([pattern]) => pattern.test(asked))?.[1] ?? null;
    for (const record of parseRecords(capture)) {
      const kind = classByShape(record) ?? byCommand;
      if (kind === null) continue;
      const list = objects.get(kind);
      if (list) list.push(record);
      else objects.set(kind, [record]);
    }
  }
  return objects;
}
