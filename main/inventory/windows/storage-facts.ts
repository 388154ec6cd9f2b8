import type { Mount, StorageFacts, Swap, UsageFacts } from "../../../common/domain/facts.ts";
import type { BundleView } from "../bundle-view.ts";
import { jsonIn, linesOf, objectOf, scalarText } from "../capture.ts";
import { DeviceGraph, partitionByOffset } from "../storage/device-graph.ts";
import {
  isDynamicType,
  isExtendedType,
  normalizePartitionType,
  partitionRole,
  partitionTypeName,
} from "../storage/partition-types.ts";
import { dynamicLayout, parseDiskpart } from "./diskpart.ts";
import type { WindowsClass } from "./objects.ts";
import { flagOf, numberOf, valueOf, type WindowsRecord } from "./records.ts";

const diskName = (number: number): string => `\\\\.\\PHYSICALDRIVE${number}`;
const exact = (bytes: number | null): { bytes: number; isExact: boolean } | null =>
  bytes === null ? null : { bytes, isExact: true };

/** Windows' filesystem names to blkid's. */
export function contentTypeOf(filesystem: string): string {
  const names: Readonly<Record<string, string>> = {
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
  };
  return names[filesystem.trim().toUpperCase()] ?? filesystem.trim().toLowerCase();
}

export function windowsStorage(
  view: BundleView,
  objects: ReadonlyMap<WindowsClass, readonly WindowsRecord[]>,
): StorageFacts {
  const graph = new DeviceGraph();
  const all = (kind: WindowsClass): readonly WindowsRecord[] => objects.get(kind) ?? [];
  for (const record of all("disk-drive")) tellDrive(graph, record);
  for (const record of all("storage-disk")) tellStorageDisk(graph, record);
  for (const record of all("disk-partition")) tellWmiPartition(graph, record);
  for (const record of all("storage-partition")) tellStoragePartition(graph, record);
  const letters = letterParents(all("disk-to-partition"));
  const mounts: Mount[] = [];
  for (const record of [...all("logical-disk"), ...all("volume")]) {
    const mount = tellVolume(graph, record, letters);
    if (mount && !mounts.some((known) => known.where === mount.where)) mounts.push(mount);
  }
  const sawDiskpart = tellDiskpart(graph, view);
  for (const mount of ohaiVolumes(view, graph))
    if (!mounts.some((known) => known.where === mount.where)) mounts.push(mount);
  tellBitLocker(graph, view, all("encryptable-volume"));
  const swaps = all("page-file").map(pageFile);
  return {
    devices: [...graph.build()],
    volumeGroups: [],
    zfsPools: [],
    mounts,
    fstab: null,
    crypttab: null,
    swaps: all("page-file").length > 0 ? swaps : null,
    deviceListComplete: all("disk-drive").length > 0 || sawDiskpart.disks,
    dynamicDisksLookedFor: all("disk-partition").length > 0 || sawDiskpart.disks,
  };
}

function tellDrive(graph: DeviceGraph, record: WindowsRecord): void {
  const index =
    numberOf(record, "index") ??
    Number(/PHYSICALDRIVE(\d+)/i.exec(valueOf(record, "deviceid", "name") ?? "")?.[1] ?? Number.NaN);
  if (!Number.isInteger(index)) return;
  const media = valueOf(record, "mediatype") ?? "";
  graph.claim(
    diskName(index),
    {
      kind: "disk",
      size: exact(numberOf(record, "size")),
      model: valueOf(record, "model", "caption"),
      serial: valueOf(record, "serialnumber"),
      transport: valueOf(record, "interfacetype")?.toLowerCase() ?? null,
      logicalSectorBytes: numberOf(record, "bytespersector"),
      isRemovable:
        /removable/i.test(media) || /^usb$/i.test(valueOf(record, "interfacetype") ?? "")
          ? true
          : media === ""
            ? null
            : false,
    },
    record.evidence,
  );
}

