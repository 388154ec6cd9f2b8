/**
 * How much data a migration moves and how long it takes: an interval, because the honest answer is one. Every number
 * that is not read from the source is an assumption with a name, and travels with the result.
 */
import type {
  DiskMap,
  Estimate,
  EstimateAssumptions,
  Interval,
  ModeEstimate,
} from "../../common/domain/assessment.ts";
import type { BlockDevice } from "../../common/domain/facts.ts";
import { contentKindOf } from "../../common/domain/content-kinds.ts";
import { copiedDisks } from "./disk-plan.ts";
import type { StorageGraph } from "./storage-graph.ts";

/** Rates that a probe measured on the live source and the link to the intermediate. */
export interface MeasuredRates {
  readonly bandwidthBytesPerSecond: number;
  readonly diskReadBytesPerSecond: number | null;
  /** Of a sample of the source's own data. */
  readonly compressionRatio: number | null;
}

export interface EstimateOptions {
  /** What the admin says the link gives; null: 100 Mbit/s is assumed. */
  readonly bandwidthBytesPerSecond: number | null;
  readonly compression: "zstd" | "none";
  readonly measured: MeasuredRates | null;
}

export const defaultEstimateOptions: EstimateOptions = {
  bandwidthBytesPerSecond: null,
  compression: "zstd",
  measured: null,
};

const megabyte = 1_000_000;
const assumedBandwidthBytesPerSecond = 12.5 * megabyte;

/** Filesystems whose maps the agent goes by while they are in use; an XFS in use has a log to replay and is read whole. */
const mapped = new Set([
  "ext3",
  "ext4",
  "ext4dev",
  "btrfs",
  "vfat",
  "fat",
  "fat12",
  "fat16",
  "fat32",
  "ntfs",
]);
/** What those maps call unused is neither read nor sent, unless all blocks are wanted or a map turns out to be in doubt. */
const leftOutShare = { optimistic: 0, expected: 0, pessimistic: 1 } as const;

const interval = (optimistic: number, expected: number, pessimistic: number): Interval => ({
  optimistic,
  expected,
  pessimistic,
});
const around = (value: number, optimistic: number, expected: number, pessimistic: number): Interval =>
  interval(value * optimistic, value * expected, value * pessimistic);

/** Combines intervals end by end: the optimistic case of all inputs, and so on. */
function combine(inputs: readonly Interval[], calculate: (...values: number[]) => number): Interval {
  const at = (end: keyof Interval): number => calculate(...inputs.map((input) => input[end]));
  return interval(at("optimistic"), at("expected"), at("pessimistic"));
}

const add = (...intervals: readonly Interval[]): Interval =>
  combine(intervals, (...values) => values.reduce((sum, value) => sum + value, 0));

/** Starting and stopping: certificates, agent, plan; conversion, boot check and clean-up. */
const fixedTransferSeconds = interval(15, 30, 120);
const fixedImageSeconds = interval(60, 240, 900);

function assumptionsOf(options: EstimateOptions, unmeasuredBytes: number): EstimateAssumptions {
  const { measured } = options;
  const bandwidth = measured?.bandwidthBytesPerSecond ?? options.bandwidthBytesPerSecond;
  const measuredRatio = options.compression === "none" ? null : (measured?.compressionRatio ?? null);
  return {
    // A link seldom gives all that it promises, and a measurement is only as good as its minute.
    bandwidthBytesPerSecond:
      measured !== null
        ? around(measured.bandwidthBytesPerSecond, 1.1, 1, 0.7)
        : around(bandwidth ?? assumedBandwidthBytesPerSecond, 0.95, 0.8, 0.5),
    bandwidthFrom: measured !== null ? "measured" : bandwidth !== null ? "given" : "assumed",
    compressionRatio:
      options.compression === "none"
        ? interval(1, 1, 1)
        : measuredRatio !== null
          ? combine([around(measuredRatio, 1.1, 1, 0.8)], (ratio) => Math.max(1, ratio))
          : interval(3, 1.8, 1.05),
    compressionFrom:
      options.compression === "none" ? "given" : measuredRatio !== null ? "measured" : "assumed",
    diskReadBytesPerSecond:
      measured?.diskReadBytesPerSecond != null
        ? around(measured.diskReadBytesPerSecond, 1.1, 1, 0.7)
        : interval(400 * megabyte, 150 * megabyte, 60 * megabyte),
    diskReadFrom: measured?.diskReadBytesPerSecond != null ? "measured" : "assumed",
    imageBytesPerSecond: interval(300 * megabyte, 120 * megabyte, 50 * megabyte),
    filesPerSecond: interval(5000, 1500, 300),
    staleShare: interval(0, 0.2, 1),
    unmeasuredShare: interval(0.3, 0.6, 1),
    unmeasuredBytes,
  };
}

/**
 * The estimate for one source. A mode's estimate is null where a size that it needs is unknown: a number that leaves
 * out a disk would be worse than none.
 */
