import type { Mount, StorageFacts, Swap } from "../../../common/domain/facts.ts";
import type { BundleView } from "../bundle-view.ts";
import { parseSize } from "../sizes.ts";
import { partitionByOffset } from "../storage/device-draft.ts";
import { DeviceGraph } from "../storage/device-graph.ts";
import {
  isDynamicType,
  isExtendedType,
  normalizePartitionType,
  partitionRole,
  partitionTypeName,
} from "../storage/partition-types.ts";
import { busTypeOf } from "./bus-types.ts";
import { dynamicLayout, parseDiskpart } from "./diskpart.ts";
import type { WindowsClass } from "./objects.ts";
import { tellPartitionTables } from "./partition-table.ts";
import { readWmiPartitionType } from "./partition-words.ts";
import { flagOf, numberOf, valueOf, type WindowsRecord } from "./records.ts";
import { contentTypeOf, letterParents, ohaiVolumes, tellBitLocker, tellVolume } from "./volumes.ts";
import { wordTable } from "../../../common/word-table.ts";

const diskName = (number: number): string => `\\\\.\\PHYSICALDRIVE${number}`;
const exact = (bytes: number | null): { bytes: number; isExact: boolean } | null =>
  bytes === null ? null : { bytes, isExact: true };

export function windowsStorage(
  view: BundleView,
  objects: ReadonlyMap<WindowsClass, readonly WindowsRecord[]>,
): StorageFacts {
  const graph = new DeviceGraph();
  const all = (kind: WindowsClass): readonly WindowsRecord[] => objects.get(kind) ?? [];
  // Win32_DiskDrive calls iSCSI, Storage Spaces and much else SCSI: the storage provider's word on the bus comes first.
  for (const record of all("storage-disk")) tellBus(graph, record);
  for (const record of all("disk-drive")) tellDrive(graph, record);
  for (const record of all("storage-disk")) tellStorageDisk(graph, record);
  for (const record of all("disk-partition")) tellWmiPartition(graph, record);
  for (const record of all("storage-partition")) tellStoragePartition(graph, record);
  tellPartitionTables(graph, view, diskName);
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
    duplicates: [],
    deduplicated: all("deduplicated-volume").flatMap((record) => {
      const volume = valueOf(record, "volume", "volumeid");
      return volume === null ? [] : [{ volume, evidence: [record.evidence] }];
    }),
    deviceListComplete: all("disk-drive").length > 0 || sawDiskpart.disks,
    dynamicDisksLookedFor: sawDiskpart.disks || saysWhetherDynamic(all("disk-partition")),
  };
}

/** True where the partition types leave no doubt about any partition. */
function saysWhetherDynamic(partitions: readonly WindowsRecord[]): boolean {
  return (
    partitions.length > 0 &&
    partitions.every((record) => readWmiPartitionType(valueOf(record, "type") ?? "").isDynamic !== null)
  );
}

function tellBus(graph: DeviceGraph, record: WindowsRecord): void {
  const number = numberOf(record, "number", "disknumber", "deviceid");
  const transport = busTypeOf(valueOf(record, "bustype"));
  if (number !== null && transport !== null) graph.claim(diskName(number), { kind: "disk", transport }, null);
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
      // The table that Get-Disk prints has sizes for people: `1.5 TB`.
      size: exact(numberOf(record, "size")) ?? parseSize(valueOf(record, "totalsize") ?? ""),
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
      state: diskState(record),
      logicalSectorBytes: numberOf(record, "logicalsectorsize"),
      isReadOnly: flagOf(record, "isreadonly"),
    },
    record.evidence,
  );
}

/** MSFT_Disk.OperationalStatus: the cmdlets give words, WMI numbers. */
const operationalStates = wordTable<string>({
  "53264": "Online",
  "53265": "Not Ready",
  "53266": "No Media",
  "53267": "Offline",
  "53268": "Failed",
});

function diskState(record: WindowsRecord): string | null {
  if (flagOf(record, "isoffline") === true) return "Offline";
  const state = valueOf(record, "operationalstatus");
  return state === null ? null : (operationalStates[state] ?? state);
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
  const { isGpt, isExtended, isDynamic } = readWmiPartitionType(type);
  const isPrimary = flagOf(record, "primarypartition");
  graph.claim(
    `Disk #${disk}, Partition #${index}`,
    {
      kind: "partition",
      aliases: offset === null ? [] : [partitionByOffset(disk, offset)],
      parents: [diskName(disk)],
      size: exact(numberOf(record, "size")),
      ...(isDynamic === true ? { isDynamic } : {}),
      partition: {
        // Of an MBR's partitions those that are neither primary nor a container lie in one.
        role: isExtended
          ? "extended"
          : isGpt || isPrimary === true
            ? "primary"
            : isPrimary === false && isDynamic === false
              ? "logical"
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
    {
      kind: "disk",
      partitionTable: type === "" ? null : isGpt ? "gpt" : "mbr",
      ...(isDynamic === true ? { isDynamic } : {}),
    },
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
  const paths = accessPaths(valueOf(record, "accesspaths"));
  // A volume with a letter is called by it everywhere else.
  if (letter === undefined && paths.volume !== null)
    graph.claim(
      paths.volume,
      { kind: "volume", parents: [name], mountPoints: paths.folders },
      record.evidence,
    );
}

/** `{C:\Data\, \\?\Volume{…}\}`: folders that a partition is mounted on, and its volume. */
function accessPaths(text: string | null): { readonly volume: string | null; readonly folders: string[] } {
  const paths = (text ?? "")
    .replace(/^\{(.*)\}$/s, "$1")
    .split(",")
    .map((path) => path.trim());
  return {
    volume: paths.find((path) => /^\\\\\?\\Volume\{/i.test(path)) ?? null,
    folders: paths.filter((path) => /^[A-Z]:\\./i.test(path)),
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
      if (partition.disk !== null)
        graph.claim(
          diskName(partition.disk),
          { kind: "disk", ...(partition.isDynamic ? { isDynamic: true } : {}) },
          partition.isDynamic ? partition.evidence : null,
        );
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
