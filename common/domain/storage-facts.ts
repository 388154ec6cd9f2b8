/** Disks, what lies on them, and where it is mounted. Conventions: see facts.ts. */
import { z } from "zod";
import { count, evidence, known, text } from "./evidence.ts";
import { bytes } from "./values.ts";

export const blockDeviceKinds = [
  "disk",
  "partition",
  /** Linux MD, including its containers. */
  "raid",
  /** Firmware RAID through device-mapper. */
  "dmraid",
  "lvm",
  "crypt",
  "multipath",
  "bcache",
  /** A Windows volume, basic or dynamic. */
  "volume",
  "zvol",
  "loop",
  "rom",
  "ram",
  "tape",
  "network",
  "other",
] as const;
export const blockDeviceKindSchema = z.enum(blockDeviceKinds);
export type BlockDeviceKind = z.infer<typeof blockDeviceKindSchema>;

export const partitionTableKinds = ["gpt", "mbr", "hybrid", "none", "dasd", "other"] as const;
export const partitionTableKindSchema = z.enum(partitionTableKinds);
export type PartitionTableKind = z.infer<typeof partitionTableKindSchema>;

export const partitionFactsSchema = z.object({
  number: known(count),
  /** MBR: `primary`, `extended` (the container) or `logical`. GPT partitions are `primary`. */
  role: known(z.enum(["primary", "extended", "logical"])),
  /** `0x83` (lower-case, two digits) for MBR, a lower-case GUID for GPT. */
  type: known(text),
  /** What `type` means, e.g. `Linux LVM`, `EFI System`; null for types not known here. */
  typeName: known(text),
  startBytes: known(bytes),
  label: known(text),
  uuid: known(text),
  isActive: known(z.boolean()),
});
export type PartitionFacts = z.infer<typeof partitionFactsSchema>;

/** What fills a device, in libblkid's words. */
export const contentFactsSchema = z.object({
  /**
   * `ext4`, `xfs`, `ntfs`, `vfat`, `swap`, `LVM2_member`, `linux_raid_member`, `isw_raid_member`, `crypto_LUKS`,
   * `BitLocker`, `mpath_member`, `bcache`, `zfs_member`, `LDM_member`, … as blkid names it; `none` where it was
   * probed and holds nothing known.
   */
  type: text,
  /** Of the format, e.g. `1.0`, LUKS `2`, `LVM2 001`. */
  version: known(text),
  label: known(text),
  uuid: known(text),
});
export type ContentFacts = z.infer<typeof contentFactsSchema>;

export const usageFactsSchema = z.object({
  totalBytes: known(bytes),
  usedBytes: known(bytes),
  /** What an ordinary user may still write. */
  availableBytes: known(bytes),
  inodesTotal: known(count),
  inodesUsed: known(count),
});
export type UsageFacts = z.infer<typeof usageFactsSchema>;

/**
 * One block device. Devices form a graph: `parents` are the devices that this one lies on (a partition's disk, a
 * logical volume's physical volumes, an array's members, a mapping's LUKS container). A disk has none.
 */
export const blockDeviceSchema = z.object({
  /** The id in this model: `/dev/sda1`, `/dev/mapper/vg-root`, `\\.\PHYSICALDRIVE0`, `C:`. Unique in a source. */
  id: text,
  /** Other names of the same device (`/dev/dm-0`, `/dev/vg/root`). */
  aliases: z.array(text),
  kind: blockDeviceKindSchema,
  sizeBytes: known(bytes),
  parents: z.array(text),
  /** `8:1`. */
  majorMinor: known(text),
  /** Of a device that can hold one; `none` where it was read and there is none. */
  partitionTable: known(partitionTableKindSchema),
  /** Only of partitions. */
  partition: known(partitionFactsSchema),
  content: known(contentFactsSchema),
  mountPoints: z.array(text),
  usage: known(usageFactsSchema),
  /** Windows: member of a dynamic disk or a dynamic volume. */
  isDynamic: known(z.boolean()),
  /** RAID level (`raid1`), LVM segment type (`linear`, `thin`, `snapshot`), LDM layout (`spanned`, `mirror`), … */
  layout: known(text),
  /** Health as the tool says it, e.g. `clean, degraded`, `[2/1] [U_]`, `active`. */
  state: known(text),
  /** Of logical volumes and physical volumes. */
  volumeGroup: known(text),
  model: known(text),
  serial: known(text),
  /** `sata`, `nvme`, `iscsi`, `fc`, `usb`, `virtio`, … */
  transport: known(text),
  logicalSectorBytes: known(count),
  isReadOnly: known(z.boolean()),
  isRemovable: known(z.boolean()),
  evidence,
});
export type BlockDevice = z.infer<typeof blockDeviceSchema>;

