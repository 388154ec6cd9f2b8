import { describe, expect, it } from "vitest";
import { bundleSchema } from "../../../../common/domain/bundle.ts";
import { type BlockDevice, descendantsOf, type StorageFacts } from "../../../../common/domain/facts.ts";
import { factsFromBundle } from "../../../../main/inventory/facts-from-bundle.ts";

function storage(
  commands: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): StorageFacts {
  const outputs = Object.fromEntries(
    Object.entries(commands).map(([name, stdout]) => [name, { stdout, stderr: "", exitCode: 0 }]),
  );
  return factsFromBundle(bundleSchema.parse({ format: 1, platform: "linux", commands: outputs, files }))
    .storage;
}
const device = (facts: StorageFacts, id: string): BlockDevice => {
  const found = facts.devices.find((candidate) => candidate.id === id);
  if (!found)
    throw new Error(`${id} is not among ${facts.devices.map((candidate) => candidate.id).join(" ")}`);
  return found;
};

/** The same machine (MBR, LVM on sda2, an array on sdb1 and sdc1) as every generation of lsblk shows it. */
const lsblkForms: readonly (readonly [string, string, string])[] = [
  [
    "JSON with children",
    "lsblk -J -b",
    JSON.stringify({
      blockdevices: [
        {
          name: "sda",
          "maj:min": "8:0",
          size: 21474836480,
          type: "disk",
          mountpoint: null,
          children: [
            { name: "sda1", "maj:min": "8:1", size: 1073741824, type: "part", mountpoint: "/boot" },
            {
              name: "sda2",
              "maj:min": "8:2",
              size: 20400046080,
              type: "part",
              mountpoint: null,
              children: [
                { name: "vg0-root", "maj:min": "253:0", size: 18253611008, type: "lvm", mountpoint: "/" },
              ],
            },
          ],
        },
        {
          name: "sdb",
          size: 10737418240,
          type: "disk",
          children: [
            {
              name: "sdb1",
              size: 10736369664,
              type: "part",
              children: [{ name: "md0", size: 10727981056, type: "raid1", mountpoints: ["/data"] }],
            },
          ],
        },
        {
          name: "sdc",
          size: 10737418240,
          type: "disk",
          children: [
            {
              name: "sdc1",
              size: 10736369664,
              type: "part",
              children: [{ name: "md0", size: 10727981056, type: "raid1", mountpoints: ["/data"] }],
            },
          ],
        },
      ],
    }),
  ],
  [
    "a table with UTF-8 branches",
    "lsblk",
    `NAME         MAJ:MIN RM SIZE RO TYPE  MOUNTPOINTS
sda            8:0    0  20G  0 disk
├─sda1         8:1    0   1G  0 part  /boot
└─sda2         8:2    0  19G  0 part
  └─vg0-root 253:0    0  17G  0 lvm   /
sdb            8:16   0  10G  0 disk
└─sdb1         8:17   0  10G  0 part
  └─md0        9:0    0  10G  0 raid1 /data
sdc            8:32   0  10G  0 disk
└─sdc1         8:33   0  10G  0 part
  └─md0        9:0    0  10G  0 raid1 /data
`,
  ],
  [
    "pairs with PKNAME",
    "lsblk -P -o NAME,KNAME,PKNAME,TYPE,SIZE,MOUNTPOINT",
    `NAME="sda" KNAME="sda" PKNAME="" TYPE="disk" SIZE="20G" MOUNTPOINT=""
NAME="sda1" KNAME="sda1" PKNAME="sda" TYPE="part" SIZE="1G" MOUNTPOINT="/boot"
NAME="sda2" KNAME="sda2" PKNAME="sda" TYPE="part" SIZE="19G" MOUNTPOINT=""
NAME="vg0-root" KNAME="dm-0" PKNAME="sda2" TYPE="lvm" SIZE="17G" MOUNTPOINT="/"
NAME="sdb" KNAME="sdb" PKNAME="" TYPE="disk" SIZE="10G" MOUNTPOINT=""
NAME="sdb1" KNAME="sdb1" PKNAME="sdb" TYPE="part" SIZE="10G" MOUNTPOINT=""
NAME="md0" KNAME="md0" PKNAME="sdb1" TYPE="raid1" SIZE="10G" MOUNTPOINT="/data"
NAME="sdc" KNAME="sdc" PKNAME="" TYPE="disk" SIZE="10G" MOUNTPOINT=""
NAME="sdc1" KNAME="sdc1" PKNAME="sdc" TYPE="part" SIZE="10G" MOUNTPOINT=""
NAME="md0" KNAME="md0" PKNAME="sdc1" TYPE="raid1" SIZE="10G" MOUNTPOINT="/data"
`,
  ],
  [
    "the table of util-linux 2.19, without TYPE",
    "lsblk",
    `NAME                  MAJ:MIN RM   SIZE RO MOUNTPOINT
sda                     8:0    0    20G  0
|-sda1                  8:1    0     1G  0 /boot
\`-sda2                  8:2    0    19G  0
  \`-vg0-root (dm-0)   253:0    0    17G  0 /
sdb                     8:16   0    10G  0
\`-sdb1                  8:17   0    10G  0
  \`-md0                 9:0    0    10G  0 /data
sdc                     8:32   0    10G  0
\`-sdc1                  8:33   0    10G  0
  \`-md0                 9:0    0    10G  0 /data
`,
  ],
];

