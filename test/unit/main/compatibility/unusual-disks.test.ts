import { describe, expect, it } from "vitest";
import { assessCapture, type Capture, codesOf, wmiList } from "./captures.ts";

const drive = { DeviceID: "\\\\.\\PHYSICALDRIVE0", Index: 0, InterfaceType: "SCSI", Size: 53686402560 };
const partition = (type: string, more: Readonly<Record<string, string | number>> = {}): string =>
  wmiList(
    {
      DeviceID: "Datenträgernr. 0, Partitionsnr. 0",
      DiskIndex: 0,
      Index: 0,
      Type: type,
      Size: 1e9,
      StartingOffset: 1048576,
      PrimaryPartition: "TRUE",
    },
    {
      DeviceID: "Datenträgernr. 0, Partitionsnr. 1",
      DiskIndex: 0,
      Index: 1,
      Type: type,
      Size: 1e9,
      StartingOffset: 2e9,
      PrimaryPartition: "TRUE",
      ...more,
    },
  );
const windows = (commands: Readonly<Record<string, string>>): Capture => ({ platform: "windows", commands });
const wmi = (partitions: string): Capture =>
  windows({ "wmic diskdrive get /value": wmiList(drive), "wmic partition get /value": partitions });
const getDisk = (disk: object): Capture =>
  windows({
    "powershell Get-Disk | ConvertTo-Json": JSON.stringify([
      { Number: 4, PartitionStyle: 2, Size: 1e12, ...disk },
    ]),
  });
const linux = (commands: Readonly<Record<string, string>>): Capture => ({ platform: "linux", commands });

const oldFdisk =
  "\nDisk /dev/hda: 40.0 GB, 40020664320 bytes\n255 heads, 63 sectors/track, 4865 cylinders\nUnits = cylinders of 16065 * 512 = 8225280 bytes\n\n" +
  "   Device Boot      Start         End      Blocks   Id  System\n/dev/hda1   *           1          13      104391   83  Linux\n" +
  "/dev/hda3            1001        4865    31045612+   5  Extended\n/dev/hda5            1001        1130     1044193+  82  Linux swap / Solaris\n";
const plainLsblk =
  "NAME   MAJ:MIN RM  SIZE RO TYPE MOUNTPOINT\nsda      8:0    0   20G  0 disk \n├─sda1   8:1    0   19G  0 part /\n├─sda2   8:2    0    1K  0 part \n└─sda5   8:5    0  975M  0 part [SWAP]\n";

type Row = readonly [what: string, capture: Capture, has: readonly string[], hasNot: readonly string[]];

