/**
 * What each disk looks like before the migration, and after it in either replication mode. Every disk of the source
 * gets a map, whatever is known of it: silence about a disk is an error.
 */
import type { DiskMap, InnerVolume, Region } from "../../common/domain/assessment.ts";
import type { BlockDevice, Facts } from "../../common/domain/facts.ts";
import type { Effect, ModeEffects } from "../../common/domain/finding.ts";
import { contentKindOf, fileModeType, isFirmwareRaid } from "../../common/domain/content-kinds.ts";
import {
  isBootArea,
  isOffline,
  isRemovable,
  isStorageSpaces,
  multipathMapOf,
  saysDynamic,
  type StorageGraph,
} from "./storage-graph.ts";

/** Beyond these a map is no longer readable; what is left out is counted. */
const regionLimit = 64;
const volumeLimit = 48;

/** A gap smaller than this is alignment. */
const smallestGapBytes = 4 * 1024 * 1024;

export function planDisks(facts: Facts, graph: StorageGraph): DiskMap[] {
  return graph.disks.map((disk) => {
    const treatment =
      disk.sizeBytes === 0
        ? "empty"
        : graph.secondPaths.has(disk)
          ? "second-path"
          : isRemovable(disk, graph)
            ? "removable"
            : "copied";
    const regions = regionsOf(disk, facts, graph);
    const file = treatment === "copied" ? fileLayoutOf(disk, facts, graph) : [];
    return {
      id: disk.id,
      model: disk.model,
      sizeBytes: disk.sizeBytes,
      partitionTable: disk.partitionTable,
      treatment,
      before: regions.slice(0, regionLimit),
      after: {
        block: treatment === "copied" ? regions.slice(0, regionLimit) : [],
        file: file.slice(0, regionLimit),
      },
      omittedRegions: Math.max(0, regions.length - regionLimit),
    };
  });
}

/** Disks that travel with default settings, in the order of the source. */
export function copiedDisks(disks: readonly DiskMap[]): readonly DiskMap[] {
  return disks.filter((disk) => disk.treatment === "copied");
}

// --------------------------------------------------------------------------------------------------- before

function regionsOf(disk: BlockDevice, facts: Facts, graph: StorageGraph): Region[] {
  const partitions = partitionsOf(disk, graph);
  if (partitions.length === 0) return [wholeDisk(disk, facts, graph)];
  return withGaps(
    disk,
    partitions.map((partition) => partitionRegion(partition, facts, graph)),
  );
}

/** The disk's partitions by position; on a multipath disk those of the map, where the paths show none. */
export function partitionsOf(disk: BlockDevice, graph: StorageGraph): readonly BlockDevice[] {
  const own = graph.children(disk).filter((child) => child.kind === "partition");
  const map = multipathMapOf(disk, graph);
  const found =
    own.length > 0 || !map ? own : graph.children(map).filter((child) => child.kind === "partition");
  return [...found].sort(
    (a, b) =>
      (a.partition?.startBytes ?? Number.MAX_SAFE_INTEGER) -
        (b.partition?.startBytes ?? Number.MAX_SAFE_INTEGER) ||
      Number(b.partition?.role === "extended") - Number(a.partition?.role === "extended"),
  );
}

function wholeDisk(disk: BlockDevice, facts: Facts, graph: StorageGraph): Region {
  const type = graph.contentType(disk);
  // A list of partitions that shows none says that the disk has none; anything less says nothing.
  const nothingKnown =
    (type === null && disk.partitionTable === null && graph.children(disk).length === 0) || isOffline(disk);
  return {
    ...describe(disk, facts, graph),
    kind: nothingKnown ? "undetermined" : "whole-disk",
    startBytes: 0,
  };
}

function partitionRegion(partition: BlockDevice, facts: Facts, graph: StorageGraph): Region {
  const kind =
    partition.partition?.role === "extended" ? "extended" : isBootArea(partition) ? "boot-area" : "partition";
  return {
    ...describe(partition, facts, graph),
    kind,
    startBytes: partition.partition?.startBytes ?? null,
  };
}

function describe(
  device: BlockDevice,
  facts: Facts,
  graph: StorageGraph,
): Omit<Region, "kind" | "startBytes"> {
  const volumes = graph
    .descendants(device)
    .filter((inner) => inner.kind !== "partition" || device.kind === "disk")
    .filter((inner) => graph.isLeaf(inner))
    .slice(0, volumeLimit)
    .map((inner) => innerVolume(inner, facts, graph));
  return {
    name: device.id,
    sizeBytes: device.sizeBytes,
    content: graph.contentType(device),
    mountPoints: [...graph.mountPoints(device)],
    usedBytes:
      graph.usedBytes(device) ??
      (volumes.some((volume) => reachesBeyond(device, volume))
        ? null
        : sumOrNull(volumes.map((volume) => volume.usedBytes))),
    effects: effectsOn(device, facts, graph),
    volumes,
  };
}

/** How much of a volume in several pieces lies on one of them is not known. */
const reachesBeyond = (device: BlockDevice, { sizeBytes }: InnerVolume): boolean =>
  device.sizeBytes !== null && sizeBytes !== null && sizeBytes > device.sizeBytes;

