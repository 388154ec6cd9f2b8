import { describe, expect, it } from "vitest";
import { bundleSchema } from "../../../../common/domain/bundle.ts";
import { factsFromBundle } from "../../../../main/inventory/facts-from-bundle.ts";
import { assessCapture, type Capture } from "./captures.ts";

const messagesOf = (capture: Capture): readonly string[] =>
  assessCapture(capture).findings.map(({ message, subject }) => `${message} ${subject.name}`.trim());

const uuid = "6Yo1vn-hkGQ-Fy6O-R9lG-hzV6-PnEf-YjbBFi";
const blkid = (device: string, id: string, type: string): string =>
  `${device}: UUID="${id}" TYPE="${type}"\n`;

describe("one identifier on two disks", () => {
  it("is told for physical volumes and filesystems that blkid shows", () => {
    const told = messagesOf({
      commands: {
        blkid:
          blkid("/dev/sda1", "aaaa-1", "xfs") +
          blkid("/dev/sdb1", "aaaa-1", "xfs") +
          blkid("/dev/sdb2", uuid, "LVM2_member") +
          blkid("/dev/sdc", uuid, "LVM2_member"),
      },
    });
    expect(told).toContain("duplicate-volume /dev/sda1 /dev/sdb1");
    expect(told).toContain("duplicate-volume /dev/sdb2 /dev/sdc");
  });

  it.each([
    `  Found duplicate PV ${uuid.replaceAll("-", "")}: using /dev/sdb not /dev/sdc\n`,
    `  WARNING: PV ${uuid} on /dev/sdc was already found on /dev/sdb.\n`,
  ])("is told in LVM's own words: %s", (stderr) => {
    const pvs = { stdout: "  PV  VG  Fmt  Attr PSize  PFree\n  /dev/sdb data lvm2 a-- 10.00g 0\n", stderr };
    const bundle = bundleSchema.parse({ format: 1, platform: "linux", commands: { pvs } });
    expect(factsFromBundle(bundle).storage.duplicates).toMatchObject([{ devices: ["/dev/sdb", "/dev/sdc"] }]);
  });

  it("is none where btrfs, arrays and multipath show one thing several times", () => {
    const same = ["btrfs", "linux_raid_member", "zfs_member"].map(
      (type, at) => blkid(`/dev/sda${at + 1}`, type, type) + blkid(`/dev/sdb${at + 1}`, type, type),
    );
    const paths = blkid("/dev/sdd1", "p", "ext4") + blkid("/dev/sde1", "p", "ext4");
    const map =
      "mpatha (3600d) dm-2 LIO-ORG,disk0\nsize=20G features='0' hwhandler='0' wp=rw\n`-+- policy='service-time 0' prio=50 status=active\n  `- 2:0:0:0 sdd 8:0 active ready running\n";
    const told = messagesOf({ commands: { blkid: same.join("") + paths, "multipath -ll": map } });
    expect(told.filter((message) => message.startsWith("duplicate-volume"))).toEqual([]);
    const mirror = blkid("/dev/sda1", "m", "ext4") + blkid("/dev/sdb1", "m", "ext4");
    const mdstat = "md0 : active raid1 sda1[0] sdb1[1]\n      1048512 blocks [2/2] [UU]\n";
    expect(
      messagesOf({ files: { "/proc/mdstat": mdstat }, commands: { blkid: mirror } }).join(" "),
    ).not.toContain("duplicate-volume");
  });
});

describe("arrays and layers under filesystems", () => {
  it("tells an array that nothing runs, but not the firmware's container", () => {
    const told = messagesOf({
      files: {
        "/proc/mdstat":
          "md1 : inactive sdc1[1](S) sdd1[0](S)\n      20953088 blocks super 1.2\n\nmd127 : inactive sdj[1](S) sdk[0](S)\n      5288 blocks super external:imsm\n",
      },
    });
    expect(told.filter((message) => message.startsWith("raid-degraded"))).toEqual([
      "raid-degraded.inactive /dev/md1",
    ]);
  });

  it("tells VDO once, as a device of its own and as LVM's", () => {
    const lsblk =
      "NAME     MAJ:MIN RM SIZE RO TYPE MOUNTPOINT\nsdb        8:16   0  10G  0 disk \n└─my_vdo 253:5    0  30G  0 vdo  /mnt\n";
    expect(messagesOf({ commands: { lsblk } })).toContain("vdo /dev/mapper/my_vdo");
    const lvs =
      "  LV               VG    Attr       LSize  Pool   Devices            Type    \n  vdo1             vdovg vwi-aov--- 20.00g vpool0 vpool0(0)          vdo     \n  vpool0           vdovg dwi------- 10.00g        vpool0_vdata(0)    vdo-pool\n";
    const told = messagesOf({ commands: { "lvs -a -o+devices,segtype": lvs } });
    expect(told.filter((message) => message.startsWith("vdo "))).toEqual(["vdo /dev/mapper/vdovg-vpool0"]);
  });
});

describe("what binds a system to its place", () => {
  it("tells whose updates it gets, by the names of files alone", () => {
    const told = messagesOf({
      commands: {
        "ls -d /etc/pki/rhui /etc/pki/consumer/cert.pem /etc/zypp/credentials.d/SCCcredentials":
          "/etc/pki/consumer/cert.pem\n/etc/pki/rhui\n/etc/zypp/credentials.d/SCCcredentials\n",
      },
    });
    expect(told).toContain("os-subscription.cloud Red Hat");
    expect(told).toContain("os-subscription.vendor SUSE");
    expect(told).not.toContain("os-subscription.vendor Red Hat");
  });

  it("tells of a restart that is due, on Linux and on Windows", () => {
    expect(messagesOf({ files: { "/run/reboot-required": "*** System restart required ***\n" } })).toContain(
      "pending-restart",
    );
    const key = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\";
    const windows = (text: string): readonly string[] =>
      messagesOf({ platform: "windows", commands: { "pending-restart": text } });
    expect(windows(`${key}Component Based Servicing\\RebootPending\n`)).toContain("pending-restart");
    expect(windows("")).not.toContain("pending-restart");
  });

  it("tells attached virtual disks and deduplicated volumes of Windows", () => {
    const told = messagesOf({
      platform: "windows",
      commands: {
        "wmi MSFT_Disk":
          "Number=2\nFriendlyName=Msft Virtual Disk\nPartitionStyle=2\nSize=1000000\nBusType=15\n\n",
        "wmi MSFT_DedupVolume": "Volume=D:\nVolumeId=\\\\?\\Volume{x}\\\nEnabled=TRUE\nSavedSpace=5000\n\n",
      },
    });
    expect(told).toContain("virtual-disk-file \\\\.\\PHYSICALDRIVE2");
    expect(told).toContain("deduplicated-volume D:");
  });
});
