import { describe, expect, it } from "vitest";
import { unknownFacts, type Facts } from "../../../../common/domain/facts.ts";
import {
  findingCodes,
  findingMessages,
  type FindingMessage,
} from "../../../../common/domain/finding-parameters.ts";
import { findingSchema, type Finding, type Severity } from "../../../../common/domain/finding.ts";
import { assess } from "../../../../main/compatibility/assess.ts";
import { rules } from "../../../../main/compatibility/rules.ts";
import { targetLimits } from "../../../../main/compatibility/target-limits.ts";
import {
  content,
  device,
  gib,
  line,
  mib,
  mount,
  nic,
  partition,
  plainLinux,
  plainWindows,
  service,
  usage,
} from "./sample-facts.ts";

interface Scenario {
  readonly when: string;
  readonly message: FindingMessage;
  readonly severity: Severity;
  facts(): Facts;
}

type Devices = Facts["storage"]["devices"];

function withDevices(facts: Facts, ...more: Devices): Facts {
  return { ...facts, storage: { ...facts.storage, devices: [...facts.storage.devices, ...more] } };
}
const linuxWith = (...more: Devices): Facts => withDevices(plainLinux(), ...more);
const linux = (change: (facts: Facts) => Partial<Facts>): Facts => {
  const facts = plainLinux();
  return { ...facts, ...change(facts) };
};
const storage = (change: (storage: Facts["storage"]) => Partial<Facts["storage"]>): Facts =>
  linux((facts) => ({ storage: { ...facts.storage, ...change(facts.storage) } }));
const named = (facts: Facts, name: string): Facts => ({ ...facts, os: { ...facts.os, name } });

const sdb = device("/dev/sdb", { sizeBytes: 10 * gib, partitionTable: "gpt" });
const sdb1 = (parts: Parameters<typeof partition>[5], table: Parameters<typeof partition>[6] = {}) =>
  partition("/dev/sdb1", "/dev/sdb", 1, mib, 9 * gib, parts, table);

const fstab = (
  what: string,
  where: string,
  type: string,
  parts: Partial<NonNullable<Facts["storage"]["fstab"]>[number]> = {},
) => ({
  what,
  where,
  type,
  namedBy: "path" as const,
  options: ["defaults"],
  isNetwork: false,
  evidence: [line("/etc/fstab", `${what} ${where} ${type} defaults 0 0`)],
  ...parts,
});