export function estimateMigration(
  graph: StorageGraph,
  disks: readonly DiskMap[],
  options: EstimateOptions = defaultEstimateOptions,
): Estimate {
  const space = measureSpace(graph, disks);
  const assumptions = assumptionsOf(options, space.unmeasuredBytes);
  return {
    block: space.allSizesKnown ? blockEstimate(space, assumptions) : null,
    file: space.filesystems > 0 ? fileEstimate(space, assumptions) : null,
    assumptions,
  };
}

interface Space {
  readonly allSizesKnown: boolean;
  readonly diskBytes: number;
  readonly usedBytes: number;
  /** Size of volumes whose used space is unknown. */
  readonly unmeasuredBytes: number;
  /** Unused by maps that the agent goes by, and swap space. */
  readonly leftOutBytes: number;
  readonly filesystems: number;
  readonly fileBytes: number;
  readonly fileUnmeasuredBytes: number;
  readonly inodes: number;
}

function measureSpace(graph: StorageGraph, disks: readonly DiskMap[]): Space {
  const copied = copiedDisks(disks);
  const copiedIds = new Set(copied.map((disk) => disk.id));
  let usedBytes = 0;
  let unmeasuredBytes = 0;
  let leftOutBytes = 0;
  let filesystems = 0;
  let fileBytes = 0;
  let fileUnmeasuredBytes = 0;
  let inodes = 0;
  for (const device of graph.storage.devices) {
    if (!graph.isLeaf(device)) continue;
    const under = graph.disksUnder(device).filter((disk) => copiedIds.has(disk.id));
    if (under.length === 0) continue;
    const kind = contentKindOf(graph.contentType(device));
    const used = graph.usedBytes(device);
    // The whole disk without any partition: its size is what is unknown, not a volume's.
    const size = device.sizeBytes ?? device.usage?.totalBytes ?? 0;
    const copies = isMirrored(device, graph) ? under.length : 1;
    const isSeen = isSeenThrough(device, graph);
    if (kind === "swap" || kind === "none") {
      if (kind === "swap" && isSeen) leftOutBytes += size;
      else unmeasuredBytes += kind === "swap" ? size * copies : 0;
    } else if (used === null) {
      unmeasuredBytes += size * copies;
    } else {
      usedBytes += used * copies;
      if (isSeen && mapped.has(graph.contentType(device) ?? "")) leftOutBytes += Math.max(0, size - used);
    }
    if (kind === "filesystem" || kind === "convertible") {
      filesystems++;
      if (used === null) fileUnmeasuredBytes += size;
      else fileBytes += used;
      inodes += device.usage?.inodesUsed ?? 0;
    }
  }
  const diskBytes = copied.reduce((sum, disk) => sum + (disk.sizeBytes ?? 0), 0);
  return {
    allSizesKnown: copied.length > 0 && copied.every((disk) => disk.sizeBytes !== null),
    diskBytes,
    // A pool's report may exceed the disks it lies on (thin volumes, snapshots): no more than the disks can travel.
    usedBytes: Math.min(usedBytes, diskBytes),
    unmeasuredBytes: Math.min(unmeasuredBytes, Math.max(0, diskBytes - usedBytes)),
    leftOutBytes: Math.min(leftOutBytes, Math.max(0, diskBytes - usedBytes - unmeasuredBytes)),
    filesystems,
    fileBytes,
    fileUnmeasuredBytes,
    inodes,
  };
}

/**
 * The agent looks through partitions and LVM's linear and striped volumes, not into arrays, pools and dynamic disks, nor
 * into what a snapshot reads from.
 */
function isSeenThrough(device: BlockDevice, graph: StorageGraph): boolean {
  const seen = new Set([device]);
  for (const each of seen) {
    const isPlain =
      ["disk", "partition", "volume"].includes(each.kind) ||
      (each.kind === "lvm" &&
        (each.layout === null || /^(linear|striped)$/.test(each.layout)) &&
        !graph.children(each).some(({ layout }) => layout === "snapshot"));
    if (!isPlain || each.isDynamic === true) return false;
    for (const name of each.parents) {
      const parent = graph.device(name);
      if (parent !== null) seen.add(parent);
    }
  }
  return true;
}

function isMirrored(device: BlockDevice, graph: StorageGraph): boolean {
  const seen = new Set<string>();
  const queue: BlockDevice[] = [device];
  for (let at = 0; at < queue.length; at++) {
    const each = queue[at] as BlockDevice;
    if (/raid1|mirror/i.test(each.layout ?? "")) return true;
    for (const name of each.parents) {
      const parent = graph.device(name);
      if (!parent || seen.has(parent.id) || graph.secondPaths.has(parent)) continue;
      seen.add(parent.id);
      queue.push(parent);
    }
  }
  return false;
}