export const volumeGroupSchema = z.object({
  name: text,
  uuid: known(text),
  sizeBytes: known(bytes),
  freeBytes: known(bytes),
  /** Attribute string of vgs, e.g. `wz--n-`. */
  attributes: known(text),
  evidence,
});
export type VolumeGroup = z.infer<typeof volumeGroupSchema>;

export const zfsPoolSchema = z.object({
  name: text,
  state: known(text),
  sizeBytes: known(bytes),
  usedBytes: known(bytes),
  devices: z.array(text),
  evidence,
});
export type ZfsPool = z.infer<typeof zfsPoolSchema>;

/** A line of the mount table in force. */
export const mountSchema = z.object({
  /** Device path, `host:/export`, `//host/share`, `tmpfs`, `C:` … with any password removed. */
  what: text,
  where: text,
  type: text,
  options: z.array(text),
  /** Id of the block device that it lies on, where that is known. */
  device: known(text),
  /** True for nfs, cifs, ceph, glusterfs and others that come over the network. */
  isNetwork: z.boolean(),
  usage: known(usageFactsSchema),
  evidence,
});
export type Mount = z.infer<typeof mountSchema>;

export const fstabEntrySchema = z.object({
  what: text,
  /** How `what` names the device. `path` is a kernel name such as /dev/sda1, which may change on another machine. */
  namedBy: z.enum([
    "uuid",
    "label",
    "partuuid",
    "partlabel",
    "by-id",
    "by-path",
    "by-uuid",
    "by-label",
    "mapper",
    "path",
    "network",
    "pseudo",
    "file",
    "other",
  ]),
  where: text,
  type: text,
  options: z.array(text),
  isNetwork: z.boolean(),
  evidence,
});
export type FstabEntry = z.infer<typeof fstabEntrySchema>;

export const crypttabEntrySchema = z.object({
  name: text,
  device: text,
  /** Path of the key file or `none`; never key material. */
  keyFile: known(text),
  options: z.array(text),
  evidence,
});
export type CrypttabEntry = z.infer<typeof crypttabEntrySchema>;

export const swapSchema = z.object({
  path: text,
  kind: z.enum(["partition", "file", "zram", "pagefile"]),
  sizeBytes: known(bytes),
  usedBytes: known(bytes),
  isActive: known(z.boolean()),
  evidence,
});
export type Swap = z.infer<typeof swapSchema>;

export const duplicateSchema = z.object({
  /** In libblkid's words. */
  type: text,
  uuid: text,
  devices: z.array(text),
  evidence,
});
export type Duplicate = z.infer<typeof duplicateSchema>;

export const storageFactsSchema = z.object({
  /** Disks first, then what lies on them. Every id in `parents` is in this list. */
  devices: z.array(blockDeviceSchema),
  volumeGroups: z.array(volumeGroupSchema),
  zfsPools: z.array(zfsPoolSchema),
  mounts: z.array(mountSchema),
  fstab: known(z.array(fstabEntrySchema)),
  crypttab: known(z.array(crypttabEntrySchema)),
  /** Null where neither /proc/swaps nor its like was read. */
  swaps: known(z.array(swapSchema)),
  /** Devices that carry one identifier between them. Facts of before knew none. */
  duplicates: z.array(duplicateSchema).default([]),
  /** Windows volumes with Data Deduplication. Facts of before knew none. */
  deduplicated: z.array(z.object({ volume: text, evidence })).default([]),
  /** True where a list of all block devices was read: without it a disk may exist that nobody mentioned. */
  deviceListComplete: z.boolean(),
  /**
   * Windows: true where dynamic disks were looked for in a way that finds them (Win32_DiskPartition.Type, diskpart,
   * the LDM database); Get-Disk alone does not list them.
   */
  dynamicDisksLookedFor: z.boolean(),
});
export type StorageFacts = z.infer<typeof storageFactsSchema>;

/** The physical (or virtual) disks among the devices, network block devices and multipath paths included. */
export function disksOf(storage: StorageFacts): readonly BlockDevice[] {
  return storage.devices.filter((device) => device.kind === "disk");
}

/** All devices that lie on `id`, directly or through others, in the order of the list. Cycles in the input end. */
export function descendantsOf(storage: StorageFacts, id: string): readonly BlockDevice[] {
  const children = new Map<string, BlockDevice[]>();
  for (const device of storage.devices) {
    for (const parent of device.parents) {
      const list = children.get(parent);
      if (list) list.push(device);
      else children.set(parent, [device]);
    }
  }
  const seen = new Set<BlockDevice>();
  const queue = [id];
  for (let at = 0; at < queue.length; at++) {
    for (const child of children.get(queue[at] as string) ?? []) {
      if (seen.has(child) || child.id === id) continue;
      seen.add(child);
      queue.push(child.id);
    }
  }
  return storage.devices.filter((device) => seen.has(device));
}