/** One scenario for every message, so that no text is dead and no rule is untried. */
const scenarios: readonly Scenario[] = [
  {
    when: "the system is in no list",
    message: "os-unsupported.off-list",
    severity: "warning",
    facts: () => plainLinux("mageia", "5"),
  },
  {
    when: "the system resembles a listed one",
    message: "os-unsupported.derivative",
    severity: "warning",
    facts: () => plainLinux("rocky", "8.9"),
  },
  {
    when: "Windows is a client",
    message: "os-unsupported.client",
    severity: "warning",
    facts: () => plainWindows("10", "client"),
  },
  {
    when: "only the lab knows the system",
    message: "os-unsupported.tested-here",
    severity: "info",
    facts: () => plainLinux("debian", "12"),
  },
  {
    when: "the system is neither Linux nor Windows",
    message: "os-unsupported.foreign",
    severity: "blocker",
    facts: () => linux(({ os }) => ({ os: { ...os, family: "other", distro: "solaris", version: "11" } })),
  },
  {
    when: "nothing names the system",
    message: "os-undetermined.system",
    severity: "warning",
    facts: unknownFacts,
  },
  {
    when: "the version is missing",
    message: "os-undetermined.version",
    severity: "warning",
    facts: () => linux(({ os }) => ({ os: { ...os, version: null } })),
  },
  {
    when: "the list leaves it open",
    message: "os-undetermined.ambiguous",
    severity: "warning",
    facts: () => plainLinux("amazon", "2023"),
  },
  {
    when: "Windows can no longer be activated",
    message: "os-eol-activation",
    severity: "warning",
    facts: () => plainWindows("2008 R2"),
  },
  {
    when: "the processor is no x86",
    message: "cpu-arch.foreign",
    severity: "blocker",
    facts: () => linux(({ os }) => ({ os: { ...os, architecture: "aarch64", architectureText: "aarch64" } })),
  },
  {
    when: "the processor is not known",
    message: "cpu-arch.undetermined",
    severity: "info",
    facts: () => linux(({ os }) => ({ os: { ...os, architecture: null } })),
  },
  {
    when: "it is a container",
    message: "container",
    severity: "warning",
    facts: () =>
      linux(() => ({
        platform: {
          kind: "container",
          vendor: null,
          product: null,
          evidence: [line("/proc/1/cgroup", "docker")],
        },
      })),
  },
  {
    when: "memory is short",
    message: "low-memory",
    severity: "warning",
    facts: () => linux(({ memory }) => ({ memory: { ...memory, availableBytes: 60 * mib } })),
  },
  {
    when: "the clock is a year off",
    message: "clock-skew.offset",
    severity: "warning",
    facts: () =>
      linux(({ clock }) => ({
        clock: { ...clock, offsetSeconds: -31_536_000, evidence: [line("date", "x")] },
      })),
  },
  {
    when: "the clock is not synchronised",
    message: "clock-skew.unsynchronised",
    severity: "info",
    facts: () =>
      linux(({ clock }) => ({
        clock: {
          ...clock,
          offsetSeconds: null,
          isSynchronised: false,
          evidence: [line("timedatectl", "no")],
        },
      })),
  },
  {
    when: "the collector was no root",
    message: "collection.unprivileged",
    severity: "warning",
    facts: () => linux(({ collection }) => ({ collection: { ...collection, wasPrivileged: false } })),
  },
  {
    when: "something could not be read",
    message: "collection.incomplete",
    severity: "info",
    facts: () =>
      linux(({ collection }) => ({
        collection: { ...collection, gaps: [{ what: "pvs", reason: "timed-out", detail: "10 s" }] },
      })),
  },
  {
    when: "sizes are known",
    message: "time-to-migrate.expected",
    severity: "info",
    facts: () => plainLinux(),
  },
  {
    when: "sizes are not known",
    message: "time-to-migrate.undetermined",
    severity: "info",
    facts: unknownFacts,
  },
  {
    when: "a rule has no end of findings",
    message: "more-findings",
    severity: "warning",
    facts: () =>
      linuxWith(
        ...Array.from({ length: 300 }, (_, at) =>
          device(`/dev/md${at}`, { kind: "raid", sizeBytes: gib, layout: "raid0" }),
        ),
      ),
  },
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
  {
    when: "a BIOS starts from GPT",
    message: "gpt-bios.boot-partition",
    severity: "info",
    facts: () =>
      storage(({ devices }) => ({
        devices: [
          ...devices.map((each) =>
            each.id === "/dev/sda" ? { ...each, partitionTable: "gpt" as const } : each,
          ),
          partition(
            "/dev/sda14",
            "/dev/sda",
            14,
            0,
            mib,
            {},
            { type: "21686148-6449-6e6f-744e-656564454649" },
          ),
        ],
      })),
  },
  {
    when: "a BIOS starts from GPT without a boot partition",
    message: "gpt-bios.no-boot-partition",
    severity: "warning",
    facts: () =>
      storage(({ devices }) => ({
        devices: devices.map((each) =>
          each.id === "/dev/sda" ? { ...each, partitionTable: "gpt" as const } : each,
        ),
      })),
  },
  {
    when: "it starts by UEFI",
    message: "uefi",
    severity: "info",
    facts: () => linux(({ firmware }) => ({ firmware: { ...firmware, kind: "uefi" } })),
  },
  {
    when: "Secure Boot is on",
    message: "secure-boot",
    severity: "warning",
    facts: () => linux(({ firmware }) => ({ firmware: { ...firmware, kind: "uefi", secureBoot: true } })),
  },
  {
    when: "the firmware is not known",
    message: "firmware-undetermined",
    severity: "info",
    facts: () => linux(({ firmware }) => ({ firmware: { ...firmware, kind: null } })),
  },
  {
    when: "GRUB is of the first generation",
    message: "grub-too-old",
    severity: "warning",
    facts: () =>
      linux(({ bootLoader }) => ({ bootLoader: { ...bootLoader, kind: "grub-legacy", version: "0.97" } })),
  },
  {
    when: "the boot loader is not known",
    message: "boot-loader-undetermined",
    severity: "info",
    facts: () => linux(({ bootLoader }) => ({ bootLoader: { ...bootLoader, kind: null, version: null } })),
  },
  {
    when: "the boot loader is LILO",
    message: "boot-loader-other",
    severity: "warning",
    facts: () => linux(({ bootLoader }) => ({ bootLoader: { ...bootLoader, kind: "lilo" } })),
  },
  {
    when: "the kernel has no virtio disk driver",
    message: "no-virtio-driver.absent",
    severity: "blocker",
    facts: () =>
      linux(({ bootImages }) => ({
        bootImages: { ...bootImages, images: [], virtioBlock: "absent", virtioScsi: "absent" },
      })),
  },
  {
    when: "the initramfs has no virtio disk driver",
    message: "no-virtio-driver.initramfs",
    severity: "warning",
    facts: () =>
      linux(({ bootImages }) => ({
        bootImages: {
          ...bootImages,
          virtioBlock: "module",
          images: bootImages.images.map((image) => ({ ...image, hasVirtioBlock: false })),
        },
      })),
  },
  {
    when: "Windows has no virtio disk driver",
    message: "no-virtio-driver.windows",
    severity: "warning",
    facts: () => {
      const facts = plainWindows();
      return { ...facts, bootImages: { ...facts.bootImages, virtioBlock: "absent", virtioScsi: "absent" } };
    },
  },
  {
    when: "drivers were not looked for",
    message: "virtio-undetermined",
    severity: "info",
    facts: () =>
      linux(({ bootImages }) => ({
        bootImages: { ...bootImages, images: [], virtioBlock: null, virtioScsi: null, virtioNet: null },
      })),
  },
  {
    when: "the running kernel has no initramfs",
    message: "initramfs-missing",
    severity: "warning",
    facts: () =>
      linux(({ bootImages }) => ({
        bootImages: {
          ...bootImages,
          images: bootImages.images.map((image) => ({ ...image, initramfsPath: null })),
        },
      })),
  },
  {
    when: "fstab names a kernel device",
    message: "fstab-device-names",
    severity: "warning",
    facts: () => storage(() => ({ fstab: [fstab("/dev/sda1", "/", "ext4")] })),
  },
  {
    when: "an address is static",
    message: "static-ip",
    severity: "warning",
    facts: () =>
      linux(({ network }) => ({
        network: {
          ...network,
          interfaces: [nic("eth0", { addressing: "static", addresses: ["192.0.2.7/24"] })],
        },
      })),
  },
  {
    when: "a rule pins the card's name",
    message: "nic-renaming.pinned",
    severity: "info",
    facts: () =>
      linux(({ network }) => ({
        network: {
          ...network,
          persistentNameRules: [line("70-persistent-net.rules", 'ATTR{address}=="00:11", NAME="eth0"')],
        },
      })),
  },
  {
    when: "the card's name comes from its slot",
    message: "nic-renaming.predictable",
    severity: "warning",
    facts: () =>
      linux(({ network }) => ({
        network: { ...network, interfaces: [nic("ens192", { addressing: "static" })] },
      })),
  },
  {
    when: "Docker runs",
    message: "docker-data",
    severity: "warning",
    facts: () =>
      linux(() => ({
        services: [service("docker", "container-engine", { dataPaths: ["/var/lib/docker"] })],
      })),
  },
  {
    when: "a database runs",
    message: "database-running",
    severity: "warning",
    facts: () => linux(() => ({ services: [service("mysql", "database")] })),
  },
  {
    when: "it is a domain controller",
    message: "domain-controller",
    severity: "warning",
    facts: () => ({ ...plainWindows(), services: [service("active-directory", "domain-controller")] }),
  },
  {
    when: "it is a cluster member",
    message: "cluster-member",
    severity: "warning",
    facts: () => linux(() => ({ services: [service("pacemaker", "cluster")] })),
  },
  {
    when: "a VSS writer failed",
    message: "vss-writer-failed",
    severity: "warning",
    facts: () => ({
      ...plainWindows(),
      vssWriters: [
        {
          name: "SqlServerWriter",
          state: 8,
          stateText: "Failed",
          lastError: "Timed out",
          isFailed: true,
          evidence: [line("vssadmin", "State: [8] Failed")],
        },
      ],
    }),
  },
  {
    when: "SELinux enforces",
    message: "selinux",
    severity: "warning",
    facts: () =>
      linux(() => ({ selinux: { mode: "enforcing", evidence: [line("getenforce", "Enforcing")] } })),
  },
  {
    when: "a port is blocked",
    message: "ports-blocked",
    severity: "warning",
    facts: () =>
      linux(() => ({
        portProbes: [
          { host: "192.0.2.5", port: 8703, isReachable: false, evidence: [line("tcp", "timed out")] },
        ],
      })),
  },
  {
    when: "ports were not tried",
    message: "ports-untried",
    severity: "info",
    facts: () => linux(() => ({ portProbes: [] })),
  },
];