function tellStorageDisk(graph: DeviceGraph, record: WindowsRecord): void {
  const number = numberOf(record, "number", "disknumber", "deviceid");
  if (number === null) return;
  const style = (valueOf(record, "partitionstyle") ?? "").toLowerCase();
  graph.claim(
    diskName(number),
    {
      kind: "disk",
      size: exact(numberOf(record, "size")),
      partitionTable:
        style === "gpt" || style === "2"
          ? "gpt"
          : style === "mbr" || style === "1"
            ? "mbr"
            : style === "raw" || style === "0"
              ? "none"
              : null,
      model: valueOf(record, "friendlyname", "model"),
      serial: valueOf(record, "serialnumber"),
      transport: valueOf(record, "bustype")?.toLowerCase() ?? null,
      state: valueOf(record, "operationalstatus"),
      logicalSectorBytes: numberOf(record, "logicalsectorsize"),
      isReadOnly: flagOf(record, "isreadonly"),
    },
    record.evidence,
  );
}

function tellWmiPartition(graph: DeviceGraph, record: WindowsRecord): void {
  // `Disk #0, Partition #1`, `磁盘 #0，分区 #1`: numbers in any language.
  const numbers = [...(valueOf(record, "deviceid", "name") ?? "").matchAll(/\d+/g)].map((match) =>
    Number(match[0]),
  );
  const disk = numberOf(record, "diskindex") ?? numbers[0] ?? null;
  const index = numberOf(record, "index") ?? numbers[1] ?? null;
  if (disk === null || index === null) return;
  const type = valueOf(record, "type") ?? "";
  const offset = numberOf(record, "startingoffset");
  const isGpt = /^GPT/i.test(type);
  const isDynamic = /logical disk manager|\bLDM\b/i.test(type);
  const isExtended = /^extended/i.test(type);
  graph.claim(
    `Disk #${disk}, Partition #${index}`,
    {
      kind: "partition",
      aliases: offset === null ? [] : [partitionByOffset(disk, offset)],
      parents: [diskName(disk)],
      size: exact(numberOf(record, "size")),
      ...(isDynamic ? { isDynamic: true } : {}),
      partition: {
        role: isExtended
          ? "extended"
          : isGpt
            ? "primary"
            : flagOf(record, "primarypartition") === true
              ? "primary"
              : null,
        typeName: type === "" ? null : type,
        startBytes: offset,
        isActive: flagOf(record, "bootpartition"),
      },
    },
    record.evidence,
  );
  graph.claim(
    diskName(disk),
    { partitionTable: type === "" ? null : isGpt ? "gpt" : "mbr", ...(isDynamic ? { isDynamic: true } : {}) },
    record.evidence,
  );
}

function tellStoragePartition(graph: DeviceGraph, record: WindowsRecord): void {
  const disk = numberOf(record, "disknumber");
  const number = numberOf(record, "partitionnumber");
  if (disk === null || number === null) return;
  const offset = numberOf(record, "offset");
  const mbrType = numberOf(record, "mbrtype");
  const type =
    normalizePartitionType(valueOf(record, "gpttype")) ??
    (mbrType === null ? null : normalizePartitionType(mbrType.toString(16)));
  const letter = /^[A-Z]/i.exec(valueOf(record, "driveletter") ?? "")?.[0]?.toUpperCase();
  const name = `Disk ${disk} Partition ${number}`;
  graph.claim(
    name,
    {
      kind: "partition",
      aliases: offset === null ? [] : [partitionByOffset(disk, offset)],
      parents: [diskName(disk)],
      size: exact(numberOf(record, "size")),
      ...(isDynamicType(type) ? { isDynamic: true } : {}),
      partition: {
        number,
        type,
        typeName: partitionTypeName(type) ?? valueOf(record, "type"),
        role: isExtendedType(type)
          ? "extended"
          : partitionRole(type?.startsWith("0x") === true ? "mbr" : type ? "gpt" : null, type, null),
        startBytes: offset,
        uuid: valueOf(record, "guid")?.replace(/[{}]/g, "").toLowerCase() ?? null,
        isActive: flagOf(record, "isactive"),
      },
    },
    record.evidence,
  );
  if (letter !== undefined) graph.claim(`${letter}:`, { kind: "volume", parents: [name] }, record.evidence);
}

