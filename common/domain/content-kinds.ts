/**
 * What the content types of libblkid mean for a migration. The names are libblkid's own; a type that is not named
 * here is treated as data that only block replication can carry.
 */
import type { OsFamily } from "./facts.ts";

/**
 * - `filesystem`: file replication builds the same type again.
 * - `convertible`: a filesystem that file replication rebuilds as another type.
 * - `swap`: swap space or a suspend image.
 * - `medium`: read-only media images.
 * - `container`: carries other devices (LVM, RAID, encryption, …).
 * - `raw`: data without a filesystem of its own.
 * - `none`: probed, nothing known found.
 * - `unknown`: not probed.
 */
export type ContentKind =
  "filesystem" | "convertible" | "swap" | "medium" | "container" | "raw" | "none" | "unknown";

const filesystems = new Set([
  "ext2",
  "ext3",
  "ext4",
  "ext4dev",
  "xfs",
  "btrfs",
  "vfat",
  "fat",
  "fat12",
  "fat16",
  "fat32",
  "msdos",
  "ntfs",
]);

const convertible = new Set([
  "reiserfs",
  "reiser4",
  "jfs",
  "nilfs2",
  "f2fs",
  "bcachefs",
  "hfs",
  "hfsplus",
  "apfs",
  "ufs",
  "minix",
  "sysv",
  "xenix",
  "bfs",
  "befs",
  "hpfs",
  "ocfs",
  "ocfs2",
  "gfs",
  "gfs2",
  "vxfs",
  "exfat",
  "refs",
  "nss",
  "xiafs",
  "ubifs",
  "zonefs",
  "scoutfs_meta",
  "scoutfs_data",
]);

const media = new Set(["iso9660", "udf", "squashfs", "squashfs3", "cramfs", "erofs", "romfs"]);

const swap = new Set(["swap", "swsuspend", "swap_suspend"]);

/** Firmware RAID formats: the mainboard or controller writes them. */
const firmwareRaid = new Set([
  "isw_raid_member",
  "ddf_raid_member",
  "nvidia_raid_member",
  "via_raid_member",
  "lsi_mega_raid_member",
  "jmicron_raid_member",
  "promise_fasttrack_raid_member",
  "silicon_medley_raid_member",
  "adaptec_raid_member",
  "highpoint_raid_member",
  "hpt37x_raid_member",
  "hpt45x_raid_member",
]);

const containers = new Set([
  "LVM1_member",
  "LVM2_member",
  "linux_raid_member",
  "crypto_LUKS",
  "BitLocker",
  "cs_fvault2",
  "mpath_member",
  "bcache",
  "zfs_member",
  "LDM_member",
  "stratis",
  "vdo",
]);

/** libblkid writes most types in lower case, but not LVM2_member, crypto_LUKS or BitLocker. */
const byLowerCase = new Map([...containers].map((type) => [type.toLowerCase(), type]));

/** The type as this file spells it. */
export function canonicalType(type: string): string {
  const lower = type.toLowerCase();
  const known = byLowerCase.get(lower);
  if (known !== undefined) return known;
  if (lower === "fuseblk" || lower === "ntfs3" || lower === "ntfs-3g") return "ntfs";
  if (lower === "crypto") return "crypto_LUKS";
  return lower;
}

export function contentKindOf(type: string | null): ContentKind {
  if (type === null || type === "") return "unknown";
  const name = canonicalType(type);
  if (name === "none") return "none";
  if (filesystems.has(name)) return "filesystem";
  if (convertible.has(name)) return "convertible";
  if (swap.has(name)) return "swap";
  if (media.has(name)) return "medium";
  if (containers.has(name) || firmwareRaid.has(name) || name.endsWith("_raid_member")) return "container";
  return "raw";
}

export function isFirmwareRaid(type: string | null): boolean {
  if (type === null) return false;
  const name = canonicalType(type);
  return firmwareRaid.has(name) || (name.endsWith("_raid_member") && name !== "linux_raid_member");
}

/** The type that file replication gives a volume; null where it carries no files. */
export function fileModeType(type: string | null, family: OsFamily | null): string | null {
  const kind = contentKindOf(type);
  if (type === null) return null;
  if (kind === "filesystem") return canonicalType(type);
  if (kind === "convertible") return family === "windows" ? "ntfs" : "ext4";
  return null;
}
