/** Bundles of servers whose disks are hard to draw: nested, crowded, or of sizes far apart. */
import { bundleFor, disk, gibibyte, part, volume, type Server } from "./bundles.ts";

const linux = (disks: readonly object[], commands: Readonly<Record<string, string>> = {}): Server => ({
  distro: "debian",
  version: "12",
  name: "Debian GNU/Linux 12 (bookworm)",
  kernel: "6.1.0-28-amd64",
  disks,
  commands,
});

const raidVolumes = [
  volume("vg0-root", 60, { fstype: "xfs", mountpoint: "/" }),
  volume("vg0-srv--with--a--long--name", 380, {
    fstype: "xfs",
    mountpoint: "/srv/a/rather/long/mount/point",
  }),
  volume("vg0-log", 6, { fstype: "ext4", mountpoint: "/var/log" }),
  volume("vg0-swap", 8, { fstype: "swap", mountpoint: "[SWAP]" }),
];
const raidMember = (name: string) =>
  disk(name, 500, "gpt", [
    part(`${name}1`, 0.001, 0.5, { fstype: "vfat", mountpoint: name === "sda" ? "/boot/efi" : null }),
    part(`${name}2`, 0.502, 1, {
      fstype: "linux_raid_member",
      children: [{ name: "/dev/md0", type: "raid1", size: gibibyte, fstype: "ext4", mountpoint: "/boot" }],
    }),
    part(`${name}3`, 1.503, 498, {
      fstype: "linux_raid_member",
      children: [
        {
          name: "/dev/md1",
          type: "raid1",
          size: 498 * gibibyte,
          fstype: "LVM2_member",
          children: raidVolumes,
        },
      ],
    }),
  ]);

const many = Array.from({ length: 40 }, (_, index) => {
  const sizeGiB = index % 9 === 0 ? 0.1 : 1 + ((index * 7) % 13);
  return { index, sizeGiB };
});
const startOf = (index: number) => many.slice(0, index).reduce((sum, { sizeGiB }) => sum + sizeGiB, 0.001);

const wmiList = (objects: readonly Readonly<Record<string, string | number>>[]): string =>
  objects
    .map((object) =>
      Object.entries(object)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(""),
    )
    .join("\n");
const windowsDrive = (Index: number, sizeGiB: number) => ({
  DeviceID: `\\\\.\\PHYSICALDRIVE${Index}`,
  Index,
  Model: "VMware Virtual disk SCSI Disk Device",
  Size: sizeGiB * gibibyte,
  InterfaceType: "SCSI",
  MediaType: "Fixed hard disk media",
  BytesPerSector: 512,
});
const windowsPartition = (
  DiskIndex: number,
  Index: number,
  Type: string,
  startMiB: number,
  sizeMiB: number,
) => ({
  DeviceID: `Disk #${DiskIndex}, Partition #${Index}`,
  DiskIndex,
  Index,
  Type,
  Size: sizeMiB * 1024 ** 2,
  StartingOffset: startMiB * 1024 ** 2,
  PrimaryPartition: Type.startsWith("Extended") ? "FALSE" : "TRUE",
  BootPartition: Index === 0 ? "TRUE" : "FALSE",
});
const windowsVolume = (DeviceID: string, sizeGiB: number, VolumeName: string) => ({
  DeviceID,
  DriveType: 3,
  FileSystem: "NTFS",
  Size: Math.round(sizeGiB * gibibyte),
  FreeSpace: Math.round(sizeGiB * 0.35 * gibibyte),
  VolumeName,
});
const liesOn = (letter: string, disk: number, partition: number) => ({
  Antecedent: `\\\\SRV\\root\\cimv2:Win32_DiskPartition.DeviceID="Disk #${disk}, Partition #${partition}"`,
  Dependent: `\\\\SRV\\root\\cimv2:Win32_LogicalDisk.DeviceID="${letter}:"`,
});

const windowsBundle = (): string =>
  JSON.stringify({
    format: 1,
    collectedAt: "2026-01-02T03:04:05+00:00",
    collector: "collect-windows.vbs 1",
    platform: "windows",
    commands: Object.fromEntries(
      Object.entries({
        "wmi Win32_OperatingSystem": wmiList([
          { Caption: "Microsoft Windows Server 2016 Standard", Version: "10.0.14393", ProductType: 3 },
        ]),
        "wmi Win32_DiskDrive": wmiList([windowsDrive(0, 120), windowsDrive(1, 500), windowsDrive(2, 500)]),
        "wmi Win32_DiskPartition": wmiList([
          windowsPartition(0, 0, "Installable File System", 1, 500),
          windowsPartition(0, 1, "Installable File System", 501, 81_920),
          windowsPartition(0, 2, "Extended w/Extended Int 13", 82_421, 40_000),
          windowsPartition(1, 0, "Logical Disk Manager", 1, 511_998),
          windowsPartition(2, 0, "Logical Disk Manager", 1, 511_998),
        ]),
        "wmi Win32_LogicalDisk": wmiList([
          windowsVolume("C:", 80, "System"),
          windowsVolume("D:", 39, "Daten"),
          windowsVolume("E:", 990, "Spanned"),
        ]),
        "wmi Win32_LogicalDiskToPartition": wmiList([
          liesOn("C", 0, 1),
          liesOn("D", 0, 2),
          liesOn("E", 1, 0),
        ]),
      }).map(([name, stdout]) => [name, { stdout, stderr: "", exitCode: 0 }]),
    ),
  });

/** By the name of the picture. */
export const layoutBundles: Readonly<Record<string, (hostName: string) => string>> = {
  "layout-raid": (hostName) => bundleFor(linux([raidMember("sda"), raidMember("sdb")]), hostName),
  "layout-extended": (hostName) =>
    bundleFor(
      linux(
        [
          disk("sda", 80, "dos", [
            part("sda1", 0.001, 0.25, { fstype: "ext4", mountpoint: "/boot" }),
            part("sda2", 0.252, 20, { fstype: "ext4", mountpoint: "/" }),
            { ...part("sda3", 20.253, 52, {}), size: 1024, parttype: "0x5" },
            part("sda5", 20.254, 4, { fstype: "swap", mountpoint: "[SWAP]" }),
            part("sda6", 24.256, 0.1, {}),
            part("sda7", 24.36, 30, { fstype: "ext3", mountpoint: "/home" }),
          ]),
        ],
        {
          "df -P -k":
            "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda2 20511312 12102912 7343304 63% /\n/dev/sda7 30832548 29901823 1 100% /home\n",
        },
      ),
      hostName,
    ),
  "layout-many": (hostName) =>
    bundleFor(
      linux([
        disk(
          "sda",
          300,
          "gpt",
          many.map(({ index, sizeGiB }) =>
            part(`sda${index + 1}`, startOf(index), sizeGiB, { fstype: "xfs", mountpoint: `/data/${index}` }),
          ),
        ),
      ]),
      hostName,
    ),
  "layout-sizes": (hostName) =>
    bundleFor(
      linux([
        disk("sda", 8192, "gpt", [
          part("sda1", 0.001, 1, { fstype: "vfat", mountpoint: "/boot/efi" }),
          part("sda2", 1.002, 8190, { fstype: "xfs", mountpoint: "/" }),
        ]),
        disk("sdb", 1, "dos", [part("sdb1", 0.001, 0.9, { fstype: "ext4", mountpoint: "/boot" })]),
        disk("sdc", 2, "", []),
      ]),
      hostName,
    ),
  "layout-windows": windowsBundle,
};