/** Win32_LogicalDiskToPartition: `…DeviceID="Disk #0, Partition #1"` → `…DeviceID="C:"`. */
function letterParents(records: readonly WindowsRecord[]): ReadonlyMap<string, string> {
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

function tellVolume(
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
  if (!isNetwork) {
    const parent = drive === undefined ? undefined : letters.get(drive);
    graph.claim(
      id,
      {
        kind: isOptical ? "rom" : "volume",
        parents: parent === undefined ? [] : [parent],
        size: exact(usage?.totalBytes ?? null),
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

function tellDiskpart(graph: DeviceGraph, view: BundleView): { readonly disks: boolean } {
  let sawDisks = false;
  const captures = [
    ...view.commands("diskpart").map((command) => command.output),
    ...view.files(/diskpart/i),
    ...view.allCommands
      .filter((command) => command.tool !== "diskpart" && /diskpart/i.test(command.commandLine))
      .map((command) => command.output),
  ];
  for (const capture of captures) {
    const output = parseDiskpart(capture);
    sawDisks ||= output.disks.length > 0;
    for (const disk of output.disks) {
      graph.claim(
        diskName(disk.number),
        {
          kind: "disk",
          size: disk.size,
          partitionTable: disk.isGpt ? "gpt" : "mbr",
          isDynamic: disk.isDynamic,
        },
        disk.evidence,
      );
    }
    for (const partition of output.partitions) {
      // A transcript without its "select disk" does not tell whose partitions these are.
      const disk = partition.disk ?? "?";
      const name =
        partition.number === 0 ? `Disk ${disk} Extended` : `Disk ${disk} Partition ${partition.number}`;
      graph.claim(
        name,
        {
          kind: "partition",
          parents: partition.disk === null ? [] : [diskName(partition.disk)],
          size: partition.size,
          ...(partition.isDynamic ? { isDynamic: true } : {}),
          partition: {
            number: partition.number === 0 ? null : partition.number,
            role: partition.isExtended ? "extended" : partition.isLogical ? "logical" : "primary",
            typeName: partition.typeText,
          },
        },
        partition.evidence,
      );
      if (partition.isDynamic && partition.disk !== null)
        graph.claim(diskName(partition.disk), { isDynamic: true }, partition.evidence);
    }
    for (const volume of output.volumes) {
      const layout = dynamicLayout(volume.typeText);
      const id = volume.letter === null ? `\\\\.\\VOLUME${volume.number}` : `${volume.letter}:`;
      graph.claim(
        id,
        {
          kind: /cd|dvd/i.test(volume.typeText) ? "rom" : "volume",
          size: volume.size,
          content:
            volume.filesystem === null
              ? null
              : { type: contentTypeOf(volume.filesystem), label: volume.label },
          mountPoints: volume.letter === null ? [] : [`${volume.letter}:\\`],
          state: volume.statusText === "" ? null : volume.statusText,
          ...(layout === null ? {} : { layout, isDynamic: true }),
        },
        volume.evidence,
      );
    }
  }
  return { disks: sawDisks };
}

/** Volumes as ohai's `filesystem` lists them, in KB. */
function ohaiVolumes(view: BundleView, graph: DeviceGraph): readonly Mount[] {
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
function tellBitLocker(graph: DeviceGraph, view: BundleView, records: readonly WindowsRecord[]): void {
  for (const record of records) {
    const letter = /^([A-Z]):/i.exec(valueOf(record, "driveletter", "mountpoint") ?? "")?.[1]?.toUpperCase();
    const conversion = valueOf(record, "conversionstatus", "volumestatus");
    const protection = valueOf(record, "protectionstatus");
    const isEncrypted =
      protection === "1" ||
      /^on$/i.test(protection ?? "") ||
      (conversion !== null && conversion !== "0" && !/FullyDecrypted/i.test(conversion));
    if (letter !== undefined && isEncrypted) tellEncrypted(graph, `${letter}:`, record.evidence);
  }
  for (const command of view.commands("manage-bde")) {
    let letter: string | null = null;
    for (const line of linesOf(command.output)) {
      const volume = /^\D*?\b([A-Z]):/.exec(line.text);
      if (volume && !/^\s{2,}/.test(line.text)) letter = volume[1] ?? null;
      const percentage = /[:：]\s*(\d+)([.,]\d+)?\s?%/.exec(line.text);
      if (letter !== null && percentage && (Number(percentage[1]) > 0 || /[1-9]/.test(percentage[2] ?? ""))) {
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

function pageFile(record: WindowsRecord): Swap {
  const mib = numberOf(record, "allocatedbasesize");
  const used = numberOf(record, "currentusage");
  return {
    path: valueOf(record, "name", "caption") ?? "pagefile.sys",
    kind: "pagefile",
    sizeBytes: mib === null ? null : mib * 1024 ** 2,
    usedBytes: used === null ? null : used * 1024 ** 2,
    isActive: true,
    evidence: [record.evidence],
  };
}