/** Comes from the run over many inputs, not from a rule. */
const notFromRules = new Set<FindingMessage>(["duplicate-host"]);

function only(findings: readonly Finding[], message: FindingMessage): Finding {
  const found = findings.find((finding) => finding.message === message);
  if (!found) throw new Error(`no ${message} among ${findings.map((finding) => finding.message).join(", ")}`);
  return found;
}

describe("rules", () => {
  it.each(scenarios)("say $message when $when", ({ message, severity, facts }) => {
    const found = only(assess("a", facts()).findings, message);
    expect(found.severity).toBe(severity);
    expect(found.evidence.length, "evidence").toBeGreaterThan(0);
    expect(findingSchema.safeParse(found).success).toBe(true);
  });

  it("have a scenario for every message", () => {
    const tried = new Set(scenarios.map((scenario) => scenario.message));
    expect(findingMessages.filter((message) => !tried.has(message) && !notFromRules.has(message))).toEqual(
      [],
    );
  });

  it("have ids that are codes, each once", () => {
    const ids = rules.map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !findingCodes.includes(id))).toEqual([]);
  });

  it("find nothing to do on a plain supported server", () => {
    for (const facts of [
      plainLinux(),
      plainLinux("debian", "10.3"),
      plainWindows("2016"),
      plainWindows("2022"),
    ]) {
      const notable = assess("a", facts).findings.filter((finding) => finding.severity !== "info");
      expect(
        notable.map((finding) => finding.message),
        facts.os.distro ?? "",
      ).toEqual([]);
    }
  });

  it("never stop a migration for want of knowledge", () => {
    const severities = assess("a", unknownFacts()).findings.map((finding) => finding.severity);
    expect(severities).not.toContain("blocker");
    expect(severities).toContain("warning");
  });

  it("list the severest findings first", () => {
    const { findings } = assess("a", {
      ...plainWindows("2008"),
      os: { ...plainWindows("2008").os, architecture: "ia64" },
    });
    const order = findings.map((finding) => ["blocker", "warning", "info"].indexOf(finding.severity));
    expect(order).toEqual([...order].sort());
    expect(order[0]).toBe(0);
  });
});