const rows: readonly Row[] = [
  [
    "logical volumes of an lsblk that had no TYPE yet",
    linux({
      lsblk:
        "NAME                        MAJ:MIN RM   SIZE RO MOUNTPOINT\nsda                           8:0    0    20G  0 \n└─sda2                        8:2    0  19.5G  0 \n  └─VolGroup-lv_root (dm-0) 253:0    0  17.6G  0 /\n",
    }),
    ["lvm"],
    [],
  ],
  [
    "other mapped devices of an lsblk that had no TYPE yet",
    linux({
      lsblk:
        "NAME                      MAJ:MIN RM   SIZE RO MOUNTPOINT\nsda                         8:0    0    20G  0 \n└─mpatha-part1 (dm-0)     253:0    0  17.6G  0 /\n",
    }),
    [],
    ["lvm"],
  ],
  [
    "an array that has lost a member for good",
    {
      platform: "linux",
      files: {
        "/proc/mdstat": "md3 : broken raid0 sdh1[1] sdi1[0]\n      2095 blocks super 1.2 512k chunks\n",
      },
    },
    ["raid", "raid-degraded"],
    [],
  ],
  [
    "a filesystem of FUSE in fstab's older form",
    { platform: "linux", files: { "/etc/fstab": "sshfs#user@host:/ /mnt/s fuse defaults 0 0\n" } },
    ["network-mount"],
    [],
  ],
  ...[
    "Verwaltung logischer Datenträger",
    "論理ディスク マネージャー",
    "逻辑磁盘管理器",
    "Gestionnaire de disque logique",
    "GPT: Daten der Verwaltung logischer Datenträger",
    "Диспетчер логических дисков",
  ].map((type): Row => [
    `a dynamic disk in other words (${type})`,
    wmi(partition(type)),
    ["dynamic-disk"],
    ["dynamic-disk-unchecked"],
  ]),
  ...[
    "Installierbares Dateisystem",
    "インストール可能なファイル システム",
    "GPT: Basisdaten",
    "GPT: Basic Data",
  ].map((type): Row => [
    `a basic disk in other words (${type})`,
    wmi(partition(type)),
    [],
    ["dynamic-disk", "dynamic-disk-unchecked"],
  ]),
  [
    "a partition of a type that no word is known for",
    wmi(partition("Neznámé")),
    ["dynamic-disk-unchecked"],
    ["dynamic-disk"],
  ],
  [
    "an extended partition in German",
    wmi(
      partition("Installierbares Dateisystem", {
        Type: "Erweitert mit erweitertem Int 13",
        PrimaryPartition: "FALSE",
      }),
    ),
    ["extended-partition"],
    ["dynamic-disk-unchecked"],
  ],
  [
    "a logical partition whose container WMI keeps to itself",
    wmi(partition("Installable File System", { PrimaryPartition: "FALSE" })),
    ["extended-partition"],
    [],
  ],
  ["Storage Spaces by the number of the bus", getDisk({ BusType: 16 }), ["storage-spaces"], []],
  [
    "Storage Spaces by the disk's own name",
    windows({ "wmic diskdrive get /value": wmiList({ ...drive, Model: "Microsoft Storage Space Device" }) }),
    ["storage-spaces"],
    [],
  ],
  [
    "iSCSI, which Win32_DiskDrive calls SCSI",
    windows({
      "wmic diskdrive get /value": wmiList(drive),
      "wmi MSFT_Disk": wmiList({ Number: 0, BusType: 9, PartitionStyle: 2, Size: 53687091200 }),
    }),
    ["network-disk"],
    [],
  ],
  [
    "partitions alone name their disk",
    windows({
      "wmic partition get DiskIndex,Index,Type /format:csv":
        "Node,DiskIndex,Index,Type\r\nA,0,0,Logical Disk Manager\r\n",
    }),
    ["dynamic-disk", "disk-undetermined"],
    [],
  ],
  [
    "BitLocker, locked",
    windows({ "wmi Win32_EncryptableVolume": wmiList({ DriveLetter: "D:", ProtectionStatus: 2 }) }),
    ["encrypted"],
    [],
  ],
  [
    "BitLocker, suspended",
    windows({
      "wmi Win32_EncryptableVolume": wmiList({ DriveLetter: "D:", ProtectionStatus: 0, ConversionStatus: 1 }),
    }),
    ["encrypted"],
    [],
  ],
  [
    "BitLocker, off",
    windows({
      "wmi Win32_EncryptableVolume": wmiList({ DriveLetter: "D:", ProtectionStatus: 0, ConversionStatus: 0 }),
    }),
    [],
    ["encrypted"],
  ],
  [
    "BitLocker in a table with headings over two lines",
    windows({
      "powershell Get-BitLockerVolume":
        "VolumeType      Mount CapacityGB VolumeStatus           Encryption KeyProtector              AutoUnlock Protection\r\n                Point                                   Percentage                           Enabled    Status    \r\n----------      ----- ---------- ------------           ---------- ------------              ---------- ----------\r\nOperatingSystem C:        126.45 FullyEncrypted         100        {Tpm, RecoveryPassword}              On        \r\nData            E:        126.45 FullyDecrypted         0          {}                                   Off       \r\n",
    }),
    ["encrypted"],
    [],
  ],
  [
    "BitLocker that manage-bde cannot look into",
    windows({
      "manage-bde -status":
        "Volume D: [Label Unknown]\r\n\r\n    Percentage Encrypted: Unknown%\r\n    Lock Status:          Locked\r\n",
    }),
    ["encrypted"],
    [],
  ],
  [
    "a volume group that misses a disk",
    linux({ vgs: "  VG   #PV #LV #SN Attr   VSize   VFree\n  data   2   1   0 wz-pn- 199.99g    0 \n" }),
    ["raid-degraded"],
    [],
  ],
  [
    "logical volumes without one of their disks, and one whose disk came back",
    linux({
      "lvs -o lv_name,vg_name,lv_attr,lv_size":
        "  LV   VG   Attr       LSize\n  a    data -wi-----p- 1.00g\n  b    data rwi-aor-r- 1.00g\n",
    }),
    ["raid-degraded"],
    [],
  ],
  [
    "logical volumes in order",
    linux({ "lvs -o lv_name,vg_name,lv_attr,lv_size": "  LV VG Attr LSize\n  a data rwi-aor--- 1.00g\n" }),
    ["lvm"],
    ["raid-degraded"],
  ],
  [
    "sectors of 4 KiB, of which sfdisk alone speaks",
    linux({
      "sfdisk -d /dev/sda":
        "label: gpt\ndevice: /dev/sda\nunit: sectors\nsector-size: 4096\n\n/dev/sda1 : start=256, size=51200, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4\n",
    }),
    ["sector-size"],
    [],
  ],
  [
    "a volume group that misses nothing",
    linux({ vgs: "  VG   #PV #LV #SN Attr   VSize   VFree\n  data   2   1   0 wz--n- 199.99g    0 \n" }),
    ["lvm"],
    ["raid-degraded"],
  ],
  [
    "a volume group as the collector asks for it, with a bar between columns and in the command's name",
    linux({
      "vgs --noheadings --nosuffix --units b --separator | -o vg_name,pv_count,lv_count,vg_attr,vg_size,vg_free,vg_uuid":
        "  vg|2|2|wz-pn-|20401094656|0|cccc\n",
      "pvs --noheadings --nosuffix --units b --separator | -o pv_name,vg_name,pv_fmt,pv_attr,pv_size,pv_free,pv_uuid":
        "  /dev/sda2|vg|lvm2|a--|20401094656|0|aaaa\n",
    }),
    ["lvm", "raid-degraded"],
    [],
  ],
  [
    "a btrfs that cannot find one of its devices",
    linux({
      "btrfs filesystem show":
        "Label: none  uuid: aa\n\tTotal devices 2 FS bytes used 5.00GiB\n\tdevid    1 size 10.00GiB used 6.00GiB path /dev/sda1\n\t*** Some devices missing\n\nLabel: none  uuid: bb\n\tTotal devices 1 FS bytes used 5.00GiB\n\tdevid    1 size 10.00GiB used 6.00GiB path /dev/sdb1\n",
    }),
    ["raid-degraded", "btrfs-layout"],
    [],
  ],
  [
    "DRBD, which mirrors a volume to another machine",
    linux({ lsblk: `${plainLsblk}drbd0  147:0    0   10G  0 disk /data\n` }),
    ["network-disk"],
    [],
  ],
  [
    "nbd devices that the kernel keeps ready",
    linux({
      lsblk: `${plainLsblk}nbd0    43:0    0    0B  0 disk \nnbd1    43:1    0    0B  0 disk \n`,
    }),
    [],
    ["network-disk"],
  ],
  [
    "a ZFS pool without one of its mirrors",
    linux({
      "zpool status":
        "  pool: tank\n state: DEGRADED\nconfig:\n\n\ttank      DEGRADED     0     0     0\n\t  sda3    ONLINE       0     0     0\n",
    }),
    ["raid-degraded", "zfs"],
    [],
  ],
  [
    "containers that only the mount table shows",
    {
      platform: "linux",
      files: { "/proc/mounts": "overlay /var/lib/docker/overlay2/a/merged overlay rw,lowerdir=x 0 0\n" },
    },
    ["docker-data"],
    [],
  ],
  ["swap by its MBR type alone", linux({ "fdisk -l": oldFdisk }), ["swap", "extended-partition"], []],
  ["an extended partition that lsblk shows as 1K", linux({ lsblk: plainLsblk }), ["extended-partition"], []],
  [
    "a tiny first partition without logical ones beside it",
    linux({
      lsblk: plainLsblk
        .replace("├─sda2   8:2    0    1K", "├─sda3   8:3    0    1M")
        .replace("sda5   8:5", "sda2   8:2"),
    }),
    [],
    ["extended-partition"],
  ],
];

