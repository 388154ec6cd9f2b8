/**
 * What the helper machine does, as one shell script: opens the replicas, makes the new filesystems, brings the files
 * over with rsync, and lists both sides for the comparison. It runs on the programs of this machine, which it sees
 * read-only, as root of its own; lines that begin with `@` are for us. Pure.
 */
import { ext4Inodes } from "../../common/domain/partition-capacity.ts";
import type { SourceVolume, TargetPartition } from "../../common/domain/target-layout.ts";

export interface VolumeCopy {
  readonly volume: SourceVolume;
  /** Where in the partition its files go; `` for its root. */
  readonly below: string;
  /** In the work folder. */
  readonly excludesFile: string;
  /** Names of the lists, in the work folder, without their endings. */
  readonly sourceList: string;
  readonly targetList: string;
  /** A FAT keeps names, contents and times. */
  readonly contentOnly: boolean;
}

export interface PartitionWork {
  readonly partition: TargetPartition;
  /** Of the helper machine, e.g. /dev/ubdb1. */
  readonly device: string;
  readonly copies: readonly VolumeCopy[];
}

export interface GuestWork {
  /** Of this machine, absolute. */
  readonly workDirectory: string;
  /** Devices of the helper machine that are new disks, e.g. /dev/ubdb. */
  readonly targets: readonly string[];
  /** Make the filesystems; otherwise they are there from an earlier run. */
  readonly format: boolean;
  readonly partitions: readonly PartitionWork[];
}

export const word = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const head = String.raw`#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/tmp
say() { printf '@%s\n' "$*"; }
leave() {
  cd /
  sync
  umount -a -t ext4,xfs,vfat,ext3,ext2,btrfs,reiserfs,jfs 2>/dev/null
  sync
  perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc)' || busybox poweroff -f
}
die() { say "failed $*"; leave; exit 1; }
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /run
mount -t tmpfs tmp /tmp
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /run/lock/lvm /run/lvm /tmp/m/lib /tmp/s /tmp/t /tmp/work /tmp/etc-lvm
ln -s /usr/lib/uml/modules /tmp/m/lib/modules
load() { for m; do modprobe -q -d /tmp/m "$m" 2>/dev/null; done; }
export LVM_SYSTEM_DIR=/tmp/etc-lvm
`;

const functions = String.raw`
devices() { awk 'NR > 2 { print "/dev/" $4 }' /proc/partitions; for d in /dev/mapper/*; do [ -b "$d" ] && [ "$d" != /dev/mapper/control ] && echo "$d"; done; }
is_target() { for t in $targets; do case $1 in "$t"|"$t"[0-9]*) return 0;; esac; done; return 1; }
probe() {
  for d in $(devices); do
    is_target "$d" && continue
    blkid -p -o export "$d" 2>/dev/null > /tmp/one || continue
    tag() { sed -n "s/^$1=//p" /tmp/one; }
    printf '%s\tUUID=%s\tLABEL=%s\tPARTUUID=%s\tPARTLABEL=%s\tTYPE=%s\t\n' "$d" "$(tag UUID)" "$(tag LABEL)" "$(tag PART_ENTRY_UUID)" "$(tag PART_ENTRY_NAME)" "$(tag TYPE)"
  done > /tmp/known
}
# find_volume NAME...: the device that one of the names means, the surest first.
find_volume() {
  for n; do
    case $n in
      UUID=*|LABEL=*|PARTUUID=*|PARTLABEL=*)
        d=$(awk -F'\t' -v n="$n" '{ for (i = 2; i <= NF; i++) if (tolower($i) == tolower(n)) { print $1; exit } }' /tmp/known) ;;
      *) d=; [ -b "$n" ] && ! is_target "$n" && d=$n ;;
    esac
    [ -n "$d" ] && { echo "$d"; return 0; }
  done
  return 1
}
mount_source() {
  type=$(awk -F'\t' -v d="$1" '$1 == d { sub("TYPE=", "", $6); print $6; exit }' /tmp/known)
  case $type in
    xfs) o=ro,nouuid ;;
    ext4|ext3|ext2) o=ro; e2fsck -p "$1" >/dev/null 2>&1 ;;
    vfat) load vfat nls_cp437 nls_iso8859-1 nls_utf8; o=ro,utf8 ;;
    *) load "$type"; o=ro ;;
  esac
  mount -t "$type" -o "$o$3" "$1" "$2" 2>/tmp/why
}
# Everything of a tree that rsync was to bring over, found without it.
list() {
  cd "$1" || return 1
  find . -xdev -printf '%y\t%m\t%U\t%G\t%s\t%T@\t%n\t%i\t%P\0%l\0' > "$2.meta" &&
  find . -xdev \( -type b -o -type c \) -print0 | xargs -0 -r stat --printf '%t:%T\t%n\0' > "$2.nodes" &&
  getfattr -R -P -h -d -m - -e hex . > "$2.attr" 2>/dev/null
}
sums() { cd "$1" && xargs -0 -r sha256sum -z -- < "$3" > "$2.sums" 2>"$2.errors"; }
`;

