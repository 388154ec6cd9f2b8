/**
 * What the helper machine does, as one shell script: opens the replicas, makes the new filesystems, brings the files
 * over with rsync, and lists both sides for the comparison. It runs on the programs of this machine, which it sees
 * read-only, as root of its own; lines that begin with `@` are for us. Pure.
 */
import { ext4Inodes } from "../../common/domain/partition-capacity.ts";
import type { SourceVolume, TargetPartition } from "../../common/domain/target-layout.ts";
import { flagFunctions, keptFlags } from "./inode-flags.ts";
import { runDirectoryInside } from "./helper-machine.ts";

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

/** The work folder is the one above the machine's own. */
export interface GuestWork {
  /** Devices of the helper machine, which it can only read, e.g. /dev/ubda. */
  readonly replicas: readonly string[];
  /** Takes what is written to the replicas, and is then thrown away: `storeBytes` long. */
  readonly store: string;
  /** Make the filesystems; otherwise they are there from an earlier run. */
  readonly format: boolean;
  readonly partitions: readonly PartitionWork[];
}

const sectorBytes = 512;
/**
 * Of the store, for each replica: more than all the journals of one ever bring. It is a hole in a file until written to,
 * and should it be full, reading that replica fails.
 */
const shareBytes = 256 * 1024 ** 3;
export const storeBytes = (replicas: number): number => replicas * shareBytes;

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
cat > /tmp/etc-lvm/lvm.conf <<'END'
activation { udev_sync=0 udev_rules=0 monitoring=0 }
devices { use_devicesfile=0 obtain_device_list_from_udev=0 filter=["a|^/dev/mapper/ubd|", "r|.*|"] }
backup { backup=0 archive=0 }
END
`;

/**
 * How every script of a helper machine begins: the folder around the run directory is /tmp/work, `load` loads modules,
 * `say` tells us, `die` and `leave` end the machine.
 */
export const machineStart = [
  head,
  // This machine's kernel resolves it: no character of the folder's path has to mean anything in here.
  `mount -t hostfs none -o ${runDirectoryInside}/.. /tmp/work || die "the work folder cannot be reached"`,
].join("\n");

const functions = String.raw`
map() { dmsetup create "$1" --noudevsync --noudevrules --uuid "$2" --table "$3" 2>/tmp/why && dmsetup mknodes "$1" 2>/tmp/why || die "opening $1: $(tail -1 /tmp/why)"; }
# A replica as /dev/mapper/ubda and its partitions as ubda1, ...: they can be written to, as replaying a journal does,
# and all of that goes into the store.
open_replica() {
  n=$(basename "$1") size=$(blockdev --getsz "$1") room=$size
  [ "$room" -gt "$share" ] && room=$share
  map "store-$n" "store-$n" "0 $room linear $store $taken"
  map "$n" "disk-$n" "0 $size snapshot $1 /dev/mapper/store-$n N 8"
  taken=$((taken + share))
  for p in /sys/block/$n/$n*; do
    [ -e "$p/partition" ] || continue
    map "$(basename "$p")" "part$(cat "$p/partition")-disk-$n" "0 $(cat "$p/size") linear /dev/mapper/$n $(cat "$p/start")"
  done
}
probe() {
  for d in /dev/mapper/*; do
    case $d in */control|*/store-*) continue ;; esac
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
      *) d=; [ -b "$n" ] && d=$n ;;
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
  getfattr -R -P -h -d -m - -e hex . > "$2.attr" 2>/dev/null &&
  flags_of "$3" > "$2.flags"
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

function copyVolume(copy: VolumeCopy, target: string, flags: number): string[] {
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
    `(cd ${targetRoot} && free_flags)`,
    `rsync ${keep} --delete --force --exclude-from=/tmp/work/${excludesFile} --info=progress2,stats0 --outbuf=L /tmp/s/ ${targetRoot}/ 2>/tmp/work/rsync.errors`,
    `code=$?; say "rsync $code"`,
    `[ $code -eq 0 ] || die ${word(`rsync of ${volume.mountPoint}`)}" ended with $code: $(head -1 /tmp/work/rsync.errors)"`,
    // Last of all: some forbid to write.
    `(cd ${targetRoot} && set_flags ${flags} /tmp/s)`,
    `say ${word(`listing ${volume.mountPoint}`)}`,
    `list /tmp/s /tmp/work/${sourceList} ${flags} || die ${word(`listing the copy of ${volume.mountPoint}`)}`,
    `list ${targetRoot} /tmp/work/${targetList} ${flags} || die ${word(`listing the new filesystem for ${volume.mountPoint}`)}`,
    `(cd ${targetRoot} && find . -xdev -type f -print0) > /tmp/files`,
    `sums /tmp/s /tmp/work/${sourceList} /tmp/files; sums ${targetRoot} /tmp/work/${targetList} /tmp/files`,
    "cd /; umount /tmp/s",
  ];
}

function fillPartition(work: PartitionWork): string[] {
  const { partition, device, copies } = work;
  if (partition.role !== "data" && partition.role !== "esp") return [];
  const type = partition.role === "esp" ? "vfat" : partition.filesystem;
  const options = { vfat: " -o utf8", xfs: " -o nouuid", ext4: "" }[type];
  const repair = { vfat: ":", xfs: "xfs_repair -L", ext4: "e2fsck -fy" }[type];
  const mount = `mount -t ${type}${options} ${device} /tmp/t 2>/tmp/why`;
  return [
    ...(type === "vfat" ? ["load vfat nls_cp437 nls_iso8859-1 nls_utf8"] : []),
    `${mount} || {`,
    `  ${repair} ${device} >/dev/null 2>&1`,
    `  ${mount} || die "mounting ${device}: $(tail -1 /tmp/why)"; }`,
    ...copies.flatMap((copy) => copyVolume(copy, "/tmp/t", keptFlags(partition))),
    `cd /; umount /tmp/t || die "writing ${device}"`,
  ];
}

/** The replicas with their partitions, logical volumes and names, before anything is done with them. */
export function openReplicas({ replicas, store }: Pick<GuestWork, "replicas" | "store">): string[] {
  return [
    machineStart,
    `store=${store} share=${shareBytes / sectorBytes} taken=0`,
    functions,
    "load dm-mod dm-mirror dm-snapshot dm-raid raid1 raid0 raid456",
    "say open",
    ...replicas.map((device) => `open_replica ${device}`),
    "lvm vgchange -ay --noudevsync >/dev/null 2>/tmp/lvm-why || true",
    "lvm vgmknodes >/dev/null 2>&1 || true",
    "probe",
  ];
}

export function guestScript(work: GuestWork): string {
  return [
    ...openReplicas(work),
    flagFunctions,
    ...(work.format
      ? [ext4Configuration, ...work.partitions.flatMap(makeFilesystem), "sync", "say formatted"]
      : []),
    ...work.partitions.flatMap(fillPartition),
    "say done",
    "leave",
    "",
  ].join("\n");
}
