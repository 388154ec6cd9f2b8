/** Whether a source's files fit into the partitions that they are planned for. Pure. */
import { inMebibytes, mebibyte, volumesOf, type LayoutBasis, type LayoutProblem } from "./target-layout.ts";
import type { TargetFilesystem, TargetLayout } from "./target-layout.ts";

/** mkfs.xfs refuses less; a small ext4 without a journal would be no ext4. */
const leastBytes = { ext4: 16 * mebibyte, xfs: 300 * mebibyte, esp: 34 * mebibyte } as const;
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
  let size = Math.max(leastBytes[filesystem], Math.ceil(wanted / mebibyte) * mebibyte);
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

export function checkPartitionSizes(layout: TargetLayout, basis: LayoutBasis): LayoutProblem[] {
  const problems: LayoutProblem[] = [];
  for (const [d, disk] of layout.disks.entries())
    for (const [p, partition] of disk.partitions.entries()) {
      const field = `disks.${d}.partitions.${p}.sizeBytes`;
      const add = (message: string): void => void problems.push({ field, message });
      const { sizeBytes } = partition;
      if (partition.role === "bios-boot" || partition.role === "swap") {
        if (sizeBytes < mebibyte) add("is less than 1 MiB");
        continue;
      }
      const volumes = volumesOf(layout, basis.volumes, partition);
      const devices = volumes.filter(
        (volume, index) => volumes.findIndex(({ device }) => device === volume.device) === index,
      );
      const used = sumOf(devices.map(({ usedBytes }) => usedBytes)) ?? 0;
      const inodes = sumOf(devices.map(({ inodesUsed }) => inodesUsed));
      const from = devices.map(({ mountPoint }) => mountPoint).join(" and ");
      if (partition.role === "esp") {
        const least = Math.max(leastBytes.esp, used + mebibyte);
        if (sizeBytes < least)
          add(
            `${inMebibytes(sizeBytes)} are too small for an EFI system partition: ${inMebibytes(least)} at least`,
          );
        continue;
      }
      if (partition.filesystem === "ext4" && sizeBytes > largestExt4Bytes)
        add("an ext4 is made up to 16 TiB; choose xfs");
      const least = leastPartitionBytes(partition.filesystem, used, inodes);
      if (sizeBytes < least)
        add(
          `${inMebibytes(sizeBytes)} of ${partition.filesystem} do not hold ` +
            (from === "" ? "anything" : `the ${inMebibytes(used)} in ${inodes ?? "?"} files of ${from}`) +
            `: ${inMebibytes(least)} at least`,
        );
    }
  return problems;
}
