import type { Mount, UsageFacts } from "../../../common/domain/facts.ts";
import type { BundleView } from "../bundle-view.ts";
import { jsonIn, linesOf, objectOf, scalarText } from "../capture.ts";
import type { DeviceGraph } from "../storage/device-graph.ts";
import { numberOf, valueOf, type WindowsRecord } from "./records.ts";
import { wordTable } from "../../../common/word-table.ts";

/** Windows' filesystem names to blkid's. */
export function contentTypeOf(filesystem: string): string {
  const names = wordTable<string>({
    NTFS: "ntfs",
    FAT: "vfat",
    FAT16: "vfat",
    FAT32: "vfat",
    EXFAT: "exfat",
    REFS: "refs",
    CDFS: "iso9660",
    UDF: "udf",
    CSVFS: "csvfs",
    RAW: "unknown",
  });
  return names[filesystem.trim().toUpperCase()] ?? filesystem.trim().toLowerCase();
}

/** Win32_LogicalDiskToPartition: `…DeviceID="Disk #0, Partition #1"` → `…DeviceID="C:"`. */
export function letterParents(records: readonly WindowsRecord[]): ReadonlyMap<string, string> {
  const letters = new Map<string, string>();
  for (const record of records) {
    const numbers = /DeviceID="?\\?"?([^"]*\d+[^"]*\d+)/i
      .exec(valueOf(record, "antecedent") ?? "")?.[1]
      ?.match(/\d+/g);
    const letter = /([A-Z]):/i
      .exec(/DeviceID=.*$/i.exec(valueOf(record, "dependent") ?? "")?.[0] ?? "")?.[1]
      ?.toUpperCase();
    if (letter !== undefined && numbers && numbers.length >= 2)
      letters.set(letter, `Disk #${numbers[0]}, Partition #${numbers[1]}`);
  }
  return letters;
}

/** Tells of one volume with or without a letter; the mount that it makes, null without a letter. */
export function tellVolume(
  graph: DeviceGraph,
  record: WindowsRecord,
  letters: ReadonlyMap<string, string>,
): Mount | null {
  const drive = /^([A-Z]):?\\?$/i
    .exec(
      valueOf(record, "driveletter") ??
        valueOf(record, "deviceid") ??
        valueOf(record, "name") ??
        valueOf(record, "caption") ??
        "",
    )?.[1]
    ?.toUpperCase();
  const id = drive === undefined ? valueOf(record, "deviceid", "uniqueid", "path") : `${drive}:`;
  if (id === null || (drive === undefined && !/^\\\\\?\\Volume/i.test(id))) return null;
  const filesystem = valueOf(record, "filesystem", "filesystemtype");
  const type = filesystem === null ? null : contentTypeOf(filesystem);
  const driveType = valueOf(record, "drivetype") ?? "";
  const isNetwork = driveType === "4" || /network/i.test(driveType);
  const isOptical = driveType === "5" || /cd-?rom/i.test(driveType);
  const usage = usageOf(record);
  const provider = valueOf(record, "providername");
  // A drive for floppies or cards with nothing in it.
  if (type === null && usage === null && driveType === "2") return null;
  if (!isNetwork) {
    const parent = drive === undefined ? undefined : letters.get(drive);
    graph.claim(
      id,
      {
        kind: isOptical ? "rom" : "volume",
        parents: parent === undefined ? [] : [parent],
        size:
          usage?.totalBytes === null || usage?.totalBytes === undefined
            ? null
            : { bytes: usage.totalBytes, isExact: true },
        content:
          type === null
            ? null
            : {
                type,
                label: valueOf(record, "volumename", "label", "filesystemlabel"),
                uuid: valueOf(record, "volumeserialnumber"),
              },
        mountPoints: drive === undefined ? [] : [`${drive}:\\`],
        usage,
        isRemovable: driveType === "2" || /removable/i.test(driveType) ? true : null,
      },
      record.evidence,
    );
  }
  if (drive === undefined) return null;
  return {
    what: isNetwork ? (provider ?? id) : id,
    where: `${drive}:\\`,
    type: type ?? "unknown",
    options: [],
    device: isNetwork ? null : id,
    isNetwork,
    usage,
    evidence: [record.evidence],
  };
}

function usageOf(record: WindowsRecord): UsageFacts | null {
  const total = numberOf(record, "size", "capacity");
  const free = numberOf(record, "freespace", "sizeremaining");
  if (total === null) return null;
  return {
    totalBytes: total,
    usedBytes: free === null ? null : total - free,
    availableBytes: free,
    inodesTotal: null,
    inodesUsed: null,
  };
}