describe("block devices", () => {
  it.each(lsblkForms)("come out the same from lsblk as %s", (_form, command, output) => {
    const facts = storage({ [command]: output });
    expect(facts.devices.filter((candidate) => candidate.kind === "disk").map((disk) => disk.id)).toEqual([
      "/dev/sda",
      "/dev/sdb",
      "/dev/sdc",
    ]);
    const root = facts.devices.find((candidate) => candidate.mountPoints.includes("/"));
    expect(root?.parents).toEqual(["/dev/sda2"]);
    expect(root?.id).toMatch(/vg0-root$/);
    expect([...device(facts, "/dev/md0").parents].sort()).toEqual(["/dev/sdb1", "/dev/sdc1"]);
    expect(device(facts, "/dev/md0").kind).toBe("raid");
    expect(descendantsOf(facts, "/dev/sda").map((child) => child.mountPoints[0])).toContain("/boot");
    expect(facts.deviceListComplete).toBe(true);
  });

  it("keeps an exact size over a rounded one, whichever comes first", () => {
    const facts = storage(
      { lsblk: "NAME MAJ:MIN RM SIZE RO TYPE MOUNTPOINT\nsda    8:0    0  20G  0 disk \n" },
      { "/proc/partitions": "major minor  #blocks  name\n\n   8        0   20971520 sda\n" },
    );
    expect(device(facts, "/dev/sda").sizeBytes).toBe(20971520 * 1024);
  });

  it("of CentOS 5 come from /proc/partitions, fdisk and pvs alone", () => {
    const facts = storage(
      {
        "/sbin/fdisk -l": `
Disk /dev/hda: 10.7 GB, 10737418240 bytes
255 heads, 63 sectors/track, 1305 cylinders
Units = cylinders of 16065 * 512 = 8225280 bytes

   Device Boot      Start         End      Blocks   Id  System
/dev/hda1   *           1          13      104391   83  Linux
/dev/hda2              14         500     3911827+   5  Extended
/dev/hda3             501        1305     6466162+  8e  Linux LVM
/dev/hda5              14         500     3911796   82  Linux swap / Solaris
`,
        "/usr/sbin/pvs":
          "  PV         VG         Fmt  Attr PSize PFree\n  /dev/hda3  VolGroup00 lvm2 a--  6.16G    0 \n",
      },
      {
        "/proc/partitions":
          "major minor  #blocks  name\n\n   3     0   10485760 hda\n   3     1     104391 hda1\n   3     2          1 hda2\n   3     3    6466162 hda3\n   3     5    3911796 hda5\n",
      },
    );
    expect(device(facts, "/dev/hda")).toMatchObject({
      kind: "disk",
      partitionTable: "mbr",
      sizeBytes: 10737418240,
    });
    expect(device(facts, "/dev/hda2").partition).toMatchObject({ role: "extended", type: "0x05" });
    expect(device(facts, "/dev/hda5").partition).toMatchObject({ role: "logical", type: "0x82" });
    expect(device(facts, "/dev/hda3")).toMatchObject({
      volumeGroup: "VolGroup00",
      content: { type: "LVM2_member" },
    });
    expect(facts.volumeGroups.map((group) => group.name)).toEqual(["VolGroup00"]);
  });

  it("of fdisk in German, French and Japanese are the same", () => {
    const table =
      "/dev/sda1  *       2048   1026047   1024000  500M 83 Linux\n/dev/sda2       1026048  41943039  40916992 19,5G  5 Extended\n/dev/sda5       1028096  41943039  40914944 19,5G 8e Linux LVM\n";
    for (const head of [
      "Festplatte /dev/sda: 20 GiB, 21474836480 Bytes, 41943040 Sektoren\nFestplattenbezeichnungstyp: dos\n\nGerät      Boot  Anfang      Ende  Sektoren Größe Kn Typ\n",
      "Disque /dev/sda : 20 GiB, 21474836480 octets, 41943040 secteurs\nType d'étiquette de disque : dos\n\nPériphérique Amorçage Début Fin Secteurs Taille Id Type\n",
      "ディスク /dev/sda: 20 GiB, 21474836480 バイト, 41943040 セクタ\nディスクラベルのタイプ: dos\n\nデバイス   起動 開始位置 最後から セクタ サイズ Id タイプ\n",
    ]) {
      const facts = storage({ "fdisk -l": head + table });
      expect(device(facts, "/dev/sda"), head).toMatchObject({
        partitionTable: "mbr",
        sizeBytes: 21474836480,
      });
      expect(device(facts, "/dev/sda1"), head).toMatchObject({
        sizeBytes: 524288000,
        partition: { role: "primary", isActive: true, startBytes: 1048576 },
      });
      expect(device(facts, "/dev/sda2").partition?.role, head).toBe("extended");
      expect(device(facts, "/dev/sda5").partition, head).toMatchObject({ role: "logical", type: "0x8e" });
    }
  });

  it("knows a GPT behind an old fdisk's protective entry", () => {
    const facts = storage({
      "fdisk -l":
        "Disk /dev/sda: 3000.6 GB, 3000592982016 bytes\nUnits = sectors of 1 * 512 = 512 bytes\n\n   Device Boot      Start         End      Blocks   Id  System\n/dev/sda1               1  4294967295  2147483647+  ee  GPT\n",
    });
    expect(device(facts, "/dev/sda").partitionTable).toBe("gpt");
    expect(facts.devices).toHaveLength(1);
  });

  it("finds one member of a dynamic disk and lets go of logical numbers on it", () => {
    const facts = storage({
      blkid:
        '/dev/sda1: TYPE="ntfs" PART_ENTRY_SCHEME="dos" PART_ENTRY_TYPE="0x42" PART_ENTRY_NUMBER="1"\n/dev/sda5: TYPE="ntfs" PART_ENTRY_SCHEME="dos" PART_ENTRY_TYPE="0x7" PART_ENTRY_NUMBER="5"\n',
    });
    expect(device(facts, "/dev/sda").isDynamic).toBe(true);
    expect(device(facts, "/dev/sda5").partition?.role).toBeNull();
  });

  it("joins multipath maps, their partitions under every spelling, and their paths", () => {
    const facts = storage({
      "multipath -ll":
        "mpatha (36001405) dm-2 LIO-ORG,disk\nsize=10G features='0' hwhandler='1 alua' wp=rw\n`-+- policy='service-time 0' prio=50 status=active\n  |- 2:0:0:1 sdb 8:16 active ready running\n  `- 3:0:0:1 sdc 8:32 active ready running\n",
      "ls -l /dev/mapper":
        "lrwxrwxrwx. 1 root root 7 Nov 1 10:00 mpatha -> ../dm-2\nlrwxrwxrwx. 1 root root 7 Nov 1 10:00 mpatha-part1 -> ../dm-3\n",
      blkid: '/dev/mapper/mpatha1: TYPE="xfs"\n',
      "parted -s -m /dev/mapper/mpatha unit s print":
        "BYT;\n/dev/mapper/mpatha:20971520s:dm:512:512:gpt:Linux device-mapper (multipath):;\n1:2048s:20969471s:20967424s:xfs::;\n",
    });
    expect([...device(facts, "/dev/mapper/mpatha").parents].sort()).toEqual(["/dev/sdb", "/dev/sdc"]);
    expect(device(facts, "/dev/sdb").content?.type).toBe("mpath_member");
    const partitions = facts.devices.filter((candidate) => candidate.kind === "partition");
    expect(partitions).toHaveLength(1);
    expect(partitions[0]).toMatchObject({
      content: { type: "xfs" },
      sizeBytes: 20967424 * 512,
      parents: ["/dev/mapper/mpatha"],
    });
  });

  it("takes Xen's bare xvda1 for a disk and EC2's xvda1 on xvda for a partition", () => {
    expect(
      device(
        storage({}, { "/proc/partitions": "major minor  #blocks  name\n\n 202        1   10485760 xvda1\n" }),
        "/dev/xvda1",
      ).kind,
    ).toBe("disk");
    expect(
      device(
        storage(
          {},
          {
            "/proc/partitions":
              "major minor  #blocks  name\n\n 202        0   10485760 xvda\n 202        1   10484719 xvda1\n",
          },
        ),
        "/dev/xvda1",
      ).kind,
    ).toBe("partition");
  });

  it("puts a LUKS mapping on its container by device numbers", () => {
    const facts = storage({
      "lsblk -P -o NAME,KNAME,MAJ:MIN,TYPE,FSTYPE":
        'NAME="sda" KNAME="sda" MAJ:MIN="8:0" TYPE="disk" FSTYPE=""\nNAME="sda3" KNAME="sda3" MAJ:MIN="8:3" TYPE="part" FSTYPE="crypto_LUKS"\n',
      "dmsetup table": "secret: 0 1000 crypt aes-xts-plain64 [removed] 0 8:3 32768\n",
      "dmsetup info -c":
        "Name   Maj Min Stat Open Targ Event  UUID\nsecret 253   0 L--w    1    1      0 CRYPT-LUKS2-0123-secret\n",
    });
    expect(device(facts, "/dev/mapper/secret")).toMatchObject({ kind: "crypt", parents: ["/dev/sda3"] });
  });
});