describe("disks as few tools show them", () => {
  it.each(rows)("%s", (_, capture, has, hasNot) => {
    const codes = codesOf(assessCapture(capture));
    expect(codes).toEqual(expect.arrayContaining([...has]));
    expect(codes.filter((code) => hasNot.includes(code))).toEqual([]);
  });

  it("an array with partitions is one array, on its members", () => {
    const array = (...partitions: readonly object[]): object => ({
      name: "md126",
      kname: "md126",
      type: "raid1",
      size: 10 ** 10,
      pttype: "gpt",
      children: partitions,
    });
    const member = (name: string): object => ({
      name,
      kname: name,
      type: "disk",
      size: 10 ** 10,
      fstype: "linux_raid_member",
      children: [
        array(
          {
            name: "md126p1",
            kname: "md126p1",
            type: "md",
            size: 10 ** 9,
            fstype: "ext3",
            mountpoint: "/boot",
          },
          {
            name: "md126p2",
            kname: "md126p2",
            type: "md",
            size: 8 * 10 ** 9,
            fstype: "xfs",
            mountpoint: "/",
          },
        ),
      ],
    });
    const { findings } = assessCapture(
      linux({ "lsblk -J -b": JSON.stringify({ blockdevices: [member("sda"), member("sdb")] }) }),
    );
    expect(findings.filter(({ code }) => code === "raid").map(({ params }) => params)).toEqual([
      { array: "/dev/md126", level: "raid1", members: ["/dev/sda", "/dev/sdb"] },
    ]);
  });

  it("an extended partition has its container's size, wherever the kernel's two sectors were seen first", () => {
    const { disks } = assessCapture(
      linux({
        "lsblk -J -b": JSON.stringify({
          blockdevices: [
            {
              name: "sda",
              type: "disk",
              size: 21474836480,
              children: [{ name: "sda2", type: "part", size: 1024, pttype: "dos", parttype: "0x5" }],
            },
          ],
        }),
        "sfdisk -d /dev/sda":
          "label: dos\ndevice: /dev/sda\nunit: sectors\n\n/dev/sda2 : start= 2048, size= 4194304, type=5\n",
      }),
    );
    expect(disks[0]?.before.find(({ kind }) => kind === "extended")?.sizeBytes).toBe(4194304 * 512);
  });

  it("lsblk's lines that go on below: further mount points at the top, fields under a long name", () => {
    const uuid = "6bfd5bd1-1111-4444-9999-0123456789af";
    const { disks } = assessCapture(
      linux({
        "lsblk -f": `NAME        FSTYPE      FSVER LABEL UUID                                 FSAVAIL FSUSE% MOUNTPOINTS\nsda                                                                                       \n├─sda1      xfs                     ${uuid}   790.1M    22% /boot\n│                                                                                         /srv\n└─sda2      crypto_LUKS 2           ${uuid}                  \n  └─luks-6bfd5bd1-1111-4444-9999-0123456789ae\n            btrfs             data  ${uuid}     100G     1% /data\n`,
      }),
    );
    expect(disks[0]?.before.map(({ content, mountPoints }) => [content, mountPoints])).toEqual([
      ["xfs", ["/boot", "/srv"]],
      ["crypto_LUKS", []],
    ]);
    expect(disks[0]?.before[1]?.volumes).toMatchObject([{ content: "btrfs", mountPoints: ["/data"] }]);
  });

  it("LVM's lines of colons, and a lost volume in its older words", () => {
    const { findings } = assessCapture(
      linux({
        "pvdisplay -c": "  /dev/sda2:VolGroup00:41720832:-1:8:8:-1:32768:636:0:636:abcdef-1111\n",
        "lvdisplay -c": "  /dev/VolGroup00/LogVol00:VolGroup00:3:1:-1:1:38535168:588:-1:0:-1:253:0\n",
        pvs: "  PV             VG   Fmt  Attr PSize   PFree\n  /dev/sdb       data lvm2 a-- 300.00g   0\n  unknown device data lvm2 a-m 100.00g 100.00g\n",
      }),
    );
    const groups = findings.filter(({ message }) => message === "lvm.group");
    expect(groups.map(({ params }) => params)).toMatchObject([
      { group: "VolGroup00", volumes: 1, disks: ["/dev/sda"] },
      { group: "data", disks: ["/dev/sdb"] },
    ]);
  });

  it("df alone, with a device's name on a line of its own and in French", () => {
    const { findings } = assessCapture(
      linux({
        df: "Filesystem           1K-blocks      Used Available Use% Mounted on\n/dev/mapper/VolGroup00-LogVol00\n                      10157368   9900000    100000  99% /\ntmpfs 100 100 0 100% /dev/shm\n/dev/loop0 100 100 0 100% /snap/core/1\n",
        "df -i":
          "Sys. de fichiers  Inœuds IUtil. ILibre IUti% Monté sur\n/dev/sda1          26104  26104      0  100% /boot\n",
      }),
    );
    const low = findings
      .filter(({ code }) => code.startsWith("low-"))
      .map(({ code, subject }) => `${code} ${subject.name}`);
    expect(low).toEqual(["low-inodes /boot", "low-space /"]);
    expect(findings.map(({ code }) => code)).not.toContain("content-without-filesystem");
  });

  it("a pool of Stratis, of which nothing else speaks", () => {
    const blkid = '/dev/sdc: UUID="33" POOL_UUID="44" TYPE="stratis"\n';
    expect(codesOf(assessCapture(linux({ blkid })))).toContain("content-without-filesystem");
  });

  it("gdisk counts in the disk's own sectors", () => {
    const { disks } = assessCapture(
      linux({
        "gdisk -l /dev/sdb":
          "Partition table scan:\n  MBR: protective\n  GPT: present\n\nDisk /dev/sdb: 976754646 sectors, 3.6 TiB\nSector size (logical/physical): 4096/4096 bytes\n\nNumber  Start (sector)    End (sector)  Size       Code  Name\n   1             256          262399   1024.0 MiB  8300  data\n",
      }),
    );
    expect(disks[0]).toMatchObject({
      sizeBytes: 976754646 * 4096,
      before: [{ startBytes: 1048576, sizeBytes: 1073741824 }, { kind: "free" }],
    });
  });
});