function innerVolume(device: BlockDevice, facts: Facts, graph: StorageGraph): InnerVolume {
  return {
    name: device.id,
    content: graph.contentType(device),
    mountPoints: [...graph.mountPoints(device)],
    sizeBytes: device.sizeBytes,
    usedBytes: graph.usedBytes(device),
    effects: effectsOn(device, facts, graph),
  };
}

/** What becomes of what a device holds. */
function effectsOn(device: BlockDevice, facts: Facts, graph: StorageGraph): ModeEffects {
  return { block: blockEffect(device, graph), file: fileEffect(device, facts, graph) };
}

function blockEffect(device: BlockDevice, graph: StorageGraph): Effect {
  const chain = [device, ...graph.disksUnder(device)];
  return chain.some((each) => isFirmwareRaid(graph.contentType(each)) || each.kind === "dmraid")
    ? "at-risk"
    : "kept";
}

function fileEffect(device: BlockDevice, facts: Facts, graph: StorageGraph): Effect {
  if (isBootArea(device) || device.partition?.role === "extended") return "changed";
  const below = graph.descendants(device).filter((inner) => graph.isLeaf(inner));
  if (!graph.isLeaf(device) && below.length > 0) {
    const inner = new Set(below.map((leaf) => fileEffect(leaf, facts, graph)));
    if (inner.has("changed") || inner.has("kept")) return "changed";
    return inner.has("left-out") ? "left-out" : "unknown";
  }
  const type = graph.contentType(device);
  switch (contentKindOf(type)) {
    case "filesystem":
      return isPlainPartition(device, graph) ? "kept" : "changed";
    case "convertible":
      return "changed";
    case "unknown":
      return "unknown";
    case "none":
      return "left-out";
    case "swap":
    case "medium":
    case "container":
    case "raw":
      return "left-out";
  }
}

function isPlainPartition(device: BlockDevice, graph: StorageGraph): boolean {
  if (device.partition?.role === "logical" || saysDynamic(device, graph) || isStorageSpaces(device)) {
    return false;
  }
  const carriers = new Set<BlockDevice["kind"]>(["disk", "partition", "volume", "multipath"]);
  return carriers.has(device.kind);
}

// -------------------------------------------------------------------------------------------- file replication

/**
 * The standard partitions that stand in for this disk's volumes. A volume that lies on several disks goes to the
 * first of them.
 */
function fileLayoutOf(disk: BlockDevice, facts: Facts, graph: StorageGraph): Region[] {
  // In the order of the partitions that they lie in, so that /boot stays in front of the volumes behind it.
  const inOrder = [disk, ...partitionsOf(disk, graph).flatMap((each) => [each, ...graph.descendants(each)])];
  const leaves = [...new Set([...inOrder, ...graph.descendants(disk)])].filter(
    (device) => graph.isLeaf(device) && homeOf(device, graph) === disk,
  );
  const regions: Region[] = [];
  let startBytes: number | null = 0;
  for (const leaf of leaves) {
    const area = isBootArea(leaf);
    const type = fileModeType(graph.contentType(leaf), facts.os.family);
    if (!area && type === null) continue;
    const sizeBytes: number | null = leaf.sizeBytes ?? leaf.usage?.totalBytes ?? null;
    regions.push({
      name: leaf.id,
      kind: area ? "boot-area" : "partition",
      startBytes,
      sizeBytes,
      content: type,
      mountPoints: [...graph.mountPoints(leaf)],
      usedBytes: graph.usedBytes(leaf),
      effects: { block: "unaffected", file: fileEffect(leaf, facts, graph) },
      volumes: [],
    });
    startBytes = startBytes === null || sizeBytes === null ? null : startBytes + sizeBytes;
  }
  return regions;
}

function homeOf(device: BlockDevice, graph: StorageGraph): BlockDevice | null {
  return graph.disksUnder(device).find((disk) => !graph.secondPaths.has(disk)) ?? null;
}

// ------------------------------------------------------------------------------------------------------- gaps

/** Adds the free stretches between regions where every position is known. */
function withGaps(disk: BlockDevice, regions: readonly Region[]): Region[] {
  const size = disk.sizeBytes;
  if (size === null || regions.some((region) => region.startBytes === null || region.sizeBytes === null)) {
    return [...regions];
  }
  const result: Region[] = [];
  let end = 0;
  for (const region of regions) {
    const start = region.startBytes ?? 0;
    if (start - end >= smallestGapBytes) result.push(freeRegion(end, start - end));
    result.push(region);
    // What lies inside an extended partition is drawn inside it; the container itself leaves no gap.
    end = Math.max(end, start + (region.sizeBytes ?? 0));
  }
  if (size - end >= smallestGapBytes) result.push(freeRegion(end, size - end));
  return result;
}

function freeRegion(startBytes: number, sizeBytes: number): Region {
  return {
    name: "",
    kind: "free",
    startBytes,
    sizeBytes,
    content: null,
    mountPoints: [],
    usedBytes: 0,
    effects: { block: "kept", file: "left-out" },
    volumes: [],
  };
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  if (values.length === 0) return null;
  let sum = 0;
  for (const value of values) {
    if (value === null) return null;
    sum += value;
  }
  return sum;
}