describe("outputs that say less", () => {
  it("lsblk -f has no types: volumes are known by what they lie on", () => {
    const facts = storage({
      "lsblk -f":
        "NAME        FSTYPE      FSVER    LABEL UUID   FSAVAIL FSUSE% MOUNTPOINTS\nsda                                                          \n├─sda1      vfat        FAT32          7A7E     505.8M     1% /boot/efi\n└─sda2      LVM2_member LVM2 001       abcdef                 \n  ├─vg-root ext4        1.0            c2a1      10.3G    40% /\n  └─vg-swap swap        1              d2a1                   [SWAP]\n",
    });
    expect(device(facts, "/dev/mapper/vg-root")).toMatchObject({
      kind: "lvm",
      volumeGroup: "vg",
      content: { type: "ext4", uuid: "c2a1" },
      mountPoints: ["/"],
    });
    expect(device(facts, "/dev/sda1")).toMatchObject({
      content: { type: "vfat", version: "FAT32" },
      mountPoints: ["/boot/efi"],
    });
  });

  it("fdisk names the types of GPT partitions in words", () => {
    const facts = storage({
      "fdisk -l":
        "Disk /dev/nvme0n1: 238.5 GiB, 256060514304 bytes, 500118192 sectors\nDisklabel type: gpt\n\nDevice           Start       End   Sectors   Size Type\n/dev/nvme0n1p1    2048   1050623   1048576   512M EFI System\n/dev/nvme0n1p2 1050624 500117503 499066880   238G Linux LVM\n",
    });
    expect(device(facts, "/dev/nvme0n1p1").partition).toMatchObject({
      typeName: "EFI System",
      role: "primary",
    });
    expect(device(facts, "/dev/nvme0n1p2")).toMatchObject({
      sizeBytes: 499066880 * 512,
      partition: { typeName: "Linux LVM" },
    });
  });

  it("the long forms of LVM's tools", () => {
    const facts = storage({
      vgdisplay: "  --- Volume group ---\n  VG Name               vg0\n  VG Size               19.00 GiB\n",
      pvdisplay:
        "  --- Physical volume ---\n  PV Name               /dev/sda2\n  VG Name               vg0\n",
      lvdisplay:
        "  --- Logical volume ---\n  LV Name                /dev/vg0/root\n  VG Name                vg0\n  LV Size                17.00 GiB\n",
    });
    expect(facts.volumeGroups).toMatchObject([{ name: "vg0", sizeBytes: 19 * 1024 ** 3 }]);
    expect(device(facts, "/dev/mapper/vg0-root")).toMatchObject({ kind: "lvm", sizeBytes: 17 * 1024 ** 3 });
    expect(device(facts, "/dev/sda2").content?.type).toBe("LVM2_member");
  });

  it("multipath of its first generation", () => {
    const facts = storage({
      "multipath -l":
        "mpath0 (360a98000) dm-3 NETAPP,LUN\n[size=50G][features=1 queue_if_no_path][hwhandler=0][rw]\n\\_ round-robin 0 [prio=0][active]\n \\_ 1:0:0:0 sdb 8:16  [active][undef]\n",
    });
    expect(device(facts, "/dev/mapper/mpath0")).toMatchObject({ kind: "multipath", parents: ["/dev/sdb"] });
  });
});