describe("swap", () => {
  it("is not a swap file, zram or a line of fstab whose device is not there", () => {
    const facts = storage(() => ({
      fstab: [
        fstab("UUID=99999999-dead", "none", "swap", { namedBy: "uuid" }),
        fstab("/swapfile", "none", "swap", { namedBy: "file" }),
      ],
      swaps: [
        { path: "/dev/zram0", kind: "zram", sizeBytes: gib, usedBytes: 0, isActive: true, evidence: [] },
      ],
    }));
    expect(assess("a", facts).findings.map((finding) => finding.code)).not.toContain("swap");
  });

  it("is named once however many places mention it", () => {
    const facts = linuxWith(sdb, sdb1({ content: content("swap", "aaaa-bbbb") }));
    facts.storage.fstab = [fstab("UUID=AAAA-BBBB", "none", "swap", { namedBy: "uuid" })];
    facts.storage.swaps = [
      {
        path: "/dev/sdb1",
        kind: "partition",
        sizeBytes: gib,
        usedBytes: 0,
        isActive: true,
        evidence: [line("/proc/swaps", "/dev/sdb1")],
      },
    ];
    const found = assess("a", facts).findings.filter((finding) => finding.code === "swap");
    expect(found).toHaveLength(1);
    expect(found[0]?.evidence.map((each) => each.source)).toEqual(["lsblk", "/proc/swaps", "/etc/fstab"]);
  });

  it("counts from fstab where no device is known at all", () => {
    const facts = storage(() => ({ devices: [], fstab: [fstab("/dev/sda2", "none", "swap")] }));
    expect(assess("a", facts).findings.map((finding) => finding.code)).toContain("swap");
  });
});

