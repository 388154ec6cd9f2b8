import type { StorageTexts } from "../catalogue.ts";
import { several } from "./plural.ts";

export const storage: StorageTexts = {
  "disks-undetermined.none": () => ({
    title: "No disk is known",
    outcome: "Nothing can be said about what would be copied.",
    remedy:
      "Collect the facts again as root or Administrator, or add the output of `lsblk` (Linux) or `diskpart` (Windows).",
  }),
  "disks-undetermined.list": () => ({
    title: "There may be disks that are not listed here",
    outcome:
      "The input holds no complete list of disks. A disk that is missing here would not be planned for.",
    remedy:
      "Collect the facts again as root or Administrator, or add the output of `lsblk` (Linux) or `diskpart` (Windows).",
  }),
  "disk-undetermined": ({ disk }) => ({
    title: `What is on ${disk} could not be determined`,
    outcome: {
      block: "The whole disk is copied as it is.",
      file: "Nothing of it would be copied, because no filesystem is known on it.",
    },
    remedy: "Collect the facts again as root or Administrator, so that its partitions and size are known.",
  }),
  "disk-offline": ({ disk }) => ({
    title: `Windows keeps ${disk} offline`,
    outcome: {
      block:
        "The whole disk would be copied as it is. On a node of a cluster another one may be writing to it: then the copy is worth nothing.",
      file: "Nothing of it is copied: its filesystems are not to be seen.",
    },
    remedy:
      "Where it belongs to this server, bring it online (Set-Disk -Number N -IsOffline $false) and collect again. A shared disk is migrated with the node that owns it.",
  }),
  "sector-size": ({ disk, sectorBytes }, format) => ({
    title: `${disk} has sectors of ${format.bytes(sectorBytes)}`,
    outcome: {
      block:
        "The bytes arrive as they are, but the partition table counts in the disk's own sectors, and the target's disks have sectors of 512 bytes: there it points to other places, and nothing starts from the copy.",
      file: "New partitions are made for sectors of 512 bytes; the files do not depend on them.",
    },
    remedy:
      "On Linux use file replication. Otherwise attach the result to a disk with the same sectors, or have the partition table written anew for 512 bytes and check it before the cutover.",
  }),
  "partition-table-foreign": ({ disk, table }) => ({
    title: `${disk} has a partition table that PCs do not start from (${table})`,
    outcome: {
      block: "The disk arrives byte for byte; the target's firmware cannot start from it.",
      file: "The files move into a new GPT or MBR layout.",
    },
    remedy: "Use it as a data disk, or use file replication for it.",
  }),
  "removable-disk": ({ disk }) => ({
    title: `${disk} is removable and stays behind`,
    outcome: "USB sticks, install media and the like are not copied unless you name them.",
    remedy: "If it holds data of the server, name it with --disk.",
  }),
  "network-disk": ({ disk, transport }) => ({
    title: `${disk} is reached over the network (${transport})`,
    outcome:
      "It would be copied like a local disk. But the copy knows the same storage server: if it logs in there too, both write to the same disk.",
    remedy:
      "Decide whether the target should use the storage as before or get a copy; then remove the login from the copy before it starts with a network.",
  }),
  "lvm.group": ({ group, volumes, snapshots, disks }, f) => ({
    title: `LVM: volume group ${group}`,
    outcome: {
      block: `Kept as it is: ${several(f, volumes, "logical volume")}${disks.length > 0 ? ` on ${f.list(disks)}` : ""}. All disks of the group have to travel together.`,
      file: `The logical volumes become standard partitions; LVM is gone afterwards.${snapshots > 0 ? ` Not migrated: ${several(f, snapshots, "snapshot")}.` : ""}`,
    },
    remedy:
      "Choose block replication to keep LVM. With file replication, set the partition sizes in the plan and check /etc/fstab.",
  }),
  "lvm.member": ({ device }) => ({
    title: `LVM: physical volume on ${device}`,
    outcome: {
      block: "Kept as it is. All disks of its volume group have to travel together.",
      file: "Its logical volumes become standard partitions; LVM is gone afterwards.",
    },
    remedy: "Choose block replication to keep LVM. The volume group was not readable: collect again as root.",
  }),
  "windows-data-disks": ({ disks }, f) => ({
    title: `Windows with ${f.integer(disks)} disks: letters and the state of data disks`,
    outcome: {
      block:
        "Drive letters stay, and the conversion has data disks come online, which Windows (SAN policy) otherwise leaves offline on the target.",
      file: "Windows is not replicated by files.",
    },
    remedy:
      "Migrate all disks that have drive letters together. Without the conversion: run diskpart on the target, `san policy=OnlineAll`, then `online disk` for each.",
  }),
  "extended-partition": ({ disk, logical }, f) => ({
    title: `Extended partition on ${disk}`,
    outcome: {
      block: "Kept as it is.",
      file: `Not replicated: its logical partitions (${f.integer(logical)}) become standard partitions.`,
    },
    remedy:
      "Choose block replication to keep it. Otherwise check what names partitions by number (/etc/fstab, scripts).",
  }),
  "dynamic-disk": ({ disk }) => ({
    title: `Dynamic disk: ${disk}`,
    outcome: {
      block:
        "Simple and spanned volumes become ordinary partitions of basic disks in the conversion, if every disk with a part of them travels. Disks with striped, mirrored or RAID-5 volumes stay dynamic; Windows may show them as “Foreign” and ask to import them.",
      file: "Not replicated: its volumes become standard partitions. Spanned, striped and mirrored volumes end up on one disk each.",
    },
    remedy:
      "Include all disks of the group. Break mirrors before the migration: then their volumes become basic as well.",
  }),
  "dynamic-disk-unchecked": () => ({
    title: "Dynamic disks were not looked for",
    outcome:
      "The usual disk list of Windows leaves dynamic disks out, so it cannot be ruled out that there are some.",
    remedy:
      "Run `diskpart` and `list disk`: a star under Dyn marks a dynamic disk. Or use the current collector.",
  }),
  "storage-spaces": ({ disk }) => ({
    title: `${disk} belongs to a Storage Spaces pool`,
    outcome: {
      block: "Kept as it is, if every disk of the pool travels.",
      file: "Its volumes become standard partitions; the pool is gone afterwards.",
    },
    remedy: "Include all disks of the pool.",
  }),
  swap: ({ device, sizeBytes }, f) => ({
    title: `Swap on ${device}${sizeBytes === null ? "" : ` (${f.bytes(sizeBytes)})`}`,
    outcome: {
      block: "Kept as it is.",
      file:
        sizeBytes === null
          ? "Its size is not known, so none is made; the target has no swap at first."
          : "Made anew as a swap partition of the new layout, with its label and UUID; /etc/fstab follows.",
    },
    remedy:
      sizeBytes === null
        ? "After a file replication, set up swap again (mkswap, /etc/fstab)."
        : "Nothing to do. Another size can be chosen in the new layout.",
  }),
  "swap-file": ({ path }) => ({
    title: `Swap file ${path}`,
    outcome: { block: "Kept as it is.", file: "Left out: virtual memory is not copied." },
    remedy: "After a file replication, create it again. Windows makes its page file itself.",
  }),
  "raid.software": ({ array, level, members }, f) => ({
    title: `Software RAID: ${array} (${level})`,
    outcome: {
      block: `Kept as it is, if every member travels${members.length > 0 ? `: ${f.list(members)}` : ""}. The target then stores the data as often as the source does.`,
      file: "Its files move to one standard partition; the RAID is gone afterwards. The target's storage takes over the redundancy.",
    },
    remedy: "Include all member disks, or use file replication to leave the RAID behind.",
  }),
  "raid.firmware": ({ device, format }) => ({
    title: `Firmware RAID: ${device} (${format})`,
    outcome: {
      block:
        "The member disks arrive byte for byte, but the target has no such controller: the array may not assemble and the system may not start.",
      file: "Its files move to standard partitions; the RAID is gone afterwards.",
    },
    remedy: "Copy the assembled array as one disk instead of its members, or use file replication.",
  }),
  "raid.member": ({ device, format }) => ({
    title: `${device} is a member of a RAID (${format})`,
    outcome: {
      block: "Kept as it is, if every member of its array travels.",
      file: "The files of its array move to a standard partition; the RAID is gone afterwards.",
    },
    remedy:
      "The array itself was not seen: make sure that it is running, collect again, and include all member disks.",
  }),
  "raid-degraded.inactive": ({ array }) => ({
    title: `RAID ${array} is not running`,
    outcome: {
      block: "Its members are copied as they are. What is on the array was not seen.",
      file: "Left out: nothing on it can be read while it stands still.",
    },
    remedy:
      "Find out why (`mdadm --examine` on its members). Start it with `mdadm --assemble`, or stop it and clear its members' superblocks if it is no longer needed.",
  }),
  "raid-degraded": ({ kind, array, state }) => ({
    title: `${kind} ${array} is not healthy (${state})`,
    outcome:
      "It has lost a member or is rebuilding. A migration reads every block; a further fault would lose data on the source.",
    remedy: "Replace the failed member and let the rebuild finish, and have a backup, before you migrate.",
  }),
  "multipath.map": ({ map, paths }, f) => ({
    title: `Multipath: ${map}`,
    outcome: {
      block: `Copied once${paths.length > 0 ? `, not once per path (${f.list(paths)})` : ""}. The target sees one plain disk.`,
      file: "Its files move to standard partitions; multipath is gone afterwards.",
    },
    remedy: "On the target, remove the multipath configuration from the initramfs and /etc/multipath.conf.",
  }),
  "multipath.path": ({ device }) => ({
    title: `${device} is a path of a multipath disk`,
    outcome: {
      block: "Copied once, not once per path. The target sees one plain disk.",
      file: "Its files move to standard partitions; multipath is gone afterwards.",
    },
    remedy:
      "The multipath map was not seen: collect again as root, so that the paths can be told from separate disks.",
  }),
  "encrypted.luks": ({ device, isOpen }) => ({
    title: `Encrypted (LUKS): ${device}`,
    outcome: {
      block:
        "Kept encrypted; free space cannot be told from data, so all of it travels. The target asks for the passphrase at start.",
      file: isOpen
        ? "Its files arrive decrypted, on standard partitions."
        : "Left out: it was locked when the facts were collected.",
    },
    remedy:
      "Have the passphrase at hand for the target's console. Keys in a TPM or on the network (Tang) do not travel: add a passphrase first.",
  }),
  "encrypted.bitlocker": ({ device }) => ({
    title: `Encrypted (BitLocker): ${device}`,
    outcome: {
      block:
        "Kept encrypted. The target's TPM does not know the key, so Windows asks for the recovery key at start.",
      file: "Its files arrive decrypted, on standard partitions.",
    },
    remedy:
      "Save the recovery key, then suspend or remove BitLocker before the migration and switch it on again on the target.",
  }),
  "encrypted.other": ({ device, format }) => ({
    title: `Encrypted volume: ${device} (${format})`,
    outcome: {
      block: "Kept encrypted; free space cannot be told from data, so all of it travels.",
      file: "Its files arrive decrypted where it is open, and are left out where it is not.",
    },
    remedy: "Make sure that the key is available on the target.",
  }),
  vdo: ({ device }) => ({
    title: `Deduplicated and compressed by VDO: ${device}`,
    outcome: {
      block: "Kept as it is. What VDO no longer needs cannot be told from data, so all of it travels.",
      file: "Its files move to a standard partition and take their full size there, often several times as much.",
    },
    remedy:
      "For block replication see that the target's kernel has the module (kvdo, or dm-vdo). For file replication compare the used space that `df` shows with the target's disk.",
  }),
  "duplicate-volume": ({ type, uuid, devices }, f) => ({
    title: `One identifier (${type} ${uuid}) on several devices: ${f.list(devices)}`,
    outcome:
      "One is a copy of the other. On the target the devices may come in another order, and the system may start from or mount the wrong one.",
    remedy:
      "Leave the copy's disk out of the job, or give it an identifier of its own first (`vgimportclone`, `tune2fs -U random`, `xfs_admin -U generate`, `swaplabel -U`).",
  }),
  "virtual-disk-file": ({ disk }) => ({
    title: `${disk} is an attached virtual disk (VHD)`,
    outcome:
      "Its file travels with the disk that it lies on. Copied as a disk of its own it would travel twice.",
    remedy: "Detach it (Dismount-DiskImage, or `detach vdisk` in diskpart), or leave it out of the job.",
  }),
  "deduplicated-volume": ({ volume }) => ({
    title: `Data Deduplication on ${volume}`,
    outcome: {
      block: "Kept, with its chunk store. Only a Windows that has the feature can read its files.",
      file: "Not offered for Windows.",
    },
    remedy:
      "Let no optimisation or garbage collection run during the migration: it rewrites much of the volume.",
  }),
  bcache: ({ device }) => ({
    title: `bcache: ${device}`,
    outcome: {
      block:
        "Kept as it is, if backing disk and cache travel together at one moment; with write-back, the newest data may be only in the cache.",
      file: "Its files move to a standard partition; the cache is gone afterwards.",
    },
    remedy: "Set the cache mode to writethrough and wait until it is clean, or use file replication.",
  }),
  zfs: ({ pool }) => ({
    title: `ZFS pool: ${pool}`,
    outcome: {
      block:
        "Kept as it is, if every disk of the pool travels. The target needs its ZFS modules in the initramfs to start.",
      file: "Not replicated: datasets, snapshots and properties are not known to file replication.",
    },
    remedy: "Use block replication with all disks of the pool, or move the datasets with `zfs send`.",
  }),
  "network-mount": ({ what, where, type }) => ({
    title: `Network filesystem at ${where} (${type})`,
    outcome: `Its data is on ${what}, not on this server's disks, and does not travel.`,
    remedy:
      "Make sure that the target reaches it, or move the data separately. Add `nofail` to /etc/fstab so that a start without it does not hang.",
  }),
  "unsupported-filesystem": ({ device, type, convertedTo }) => ({
    title: `Filesystem ${type} on ${device}`,
    outcome: {
      block: "Kept as it is.",
      file: `Converted: its files move to a new ${convertedTo} filesystem. What only ${type} knows (special attributes, snapshots) is lost.`,
    },
    remedy: `Choose block replication to keep it, or check that your software runs on ${convertedTo}.`,
  }),
  "btrfs-layout": ({ device }) => ({
    title: `btrfs on ${device}`,
    outcome: {
      block: "Kept as it is, with subvolumes and snapshots.",
      file: "Its files are copied; subvolumes become folders and snapshots are left out.",
    },
    remedy: "Choose block replication to keep subvolumes and snapshots.",
  }),
  "content-undetermined": ({ device }) => ({
    title: `What is on ${device} could not be determined`,
    outcome: {
      block: "Copied as it is.",
      file: "Copied only if it turns out to hold a filesystem.",
    },
    remedy: "Collect again as root or Administrator, or add the output of `blkid`.",
  }),
  "content-without-filesystem": ({ device, type }) => ({
    title: type === "none" ? `No known data on ${device}` : `${device} holds ${type}, which is no filesystem`,
    outcome: {
      block: "Copied as it is.",
      file: "Left out: there are no files that could be copied.",
    },
    remedy:
      "If a program uses it directly (a database, a cluster), use block replication or move the data by the program's own means.",
  }),
  "unmounted-filesystem": ({ device, type }) => ({
    title: `${device} (${type}) is not mounted`,
    outcome: {
      block: "Copied as it is.",
      file: "Left out: file replication reads what is mounted.",
    },
    remedy:
      "Mount it before a file replication if its files are needed. Its used space is not known to the estimate.",
  }),
  "disk-too-large": ({ disk, sizeBytes, maximumBytes, target }, f) => ({
    title: `${disk} is too large for ${target}`,
    outcome: {
      block: `It cannot be created there: ${f.bytes(sizeBytes)}, and at most ${f.bytes(maximumBytes)} are possible.`,
      file: "Its files can move to a smaller disk if they fit.",
    },
    remedy: "Shrink or split the disk on the source, use file replication, or choose another target.",
  }),
  "too-many-disks": ({ count, maximum, target }, f) => ({
    title: `${several(f, count, "disk")} are more than ${target} takes`,
    outcome: {
      block: `At most ${several(f, maximum, "disk")} can be attached.`,
      file: "Several filesystems can share one target disk.",
    },
    remedy: "Leave disks out of the plan, merge them, or choose another target.",
  }),
  "low-space": ({ where, availableBytes, minimumBytes }, f) => ({
    title: `Little space on ${where}: ${f.bytes(availableBytes)} free`,
    outcome: `Making the copy bootable, or the snapshot that it is read from, needs about ${f.bytes(minimumBytes)} there.`,
    remedy: "Free space (old kernels, logs, package caches) before the migration.",
  }),
  "low-inodes": ({ where, free }, f) => ({
    title: `Few inodes on ${where}: ${f.integer(free)} free`,
    outcome: "Making the copy bootable adds files; without inodes it fails although there is space.",
    remedy: "Delete small files that nobody needs (sessions, caches, old mail queues).",
  }),
};