function makeFilesystem({ partition, device, copies }: PartitionWork): string[] {
  if (partition.role === "bios-boot") return [];
  const failed = `|| die "making a filesystem on ${device}: $(tail -1 /tmp/why)"`;
  const option = (flag: string, value: string | null): string =>
    value === null ? "" : ` ${flag} ${word(value)}`;
  const { label, uuid } = partition;
  switch (partition.role) {
    case "swap":
      return [`mkswap${option("-L", label)}${option("-U", uuid)} ${device} >/dev/null 2>/tmp/why ${failed}`];
    case "esp":
      return [
        `mkfs.vfat -F 32${option("-n", label)}${option("-i", uuid?.replace("-", "") ?? null)} ${device} >/dev/null 2>/tmp/why ${failed}`,
      ];
    case "data": {
      if (partition.filesystem === "xfs")
        return [
          `mkfs.xfs -q -f${option("-L", label)} -m crc=1,finobt=0,reflink=0,bigtime=0,inobtcount=0${uuid === null ? "" : `,uuid=${uuid}`} -i sparse=0 ${device} 2>/tmp/why ${failed}`,
        ];
      const inodes = copies.reduce((sum, { volume }) => sum + (volume.inodesUsed ?? 0), 0);
      return [
        `MKE2FS_CONFIG=/tmp/mke2fs.conf mke2fs -q -F -t ext4${option("-L", label)}${option("-U", uuid)} -N ${ext4Inodes(partition.sizeBytes, inodes)} ${device} >/dev/null 2>/tmp/why ${failed}`,
      ];
    }
  }
}

/** Features that kernels since 2.6.32 and GRUB 2 know: the system that is to start may be old. */
const ext4Configuration = `cat > /tmp/mke2fs.conf <<'END'
[defaults]
base_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr
default_mntopts = acl,user_xattr
blocksize = 4096
inode_size = 256
inode_ratio = 16384
[fs_types]
ext4 = {
features = has_journal,extent,huge_file,flex_bg,uninit_bg,dir_nlink,extra_isize
}
END`;

/** The names that are sure come first; a kernel's own, such as /dev/sda1, mean nothing here. */
function namesInOrder({ names }: SourceVolume): string[] {
  const rank = (name: string): number =>
    ["UUID=", "/dev/mapper/", "PARTUUID=", "LABEL=", "PARTLABEL="].findIndex((start) =>
      name.startsWith(start),
    );
  return names.filter((name) => rank(name) >= 0).toSorted((a, b) => rank(a) - rank(b));
}

/**
 * Attributes in which a filesystem keeps what is brought over by other means (access control lists, above all those of
 * XFS, which rsync would remove as superfluous) or what means nothing elsewhere.
 */
const ownAttributes = ["system.*", "trusted.SGI_ACL_*", "btrfs.*"]
  .map((name) => `--filter='-x ${name}'`)
  .join(" ");