function blockEstimate(space: Space, assumptions: EstimateAssumptions): ModeEstimate {
  const { diskBytes, leftOutBytes } = space;
  const unused = Math.max(0, diskBytes - space.usedBytes - space.unmeasuredBytes - leftOutBytes);
  const dataBytes = combine(
    [assumptions.unmeasuredShare, assumptions.staleShare, leftOutShare],
    (unmeasured = 0, stale = 0, leftOut = 0) =>
      Math.round(
        space.usedBytes + unmeasured * space.unmeasuredBytes + stale * unused + leftOut * leftOutBytes,
      ),
  );
  const readSeconds = combine(
    [assumptions.diskReadBytesPerSecond, leftOutShare],
    (rate = 1, leftOut = 0) => (diskBytes - (1 - leftOut) * leftOutBytes) / rate,
  );
  const wireBytes = wireOf(dataBytes, assumptions);
  const sendSeconds = combine(
    [wireBytes, assumptions.bandwidthBytesPerSecond],
    (bytes = 0, rate = 1) => bytes / rate,
  );
  // Reading and sending overlap; then all that was read is read once more to prove that nothing changed.
  const firstPass = combine([readSeconds, sendSeconds], Math.max);
  return finish(
    space.diskBytes,
    dataBytes,
    wireBytes,
    add(fixedTransferSeconds, firstPass, readSeconds),
    assumptions,
  );
}

function fileEstimate(space: Space, assumptions: EstimateAssumptions): ModeEstimate {
  const dataBytes = combine([assumptions.unmeasuredShare], (share = 0) =>
    Math.round(space.fileBytes + share * space.fileUnmeasuredBytes),
  );
  const wireBytes = wireOf(dataBytes, assumptions);
  const transfer = combine(
    [
      dataBytes,
      wireBytes,
      assumptions.bandwidthBytesPerSecond,
      assumptions.diskReadBytesPerSecond,
      assumptions.filesPerSecond,
    ],
    (data = 0, wire = 0, bandwidth = 1, read = 1, files = 1) =>
      Math.max(wire / bandwidth, data / read, space.inodes / files),
  );
  return finish(
    space.fileBytes + space.fileUnmeasuredBytes,
    dataBytes,
    wireBytes,
    add(fixedTransferSeconds, transfer),
    assumptions,
  );
}

function wireOf(dataBytes: Interval, assumptions: EstimateAssumptions): Interval {
  return combine([dataBytes, assumptions.compressionRatio], (bytes = 0, ratio = 1) =>
    Math.round(bytes / ratio),
  );
}

function finish(
  readBytes: number,
  dataBytes: Interval,
  wireBytes: Interval,
  transferSeconds: Interval,
  assumptions: EstimateAssumptions,
): ModeEstimate {
  const imageSeconds = add(
    fixedImageSeconds,
    combine([dataBytes, assumptions.imageBytesPerSecond], (bytes = 0, rate = 1) => bytes / rate),
  );
  const rounded = (value: Interval): Interval => combine([value], Math.round);
  return {
    readBytes: Math.round(readBytes),
    dataBytes,
    wireBytes,
    transferSeconds: rounded(transferSeconds),
    imageSeconds: rounded(imageSeconds),
    totalSeconds: rounded(add(transferSeconds, imageSeconds)),
  };
}

// ------------------------------------------------------------------------------------------------------ fleet

export interface FleetEstimate {
  readonly sources: number;
  /** Sources whose estimate is not known; they are not in the sums. */
  readonly withoutEstimate: number;
  readonly dataBytes: Interval;
  readonly wireBytes: Interval;
  /** With `parallelJobs` at a time over one shared link. */
  readonly totalSeconds: Interval;
  readonly parallelJobs: number;
}

/** Adds up estimates one by one, so that a fleet need not be held in memory. Block replication is what it adds up. */
export interface FleetEstimator {
  add(estimate: Estimate): void;
  total(): FleetEstimate;
}

export function createFleetEstimator(parallelJobs: number): FleetEstimator {
  let sources = 0;
  let withoutEstimate = 0;
  let dataBytes = interval(0, 0, 0);
  let wireBytes = interval(0, 0, 0);
  let workSeconds = interval(0, 0, 0);
  let linkSeconds = interval(0, 0, 0);
  let longest = interval(0, 0, 0);
  return {
    add(estimate) {
      sources++;
      const mode = estimate.block ?? estimate.file;
      if (mode === null) {
        withoutEstimate++;
        return;
      }
      dataBytes = add(dataBytes, mode.dataBytes);
      wireBytes = add(wireBytes, mode.wireBytes);
      workSeconds = add(workSeconds, mode.totalSeconds);
      longest = combine([longest, mode.totalSeconds], Math.max);
      linkSeconds = add(
        linkSeconds,
        combine(
          [mode.wireBytes, estimate.assumptions.bandwidthBytesPerSecond],
          (bytes = 0, rate = 1) => bytes / rate,
        ),
      );
    },
    total: () => ({
      sources,
      withoutEstimate,
      dataBytes,
      wireBytes,
      totalSeconds: combine([longest, linkSeconds, workSeconds], (one = 0, link = 0, work = 0) =>
        Math.round(Math.max(one, link, work / parallelJobs)),
      ),
      parallelJobs,
    }),
  };
}
