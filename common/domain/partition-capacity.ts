/** Whether a source's files fit into the partitions that they are planned for. Pure. */
import type { Told } from "./remark.ts";
import { told } from "./report-text/told.ts";
import { inMebibytes, mebibyte, volumesOf, type LayoutBasis, type LayoutProblem } from "./target-layout.ts";
import type { TargetFilesystem, TargetLayout, TargetPartition } from "./target-layout.ts";

/** mkfs.xfs refuses less; a small ext4 without a journal would be no ext4. */
const leastOf = { ext4: 16 * mebibyte, xfs: 300 * mebibyte, esp: 34 * mebibyte } as const;
const largestExt4Bytes = 16 * 2 ** 40;
const bytesPerInode = 16_384;
const inodeBytes = 256;

/** Inodes that an ext4 is made with: the usual number, or what the source has and a quarter more. */
export function ext4Inodes(sizeBytes: number, inodesUsed: number | null): number {
  return Math.max(Math.floor(sizeBytes / bytesPerInode), Math.ceil((inodesUsed ?? 0) * 1.25) + 64);
}

/** What a new filesystem keeps for itself, cautiously. */
export function overheadBytes(
  filesystem: TargetFilesystem,
  sizeBytes: number,
  inodesUsed: number | null,
): number {
  if (filesystem === "xfs")
    return Math.max(64 * mebibyte, Math.ceil(sizeBytes / 2048)) + Math.ceil(sizeBytes * 0.01);
  const journal =
    sizeBytes < 512 * mebibyte
      ? 8
      : sizeBytes < 2 ** 30
        ? 16
        : sizeBytes < 2 ** 31
          ? 32
          : sizeBytes < 2 ** 34
            ? 64
            : 256;
  const maps = Math.ceil(sizeBytes / 4096);
  return (
    ext4Inodes(sizeBytes, inodesUsed) * inodeBytes + journal * mebibyte + maps + Math.ceil(sizeBytes * 0.005)
  );
}

/** How small a partition for so many files may be, in whole MiB: for a slider's end. */
export function leastPartitionBytes(
  filesystem: TargetFilesystem,
  usedBytes: number,
  inodesUsed: number | null,
): number {
  // Files of another filesystem round up differently; and a system wants to write when it starts.
  const wanted = usedBytes + Math.ceil(usedBytes * 0.03) + 16 * mebibyte;
  let size = Math.max(leastOf[filesystem], Math.ceil(wanted / mebibyte) * mebibyte);
  while (size - overheadBytes(filesystem, size, inodesUsed) < wanted) {
    size += Math.max(
      mebibyte,
      Math.ceil((wanted - size + overheadBytes(filesystem, size, inodesUsed)) / mebibyte) * mebibyte,
    );
  }
  return size;
}

const sumOf = (values: readonly (number | null)[]): number | null =>
  values.some((value) => value !== null)
    ? values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
    : null;

/** What of the source goes into a partition, and how small it may be for that. */
export interface PartitionNeed {
  /** Mount points on the source, each device once. */
  readonly from: readonly string[];
  readonly usedBytes: number;
  readonly inodesUsed: number | null;
  readonly leastBytes: number;
}

export function needOf(layout: TargetLayout, basis: LayoutBasis, partition: TargetPartition): PartitionNeed {
  if (partition.role === "bios-boot" || partition.role === "swap")
    return { from: [], usedBytes: 0, inodesUsed: null, leastBytes: mebibyte };
  const volumes = volumesOf(layout, basis.volumes, partition);
  const devices = volumes.filter(
    (volume, index) => volumes.findIndex(({ device }) => device === volume.device) === index,
  );
  const usedBytes = sumOf(devices.map((each) => each.usedBytes)) ?? 0;
  const inodesUsed = sumOf(devices.map((each) => each.inodesUsed));
  const leastBytes =
    partition.role === "esp"
      ? Math.max(leastOf.esp, usedBytes + mebibyte)
      : leastPartitionBytes(partition.filesystem, usedBytes, inodesUsed);
  return { from: devices.map(({ mountPoint }) => mountPoint), usedBytes, inodesUsed, leastBytes };
}

export function checkPartitionSizes(layout: TargetLayout, basis: LayoutBasis): LayoutProblem[] {
  const problems: LayoutProblem[] = [];
  for (const [d, disk] of layout.disks.entries())
    for (const [p, partition] of disk.partitions.entries()) {
      const field = `disks.${d}.partitions.${p}.sizeBytes`;
      const add = (message: Told): void => void problems.push({ field, message });
      const { role, sizeBytes } = partition;
      const need = needOf(layout, basis, partition);

      if (role === "data" && partition.filesystem === "ext4" && sizeBytes > largestExt4Bytes)
        add(told({ kind: "ext4-too-large" }));
      if (sizeBytes >= need.leastBytes) continue;
      const least = inMebibytes(need.leastBytes);
      if (role === "bios-boot" || role === "swap") add(told({ kind: "less-than-mebibyte" }));
      else if (role === "esp") add(told({ kind: "esp-too-small", size: inMebibytes(sizeBytes), least }));
      else {
        const held = { size: inMebibytes(sizeBytes), filesystem: partition.filesystem, least };
        add(
          need.from.length === 0
            ? told({ kind: "partition-holds-nothing", ...held })
            : told({
                kind: "partition-too-small",
                ...held,
                used: inMebibytes(need.usedBytes),
                files: String(need.inodesUsed ?? "?"),
                from: need.from,
              }),
        );
      }
    }
  return problems;
}