/** Volumes as ohai's `filesystem` lists them, in KB. */
export function ohaiVolumes(view: BundleView, graph: DeviceGraph): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const command of view.commands("ohai")) {
    const filesystems = objectOf(objectOf(jsonIn(command.output.text))?.["filesystem"]);
    for (const [letter, entry] of Object.entries(filesystems ?? {})) {
      const object = objectOf(entry);
      if (!object || !/^[A-Z]:$/i.test(letter)) continue;
      const kilobytes = (key: string): number | null => {
        const value = Number(scalarText(object[key]) ?? Number.NaN);
        // ohai's Windows plug-in divides by 1000.
        return Number.isFinite(value) ? value * 1000 : null;
      };
      const usage: UsageFacts = {
        totalBytes: kilobytes("kb_size"),
        usedBytes: kilobytes("kb_used"),
        availableBytes: kilobytes("kb_available"),
        inodesTotal: null,
        inodesUsed: null,
      };
      const type = contentTypeOf(scalarText(object["fs_type"]) ?? "unknown");
      const evidence = { source: command.commandLine, line: null, text: `${letter} ${type}` };
      graph.claim(
        letter,
        { kind: "volume", content: { type }, mountPoints: [`${letter}\\`], usage },
        evidence,
      );
      mounts.push({
        what: letter,
        where: `${letter}\\`,
        type,
        options: [],
        device: letter,
        isNetwork: false,
        usage,
        evidence: [evidence],
      });
    }
  }
  return mounts;
}

/** manage-bde -status and Win32_EncryptableVolume: volumes whose data lie encrypted on the disk. */
export function tellBitLocker(graph: DeviceGraph, view: BundleView, records: readonly WindowsRecord[]): void {
  for (const record of records) {
    const letter = /^([A-Z]):/i.exec(valueOf(record, "driveletter", "mountpoint") ?? "")?.[1]?.toUpperCase();
    // A volume on a folder, or on none, is known by its id.
    const id =
      letter === undefined
        ? /^\\\\\?\\Volume\{.*$/i.exec(valueOf(record, "deviceid", "mountpoint") ?? "")?.[0]
        : `${letter}:`;
    const conversion = valueOf(record, "conversionstatus", "volumestatus");
    const protection = valueOf(record, "protectionstatus");
    // Protection is unknown (2) where a volume is locked, and a suspended volume is encrypted without protection.
    const isEncrypted =
      /^(1|2|on|unknown)$/i.test(protection ?? "") ||
      (conversion !== null && conversion !== "0" && !/FullyDecrypted/i.test(conversion));
    if (id !== undefined && isEncrypted) tellEncrypted(graph, id, record.evidence);
  }
  for (const command of view.commands("powershell", "get-bitlockervolume")) {
    // Format-Table breaks this cmdlet's headings over two lines, so the row is read by what only it can hold.
    if (!/Get-BitLockerVolume/i.test(command.commandLine)) continue;
    for (const line of linesOf(command.output)) {
      const row =
        /(?:^|\s)([A-Z]):\s+\S+\s+(?:(?:Fully|UsedSpaceOnly)?Encrypt\w*|Decrypt\w*|Unknown)\s/.exec(
          line.text,
        ) ?? /(?:^|\s)([A-Z]):\s.*\sUnknown\s*$/.exec(line.text);
      if (row)
        tellEncrypted(graph, `${row[1]}:`, {
          source: command.commandLine,
          line: line.number,
          text: line.text.trim().slice(0, 240),
        });
    }
  }
  for (const command of view.commands("manage-bde")) {
    let letter: string | null = null;
    for (const line of linesOf(command.output)) {
      const volume = /^\D*?\b([A-Z]):/.exec(line.text);
      if (volume && !/^\s{2,}/.test(line.text)) letter = volume[1] ?? null;
      // A locked volume does not say how much of it is encrypted: a word stands in the number's place.
      const percentage = /[:：]\s*(?:(\d+)([.,]\d+)?|\p{L}[^%]*)\s?%/u.exec(line.text);
      const isSome =
        percentage?.[1] === undefined || Number(percentage[1]) > 0 || /[1-9]/.test(percentage[2] ?? "");
      if (letter !== null && percentage && isSome) {
        tellEncrypted(graph, `${letter}:`, {
          source: command.commandLine,
          line: line.number,
          text: `${letter}: ${line.text.trim()}`.slice(0, 240),
        });
      }
    }
  }
}

function tellEncrypted(graph: DeviceGraph, volume: string, evidence: WindowsRecord["evidence"]): void {
  // The volume with its letter lies on an encrypted one, as an opened LUKS mapping lies on its container.
  const container = `${volume} BitLocker`;
  graph.claim(container, { kind: "volume", content: { type: "BitLocker" } }, evidence);
  graph.claim(volume, { kind: "volume", parents: [container] }, evidence);
}
