import type { BlockDeviceKind } from "../../../common/domain/facts.ts";

/**
 * `sda1`, `cciss!c0d0p1`, `/dev/sda1` → `/dev/sda1`, `/dev/cciss/c0d0p1`. Windows names (`\\\\.\\PHYSICALDRIVE0`, `C:`) are
 * upper-cased; `Disk 0 Partition 1` stays.
 */
export function devicePath(name: string): string {
  const trimmed = name.trim();
  if (/^(Disk [#?\d]|[A-Z]: BitLocker$)/.test(trimmed)) return trimmed;
  if (/^(\\\\[.?]\\|[A-Za-z]:\\?$)/.test(trimmed)) return trimmed.toUpperCase().replace(/^([A-Z]:)\\$/, "$1");
  const path = trimmed.replaceAll("!", "/");
  return path.startsWith("/") ? path.replace(/^\/dev\/\.\.\//, "/dev/") : `/dev/${path}`;
}

/** Name under /dev of the disk that a partition's kernel name belongs to, with the partition's number. */
export function splitPartitionName(path: string): { readonly disk: string; readonly number: number } | null {
  const name = path.replace(/^\/dev\//, "");
  const digitsInDisk =
    /^((?:nvme\d+(?:c\d+)?n\d+|mmcblk\d+|md\d+|md_d\d+|nbd\d+|loop\d+|rbd\d+|bcache\d+|pmem\d+|zd\d+|drbd\d+|(?:cciss|ida|rd|ataraid)\/c?\d*d\d+))p(\d+)$/.exec(
      name,
    );
  if (digitsInDisk) return { disk: `/dev/${digitsInDisk[1]}`, number: Number(digitsInDisk[2]) };
  const plain = /^((?:sd|hd|vd|xvd|ubd|dasd)[a-z]+)(\d+)$/.exec(name);
  if (plain) return { disk: `/dev/${plain[1]}`, number: Number(plain[2]) };
  return null;
}

/** What a kernel name says about a device; null where it says nothing (dm-3, mapper names). */
export function kindFromName(path: string): BlockDeviceKind | null {
  const name = path.replace(/^\/dev\//, "");
  if (splitPartitionName(path)) return "partition";
  if (/^(sd|hd|vd|xvd|ubd|dasd)[a-z]+$/.test(name)) return "disk";
  if (/^(nvme\d+(c\d+)?n\d+|mmcblk\d+|pmem\d+|(cciss|ida|rd)\/c?\d*d\d+)$/.test(name)) return "disk";
  if (/^mmcblk\d+(boot|rpmb|gp)\d*$/.test(name)) return "other";
  if (/^(md\d+|md_d\d+|md\/)/.test(name)) return "raid";
  if (/^bcache\d+$/.test(name)) return "bcache";
  if (/^loop\d+$/.test(name)) return "loop";
  if (/^(ram|zram)\d+$/.test(name)) return "ram";
  if (/^(sr|scd)\d+$/.test(name)) return "rom";
  if (/^n?st\d+$/.test(name)) return "tape";
  if (/^(nbd|rbd)\d+$/.test(name)) return "network";
  if (/^(zd\d+|zvol\/)/.test(name)) return "zvol";
  if (/^(fd\d+|mtdblock\d+|drbd\d+)$/.test(name)) return "other";
  return null;
}

/** What a device-mapper UUID says: `LVM-…`, `CRYPT-LUKS2-…`, `mpath-…`, `part1-mpath-…`, `DMRAID-…`. */
export function kindFromMapperUuid(uuid: string): BlockDeviceKind | null {
  if (/^part\d+-/.test(uuid)) return "partition";
  if (uuid.startsWith("LVM-")) return "lvm";
  if (uuid.startsWith("CRYPT-INTEGRITY-") || uuid.startsWith("INTEGRITY-")) return "other";
  if (uuid.startsWith("CRYPT-")) return "crypt";
  if (uuid.startsWith("mpath-")) return "multipath";
  if (uuid.startsWith("DMRAID-")) return "dmraid";
  if (uuid.startsWith("LDM-")) return "volume";
  return null;
}

/** Device-mapper name of a logical volume: dashes in either part are doubled. */
export function mapperNameOfVolume(group: string, volume: string): string {
  return `${group.replaceAll("-", "--")}-${volume.replaceAll("-", "--")}`;
}

/** Group and volume of a device-mapper name; null where it cannot be one. */
export function volumeOfMapperName(name: string): { readonly group: string; readonly volume: string } | null {
  const match = /^((?:[^-]|--)+)-((?:[^-]|--)+)$/.exec(name);
  if (!match) return null;
  return { group: (match[1] ?? "").replaceAll("--", "-"), volume: (match[2] ?? "").replaceAll("--", "-") };
}
