import type { Told } from "./remark.ts";
/**
 * File replication's plan: which partitions with which filesystems the replica gets. A source's filesystem goes into
 * the partition whose mount point is the longest prefix of its own, so leaving a partition out joins its files with
 * those above it, and nothing is ever left behind by a layout. `derive-layout.ts` makes the default one.
 */
import { z } from "zod";
import { wholeBytes } from "./values.ts";

export const replicationModes = ["block", "file"] as const;
export const replicationModeSchema = z.enum(replicationModes);
export type ReplicationMode = z.infer<typeof replicationModeSchema>;

export const mebibyte = 1_048_576;

/** What a partition is for; only `data` and `esp` hold files of the source. */
export const partitionRoles = ["data", "esp", "swap", "bios-boot"] as const;
export const targetFilesystems = ["ext4", "xfs"] as const;
export const targetFilesystemSchema = z.enum(targetFilesystems);
export type TargetFilesystem = z.infer<typeof targetFilesystemSchema>;

const mountPointSchema = z
  .string()
  .max(4096)
  .regex(/^\/(?:[^/\0\n]+(?:\/[^/\0\n]+)*)?$/, "an absolute path without a / at its end")
  .refine(
    (path) => !path.split("/").some((name) => name === "." || name === ".."),
    "a path without . and ..",
  );
/** A filesystem's UUID, or the short number of a FAT. */
const volumeIdSchema = z
  .string()
  .regex(/^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-F]{4}-[0-9A-F]{4})$/i);