describe("mounts, fstab and swap", () => {
  it("tells how fstab names devices and which mounts come over the network", () => {
    const facts = storage(
      {},
      {
        "/etc/fstab":
          "/dev/sda1 / ext4 defaults 0 1\nUUID=ab /boot ext4 defaults 0 2\n/dev/vg/lv /srv xfs defaults 0 0\nnas:/export /nas nfs4 ro 0 0\n//nas/s /s cifs username=joe,password=hunter2 0 0\n/swapfile none swap sw 0 0\nLABEL=d\\040e /d\\040e vfat noauto 0 0 # usb\n",
      },
    );
    expect(facts.fstab?.map((line) => line.namedBy)).toEqual([
      "path",
      "uuid",
      "mapper",
      "network",
      "network",
      "file",
      "label",
    ]);
    expect(facts.fstab?.map((line) => line.isNetwork)).toEqual([
      false,
      false,
      false,
      true,
      true,
      false,
      false,
    ]);
    expect(facts.fstab?.at(-1)?.where).toBe("/d e");
    expect(JSON.stringify(facts)).not.toContain("hunter2");
  });

  it("keeps no key from a crypttab", () => {
    const facts = storage(
      {},
      {
        "/etc/crypttab":
          "a /dev/sda3 none luks\nb UUID=1 /root/key luks\nc /dev/sdb1 0123456789abcdef plain\n",
      },
    );
    expect(facts.crypttab?.map((entry) => entry.keyFile)).toEqual(["none", "/root/key", "[removed]"]);
    expect(JSON.stringify(facts)).not.toContain("0123456789abcdef");
  });

  it("joins space and inodes of df in any language to the devices", () => {
    const facts = storage(
      {
        "df -P -k":
          "Sys. de fichiers blocs de 1024 Utilisé Disponible Capacité Monté sur\n/dev/sda1 1000 400 500 45% /\n",
        "df -i": "Filesystem Inodes IUsed IFree IUse% Mounted on\n/dev/sda1 100 7 93 7% /\n",
      },
      { "/proc/mounts": "/dev/sda1 / ext4 rw 0 0\nnas:/e /nas nfs rw 0 0\n" },
    );
    expect(device(facts, "/dev/sda1").usage).toEqual({
      totalBytes: 1024000,
      usedBytes: 409600,
      availableBytes: 512000,
      inodesTotal: 100,
      inodesUsed: 7,
    });
    expect(facts.mounts.map((mount) => [mount.device, mount.isNetwork])).toEqual([
      ["/dev/sda1", false],
      [null, true],
    ]);
  });

  it("knows no swap from unknown swap", () => {
    expect(storage({}, { "/proc/swaps": "Filename\tType\tSize\tUsed\tPriority\n" }).swaps).toEqual([]);
    expect(storage({}).swaps).toBeNull();
    expect(
      storage(
        {},
        {
          "/proc/swaps":
            "Filename\tType\tSize\tUsed\tPriority\n/swapfile file 1048572 0 -2\n/dev/sda2 partition 2097148 12 -3\n",
        },
      ).swaps?.map((swap) => swap.kind),
    ).toEqual(["file", "partition"]);
  });
});