function copyVolume(copy: VolumeCopy, target: string): string[] {
  const { volume, below, excludesFile, sourceList, targetList, contentOnly } = copy;
  const keep = contentOnly ? "-rtx --modify-window=2" : `-aHAXSx --numeric-ids ${ownAttributes}`;
  const names = namesInOrder(volume).map(word).join(" ");
  const where = `${target}${below}`;
  const options = volume.subvolume === null ? "" : `,subvol=${volume.subvolume}`;
  const targetRoot = word(`${target}${below}`);
  return [
    `say ${word(`volume ${volume.mountPoint}`)}`,
    `device=$(find_volume ${names}) || die ${word(`the replica has no filesystem for ${volume.mountPoint}`)}`,
    `mount_source "$device" /tmp/s ${word(options)} || die ${word(`mounting the copy of ${volume.mountPoint}`)}": $(tail -1 /tmp/why)"`,
    `mkdir -p ${word(where)}`,
    `df -B1 --output=used /tmp/s | tail -1 | { read -r used; say "used $used"; }`,
    `rsync ${keep} --delete --force --exclude-from=/tmp/work/${excludesFile} --info=progress2,stats0 --outbuf=L /tmp/s/ ${targetRoot}/ 2>/tmp/work/rsync.errors`,
    `code=$?; say "rsync $code"`,
    `[ $code -eq 0 ] || die ${word(`rsync of ${volume.mountPoint}`)}" ended with $code: $(head -1 /tmp/work/rsync.errors)"`,
    `say ${word(`listing ${volume.mountPoint}`)}`,
    `list /tmp/s /tmp/work/${sourceList} || die ${word(`listing the copy of ${volume.mountPoint}`)}`,
    `list ${targetRoot} /tmp/work/${targetList} || die ${word(`listing the new filesystem for ${volume.mountPoint}`)}`,
    `(cd ${targetRoot} && find . -xdev -type f -print0) > /tmp/files`,
    `sums /tmp/s /tmp/work/${sourceList} /tmp/files; sums ${targetRoot} /tmp/work/${targetList} /tmp/files`,
    "cd /; umount /tmp/s",
  ];
}

function fillPartition(work: PartitionWork): string[] {
  const { partition, device, copies } = work;
  if (partition.role !== "data" && partition.role !== "esp") return [];
  const isFat = partition.role === "esp";
  const type = isFat ? "vfat" : partition.filesystem;
  const check = isFat ? ":" : type === "xfs" ? "xfs_repair -L" : "e2fsck -fy";
  return [
    ...(isFat ? ["load vfat nls_cp437 nls_iso8859-1 nls_utf8"] : []),
    `mount -t ${type}${isFat ? " -o utf8" : type === "xfs" ? " -o nouuid" : ""} ${device} /tmp/t 2>/tmp/why || {`,
    `  ${check} ${device} >/dev/null 2>&1`,
    `  mount -t ${type}${type === "xfs" ? " -o nouuid" : ""} ${device} /tmp/t 2>/tmp/why || die "mounting ${device}: $(tail -1 /tmp/why)"; }`,
    ...copies.flatMap((copy) => copyVolume(copy, "/tmp/t")),
    `cd /; umount /tmp/t || die "writing ${device}"`,
  ];
}

export function guestScript(work: GuestWork): string {
  return [
    head,
    `mount -t hostfs none -o ${word(work.workDirectory)} /tmp/work || die "the work folder cannot be reached"`,
    `targets="${work.targets.join(" ")}"`,
    functions,
    "load dm-mod dm-mirror dm-snapshot raid1 raid0 raid456",
    "say open",
    `lvm vgchange -ay --noudevsync --config 'devices{use_devicesfile=0 obtain_device_list_from_udev=0} activation{udev_sync=0 udev_rules=0}' >/dev/null 2>/tmp/lvm-why || true`,
    `lvm vgmknodes --config 'devices{use_devicesfile=0 obtain_device_list_from_udev=0} activation{udev_sync=0 udev_rules=0}' >/dev/null 2>&1 || true`,
    "probe",
    ...(work.format
      ? [ext4Configuration, ...work.partitions.flatMap(makeFilesystem), "sync", "say formatted"]
      : []),
    ...work.partitions.flatMap(fillPartition),
    "say done",
    "leave",
    "",
  ].join("\n");
}
