/** One scenario for every message about disks and what lies on them. */
import { unknownFacts } from "../../../../common/domain/facts.ts";
import { content, device, gib, line, mib, mount, plainWindows, usage } from "./sample-facts.ts";
import { type Scenario, withDevices, linuxWith, storage, sdb, sdb1 } from "./scenario-parts.ts";

export const storageScenarios: readonly Scenario[] = [
  { when: "no disk is known", message: "disks-undetermined.none", severity: "warning", facts: unknownFacts },
  {
    when: "the list of disks may be short",
    message: "disks-undetermined.list",
    severity: "warning",
    facts: () => storage(() => ({ deviceListComplete: false })),
  },
  {
    when: "nothing is known of a disk",
    message: "disk-undetermined",
    severity: "warning",
    facts: () => linuxWith(device("/dev/sdz", { sizeBytes: gib })),
  },
  {
    when: "Windows keeps a disk offline",
    message: "disk-offline",
    severity: "warning",
    facts: () =>
      withDevices(
        plainWindows(),
        device("\\\\.\\PHYSICALDRIVE1", { sizeBytes: gib, partitionTable: "gpt", state: "Offline" }),
      ),
  },
  {
    when: "a disk's sectors have 4 KiB",
    message: "sector-size",
    severity: "warning",
    facts: () => linuxWith({ ...sdb, logicalSectorBytes: 4096 }),
  },
  {
    when: "a disk has a mainframe's table",
    message: "partition-table-foreign",
    severity: "warning",
    facts: () => linuxWith(device("/dev/dasda", { sizeBytes: gib, partitionTable: "dasd" })),
  },
  {
    when: "a USB stick is plugged in",
    message: "removable-disk",
    severity: "info",
    facts: () =>
      linuxWith(device("/dev/sdc", { sizeBytes: gib, isRemovable: true, content: content("vfat") })),
  },
  {
    when: "a disk comes over iSCSI",
    message: "network-disk",
    severity: "warning",
    facts: () => linuxWith({ ...sdb, transport: "iscsi" }),
  },
  {
    when: "there is a volume group",
    message: "lvm.group",
    severity: "warning",
    facts: () => linuxWith(sdb, sdb1({ content: content("LVM2_member"), volumeGroup: "vg0" })),
  },
  {
    when: "a physical volume's group is unknown",
    message: "lvm.member",
    severity: "warning",
    facts: () => linuxWith(sdb, sdb1({ content: content("LVM2_member") })),
  },
  {
    when: "a Windows has data disks",
    message: "windows-data-disks",
    severity: "info",
    facts: () => {
      const facts = plainWindows();
      const second = device("\\\\.\\PHYSICALDRIVE1", { sizeBytes: gib });
      return { ...facts, storage: { ...facts.storage, devices: [...facts.storage.devices, second] } };
    },
  },
  {
    when: "a disk has logical partitions",
    message: "extended-partition",
    severity: "warning",
    facts: () => linuxWith(sdb, sdb1({}, { role: "extended", type: "0x0f" })),
  },
  {
    when: "one member of a dynamic group is seen",
    message: "dynamic-disk",
    severity: "warning",
    facts: () => withDevices(plainWindows(), sdb, sdb1({}, { type: "0x42" })),
  },
  {
    when: "nobody looked for dynamic disks",
    message: "dynamic-disk-unchecked",
    severity: "info",
    facts: () => {
      const facts = plainWindows();
      return { ...facts, storage: { ...facts.storage, dynamicDisksLookedFor: false } };
    },
  },
  {
    when: "a disk is in a storage pool",
    message: "storage-spaces",
    severity: "warning",
    facts: () => withDevices(plainWindows(), sdb, sdb1({}, { type: "e75caf8f-f680-4cee-afa3-b001e56efc2d" })),
  },
  {
    when: "there is a swap partition",
    message: "swap",
    severity: "warning",
    facts: () => linuxWith(sdb, sdb1({ content: content("swap") })),
  },
  {
    when: "there is a swap file",
    message: "swap-file",
    severity: "info",
    facts: () =>
      storage(() => ({
        swaps: [
          {
            path: "/swap.img",
            kind: "file",
            sizeBytes: gib,
            usedBytes: 0,
            isActive: true,
            evidence: [line("/proc/swaps", "/swap.img file")],
          },
        ],
      })),
  },
  {
    when: "there is an MD array",
    message: "raid.software",
    severity: "warning",
    facts: () =>
      linuxWith(
        sdb,
        sdb1({ content: content("linux_raid_member") }),
        device("/dev/md0", {
          kind: "raid",
          parents: ["/dev/sdb1"],
          layout: "raid1",
          content: content("ext4"),
        }),
      ),
  },
  {
    when: "a disk carries firmware RAID",
    message: "raid.firmware",
    severity: "warning",
    facts: () => linuxWith({ ...sdb, content: content("isw_raid_member") }),
  },
  {
    when: "a member's array is not seen",
    message: "raid.member",
    severity: "warning",
    facts: () => linuxWith(sdb, sdb1({ content: content("linux_raid_member") })),
  },
  {
    when: "an array has lost a member",
    message: "raid-degraded",
    severity: "warning",
    facts: () =>
      linuxWith(sdb, device("/dev/md0", { kind: "raid", parents: ["/dev/sdb"], state: "[2/1] [U_]" })),
  },
  {
    when: "a disk has several paths",
    message: "multipath.map",
    severity: "warning",
    facts: () => linuxWith(sdb, device("/dev/mapper/mpatha", { kind: "multipath", parents: ["/dev/sdb"] })),
  },
  {
    when: "a path's map is not seen",
    message: "multipath.path",
    severity: "warning",
    facts: () => linuxWith({ ...sdb, content: content("mpath_member") }),
  },
  {
    when: "a partition is LUKS",
    message: "encrypted.luks",
    severity: "warning",
    facts: () => linuxWith(sdb, sdb1({ content: content("crypto_LUKS") })),
  },
  {
    when: "a volume is BitLocker",
    message: "encrypted.bitlocker",
    severity: "warning",
    facts: () => withDevices(plainWindows(), sdb, sdb1({ content: content("BitLocker") })),
  },
  {
    when: "a mapping is plain dm-crypt",
    message: "encrypted.other",
    severity: "warning",
    facts: () => linuxWith(sdb, device("/dev/mapper/c", { kind: "crypt", parents: ["/dev/sdb"] })),
  },
  {
    when: "an array is not running",
    message: "raid-degraded.inactive",
    severity: "warning",
    facts: () =>
      linuxWith(sdb, device("/dev/md1", { kind: "raid", parents: ["/dev/sdb"], state: "inactive" })),
  },
  {
    when: "a disk is behind VDO",
    message: "vdo",
    severity: "warning",
    facts: () => linuxWith({ ...sdb, content: content("vdo") }),
  },
  {
    when: "two disks carry one identifier",
    message: "duplicate-volume",
    severity: "warning",
    facts: () =>
      storage(() => ({
        duplicates: [
          { type: "xfs", uuid: "x", devices: ["/dev/sdb", "/dev/sdc"], evidence: [line("blkid", "x")] },
        ],
      })),
  },
  {
    when: "a disk is a file",
    message: "virtual-disk-file",
    severity: "warning",
    facts: () => linuxWith({ ...sdb, transport: "file" }),
  },
  {
    when: "a volume is deduplicated",
    message: "deduplicated-volume",
    severity: "info",
    facts: () => storage(() => ({ deduplicated: [{ volume: "D:", evidence: [line("wmi", "D:")] }] })),
  },
  {
    when: "a disk is behind bcache",
    message: "bcache",
    severity: "warning",
    facts: () => linuxWith({ ...sdb, content: content("bcache") }),
  },
  {
    when: "a partition is in a ZFS pool",
    message: "zfs",
    severity: "warning",
    facts: () => linuxWith(sdb, sdb1({ content: content("zfs_member") })),
  },
  {
    when: "an NFS export is mounted",
    message: "network-mount",
    severity: "warning",
    facts: () =>
      storage(({ mounts }) => ({ mounts: [...mounts, mount("nas:/x", "/x", "nfs", { isNetwork: true })] })),
  },
  {
    when: "a filesystem has to be converted",
    message: "unsupported-filesystem",
    severity: "warning",
    facts: () => linuxWith(sdb, sdb1({ content: content("reiserfs") })),
  },
  {
    when: "a filesystem is btrfs",
    message: "btrfs-layout",
    severity: "info",
    facts: () => linuxWith(sdb, sdb1({ content: content("btrfs") })),
  },
  {
    when: "nobody looked into a partition",
    message: "content-undetermined",
    severity: "info",
    facts: () => linuxWith(sdb, sdb1({ content: null })),
  },
  {
    when: "a partition holds raw data",
    message: "content-without-filesystem",
    severity: "warning",
    facts: () => linuxWith(sdb, sdb1({ content: content("oracleasm") })),
  },
  {
    when: "a filesystem is not mounted",
    message: "unmounted-filesystem",
    severity: "info",
    facts: () => linuxWith(sdb, sdb1({ content: content("ext4") })),
  },
  {
    when: "a disk is beyond the target",
    message: "disk-too-large",
    severity: "blocker",
    facts: () => linuxWith({ ...sdb, sizeBytes: 40_000 * gib }),
  },
  {
    when: "there are more disks than the target takes",
    message: "too-many-disks",
    severity: "blocker",
    facts: () =>
      linuxWith(
        ...Array.from({ length: 17 }, (_, at) =>
          device(`/dev/vd${String.fromCharCode(98 + at)}`, { sizeBytes: gib, content: content("ext4") }),
        ),
      ),
  },
  {
    when: "the root filesystem is full",
    message: "low-space",
    severity: "warning",
    facts: () =>
      storage(({ mounts }) => ({
        mounts: mounts.map((each) => ({ ...each, usage: usage(20 * gib, 20 * gib - 10 * mib) })),
      })),
  },
  {
    when: "the root filesystem is out of inodes",
    message: "low-inodes",
    severity: "warning",
    facts: () =>
      storage(({ mounts }) => ({
        mounts: mounts.map((each) => ({
          ...each,
          usage: { ...usage(20 * gib, gib), inodesTotal: 1000, inodesUsed: 990 },
        })),
      })),
  },
];