const labelSchema = z
  .string()
  .min(1)
  .max(16)
  // Labels go into command lines of mkfs and into fstab.
  .regex(/^[^\u0000-\u001f"'\\]+$/u, "a label without control characters, quotes and backslashes");

/** Sizes are whole MiB. A label or UUID is the one that the filesystem is made with; null: none, or a new one. */
export const targetPartitionSchema = z.discriminatedUnion("role", [
  z.object({
    role: z.literal("data"),
    mountPoint: mountPointSchema,
    filesystem: targetFilesystemSchema,
    sizeBytes: wholeBytes,
    label: labelSchema.nullable().default(null),
    uuid: volumeIdSchema.nullable().default(null),
  }),
  z.object({
    role: z.literal("esp"),
    mountPoint: mountPointSchema,
    sizeBytes: wholeBytes,
    label: labelSchema.nullable().default(null),
    uuid: volumeIdSchema.nullable().default(null),
  }),
  z.object({
    role: z.literal("swap"),
    sizeBytes: wholeBytes,
    label: labelSchema.nullable().default(null),
    uuid: volumeIdSchema.nullable().default(null),
  }),
  /** Where GRUB's second part lies on a GPT that a BIOS starts. */
  z.object({ role: z.literal("bios-boot"), sizeBytes: wholeBytes }),
]);
export type TargetPartition = z.infer<typeof targetPartitionSchema>;

export const targetDiskSchema = z.object({
  table: z.enum(["gpt", "mbr"]),
  sizeBytes: wholeBytes,
  /** In the order in which they lie on the disk; they are numbered from 1. */
  partitions: z.array(targetPartitionSchema).min(1).max(15),
});
export type TargetDisk = z.infer<typeof targetDiskSchema>;

/** The first disk is the one that the target starts. */
export const targetLayoutSchema = z.object({ disks: z.array(targetDiskSchema).min(1).max(16) });
export type TargetLayout = z.infer<typeof targetLayoutSchema>;

/** A local filesystem that is mounted on the source: what there is to copy. */
export const sourceVolumeSchema = z.object({
  mountPoint: z.string(),
  /** In the kernel's words: `ext4`, `btrfs`, `reiserfs` … */
  filesystem: z.string(),
  /** Device id of the facts; the same for several mounts of one btrfs. */
  device: z.string(),
  /** All names under which the source's own files may speak of the device, `UUID=` and `LABEL=` included. */
  names: z.array(z.string()),
  /** The disk that it lies on; the first where there are several. */
  disk: z.string().nullable(),
  /** Of btrfs, the one that is mounted here; null: the filesystem's own root. */
  subvolume: z.string().nullable().default(null),
  sizeBytes: wholeBytes.nullable(),
  usedBytes: wholeBytes.nullable(),
  inodesUsed: wholeBytes.nullable(),
});
export type SourceVolume = z.infer<typeof sourceVolumeSchema>;

/** A swap area of the source. */
export const sourceSwapSchema = z.object({
  device: z.string(),
  names: z.array(z.string()),
  disk: z.string().nullable(),
  sizeBytes: wholeBytes,
  label: z.string().nullable(),
  uuid: z.string().nullable(),
});
export type SourceSwap = z.infer<typeof sourceSwapSchema>;

/** What a layout is made for. */
export const layoutBasisSchema = z.object({
  firmware: z.enum(["bios", "uefi"]),
  volumes: z.array(sourceVolumeSchema),
  swaps: z.array(sourceSwapSchema),
});
export type LayoutBasis = z.infer<typeof layoutBasisSchema>;

/** Something of a proposed layout that was changed: the parts that are absent stay as they are proposed. */
export const partitionChangeSchema = z.object({
  /** The partition's mount point; `swap` for the first swap area. */
  partition: z.union([z.literal("swap"), mountPointSchema]),
  sizeBytes: wholeBytes.optional(),
  filesystem: targetFilesystemSchema.optional(),
  /** True: no partition of its own, the files go into the one above. */
  joined: z.boolean().optional(),
});
export type PartitionChange = z.infer<typeof partitionChangeSchema>;

/** Patterns as rsync's `--exclude-from` reads them, in the place of the list that the product brings along. */
export const excludeTextSchema = z.object({
  /** The source's mount point that the list is for. */
  mountPoint: mountPointSchema,
  text: z.string().max(262_144),
});

const listText = z.string().max(262_144);

/** Lists in the place of the product's, by what they are for: the system's volumes, and a data disk's. */
export const excludeListsSchema = z.object({
  /** For the root's volume, from its root; lines about other mount points count for the volumes there. */
  system: listText.nullable().default(null),
  /** Data disks are those without the root, numbered from 1 in the source's order. */
  disks: z
    .array(z.object({ disk: z.number().int().min(1).max(64), text: listText }))
    .max(64)
    .default([]),
});

/** What the admin decided about file replication. */
export const filePlanSchema = z.object({
  /** The whole layout; null: the proposed one. */
  layout: targetLayoutSchema.nullable().default(null),
  /** Applied to the layout, in order. */
  changes: z.array(partitionChangeSchema).max(64).default([]),
  /** Of volumes that are not named, {@link excludeListsSchema}. */
  excludes: z.array(excludeTextSchema).max(64).default([]),
  excludeLists: excludeListsSchema.prefault({}),
});
export type FilePlan = z.infer<typeof filePlanSchema>;

/** The partition that takes a mount point's files; null where even `/` is missing. */
export function partitionFor(
  layout: TargetLayout,
  mountPoint: string,
): (TargetPartition & { readonly mountPoint: string }) | null {
  const holds = (path: string): boolean =>
    path === "/" || path === mountPoint || mountPoint.startsWith(`${path}/`);
  return layout.disks
    .flatMap(({ partitions }) => partitions)
    .filter((partition) => "mountPoint" in partition)
    .filter((partition) => holds(partition.mountPoint))
    .reduce<(TargetPartition & { mountPoint: string }) | null>(
      (best, each) => (best === null || each.mountPoint.length > best.mountPoint.length ? each : best),
      null,
    );
}

/** The volumes whose files a partition gets, the ones that others lie in first. */
export function volumesOf(
  layout: TargetLayout,
  volumes: readonly SourceVolume[],
  partition: TargetPartition,
): SourceVolume[] {
  return volumes
    .filter(({ mountPoint }) => partitionFor(layout, mountPoint) === partition)
    .toSorted((a, b) => a.mountPoint.length - b.mountPoint.length);
}

/** One thing that is wrong with a layout; `field` is its path, e.g. `disks.0.partitions.2.sizeBytes`. */
export interface LayoutProblem {
  readonly field: string;
  readonly message: Told;
}

/** What lies before the first partition, and behind the last one: the copy of a GPT, rounded up. */
export const diskMarginBytes = mebibyte;

export function inMebibytes(size: number): string {
  return `${Math.ceil(size / mebibyte)} MiB`;
}

/** A label's length as filesystems count it. */
export function utf8Length(text: string): number {
  return [...text].reduce((sum, character) => {
    const code = character.codePointAt(0) ?? 0;
    return sum + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
  }, 0);
}