describe("grub-too-old", () => {
  const codes = (distro: string, version: string, grub: string): readonly string[] => {
    const facts = plainLinux(distro, version);
    facts.bootLoader = { ...facts.bootLoader, kind: "grub2", version: grub };
    return assess("a", facts).findings.map((finding) => finding.code);
  };

  it("asks for 1.99, and for 2.02 on the oldest systems", () => {
    expect(codes("ubuntu", "12.04", "1.99")).not.toContain("grub-too-old");
    expect(codes("ubuntu", "10.04", "1.98")).toContain("grub-too-old");
    expect(codes("debian", "7.11", "1.99")).toContain("grub-too-old");
    expect(codes("debian", "7.11", "2.02~beta3")).not.toContain("grub-too-old");
    expect(codes("debian", "8.8", "2.00")).not.toContain("grub-too-old");
    expect(codes("centos", "5.11", "2.00")).toContain("grub-too-old");
  });
});

describe("fstab-device-names", () => {
  const codes = (what: string, namedBy: "path" | "uuid" | "mapper"): readonly string[] => {
    const facts = linuxWith(
      sdb,
      device("/dev/mapper/vg0-data", {
        kind: "lvm",
        aliases: ["/dev/vg0/data"],
        parents: ["/dev/sdb"],
        volumeGroup: "vg0",
      }),
    );
    facts.storage.fstab = [fstab(what, "/data", "ext4", { namedBy })];
    return assess("a", facts).findings.map((finding) => finding.code);
  };

  it("lets names stand that travel with the data", () => {
    expect(codes("/dev/sdb1", "path")).toContain("fstab-device-names");
    expect(codes("/dev/disk/by-path/pci-0000", "path")).toContain("fstab-device-names");
    for (const stable of ["/dev/vg0/data", "/dev/vg1/other", "/dev/md0", "/dev/sr0"]) {
      expect(codes(stable, "path"), stable).not.toContain("fstab-device-names");
    }
    expect(codes("UUID=1111", "uuid")).not.toContain("fstab-device-names");
  });
});

describe("a container", () => {
  it("stops a migration only where it sees no disk at all", () => {
    const facts = linux(() => ({
      platform: {
        kind: "container",
        vendor: null,
        product: null,
        evidence: [line("systemd-detect-virt", "lxc")],
      },
    }));
    facts.storage.devices = [];
    expect(only(assess("a", facts).findings, "container").severity).toBe("blocker");
  });
});

describe("disk limits", () => {
  it("are those of the target", () => {
    const large = linuxWith({ ...sdb, sizeBytes: 40_000 * gib });
    const codes = assess("a", large, { target: targetLimits.local }).findings.map((finding) => finding.code);
    expect(codes).not.toContain("disk-too-large");
  });

  it("do not count the paths of a multipath disk as disks", () => {
    const paths = Array.from({ length: 20 }, (_, at) => device(`/dev/sd-${at}`, { sizeBytes: gib }));
    const map = device("/dev/mapper/mpatha", {
      kind: "multipath",
      parents: paths.map((path) => path.id),
      sizeBytes: gib,
    });
    const { findings, disks } = assess("a", linuxWith(...paths, map));
    expect(findings.map((finding) => finding.code)).not.toContain("too-many-disks");
    expect(disks.filter((disk) => disk.treatment === "second-path")).toHaveLength(19);
  });
});

describe("findings about names from outside", () => {
  it("survive names that are no names", () => {
    const odd = named(linuxWith(device("/dev/$(reboot)", { sizeBytes: 0 })), "x".repeat(10_000));
    odd.network = { ...odd.network, interfaces: [nic("eth0[*+?"), nic("")] };
    odd.network.persistentNameRules.push(line("rules", "NAME=eth0"));
    expect(() => assess("a", odd)).not.toThrow();
  });
});
