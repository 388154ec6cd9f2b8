/** Sources made up for tests: small, complete facts that a test then changes. */
import {
  unknownFacts,
  type BlockDevice,
  type Evidence,
  type Facts,
  type Mount,
  type NetworkInterface,
  type Service,
} from "../../../../common/domain/facts.ts";

export const gib = 1024 ** 3;
export const mib = 1024 ** 2;

export const line = (source: string, text: string): Evidence => ({ source, line: 1, text });

export function device(id: string, parts: Partial<BlockDevice> = {}): BlockDevice {
  return {
    id,
    aliases: [],
    kind: "disk",
    sizeBytes: null,
    parents: [],
    majorMinor: null,
    partitionTable: null,
    partition: null,
    content: null,
    mountPoints: [],
    usage: null,
    isDynamic: null,
    layout: null,
    state: null,
    volumeGroup: null,
    model: null,
    serial: null,
    transport: null,
    logicalSectorBytes: null,
    isReadOnly: null,
    isRemovable: null,
    evidence: [line("lsblk", `${id} ${parts.kind ?? "disk"}`)],
    ...parts,
  };
}

export const content = (type: string, uuid: string | null = null): BlockDevice["content"] => ({
  type,
  version: null,
  label: null,
  uuid,
});

export const usage = (totalBytes: number, usedBytes: number): NonNullable<BlockDevice["usage"]> => ({
  totalBytes,
  usedBytes,
  availableBytes: totalBytes - usedBytes,
  inodesTotal: 1_000_000,
  inodesUsed: 50_000,
});

export function partition(
  id: string,
  disk: string,
  number: number,
  startBytes: number,
  sizeBytes: number,
  parts: Partial<BlockDevice> = {},
  table: Partial<NonNullable<BlockDevice["partition"]>> = {},
): BlockDevice {
  return device(id, {
    kind: "partition",
    parents: [disk],
    sizeBytes,
    partition: {
      number,
      role: "primary",
      type: null,
      typeName: null,
      startBytes,
      label: null,
      uuid: null,
      isActive: null,
      ...table,
    },
    ...parts,
  });
}

export function mount(what: string, where: string, type: string, parts: Partial<Mount> = {}): Mount {
  return {
    what,
    where,
    type,
    options: ["rw"],
    device: null,
    isNetwork: false,
    usage: null,
    evidence: [line("/proc/mounts", `${what} ${where} ${type} rw 0 0`)],
    ...parts,
  };
}

export function nic(name: string, parts: Partial<NetworkInterface> = {}): NetworkInterface {
  return {
    name,
    mac: null,
    addressing: "dhcp",
    addresses: [],
    gateways: [],
    dnsServers: [],
    isUp: true,
    isVirtual: false,
    driver: null,
    mtu: null,
    configuredBy: null,
    evidence: [line("ip address", `2: ${name}: <UP>`)],
    ...parts,
  };
}

export function service(name: string, role: Service["role"], parts: Partial<Service> = {}): Service {
  return {
    name,
    role,
    unit: name,
    isRunning: true,
    startsAtBoot: true,
    dataPaths: [],
    evidence: [line("ps", name)],
    ...parts,
  };
}

/** A Linux system of which everything is known and nothing is remarkable. */
export function plainLinux(distro = "centos", version = "7.5"): Facts {
  const facts = unknownFacts();
  return {
    ...facts,
    os: {
      ...facts.os,
      family: "linux",
      distro,
      version,
      name: null,
      kernel: "3.10.0-862.el7.x86_64",
      architecture: "x86_64",
      hostName: "app01",
      evidence: [
        line("/etc/os-release", `ID="${distro}"`),
        line("/etc/os-release", `VERSION_ID="${version}"`),
      ],
    },
    platform: { ...facts.platform, kind: "vmware" },
    firmware: { kind: "bios", secureBoot: false, evidence: [line("/sys/firmware/efi", "absent")] },
    bootLoader: {
      kind: "grub2",
      version: "2.02",
      kernelCommandLine: null,
      evidence: [line("rpm", "grub2-2.02")],
    },
    bootImages: {
      tool: "dracut",
      images: [
        {
          kernel: "3.10.0-862.el7.x86_64",
          kernelPath: "/boot/vmlinuz-3.10.0-862.el7.x86_64",
          initramfsPath: "/boot/initramfs-3.10.0-862.el7.x86_64.img",
          hasVirtioBlock: true,
          hasVirtioPci: true,
          isRunning: true,
        },
      ],
      bootDirectoryListed: true,
      virtioBlock: "initramfs",
      virtioScsi: "module",
      virtioNet: "module",
      evidence: [line("lsinitrd", "virtio_blk.ko")],
    },
    storage: {
      devices: [
        device("/dev/sda", { sizeBytes: 20 * gib, partitionTable: "mbr", model: "Virtual disk" }),
        partition("/dev/sda1", "/dev/sda", 1, mib, 20 * gib - mib, {
          content: content("ext4", "11111111-aaaa"),
          mountPoints: ["/"],
          usage: usage(20 * gib, 6 * gib),
        }),
      ],
      volumeGroups: [],
      zfsPools: [],
      mounts: [mount("/dev/sda1", "/", "ext4", { device: "/dev/sda1" })],
      fstab: [],
      crypttab: [],
      swaps: [],
      duplicates: [],
      deduplicated: [],
      deviceListComplete: true,
      dynamicDisksLookedFor: false,
    },
    network: { interfaces: [nic("eth0")], persistentNameRules: [], usesKernelNames: true },
    services: [],
    clock: { offsetSeconds: 0, isSynchronised: true, timeZone: "UTC", evidence: [] },
    selinux: { mode: "disabled", evidence: [line("getenforce", "Disabled")] },
    memory: {
      totalBytes: 8 * gib,
      availableBytes: 4 * gib,
      evidence: [line("/proc/meminfo", "MemAvailable")],
    },
    portProbes: [
      { host: "192.0.2.5", port: 8080, isReachable: true, evidence: [line("tcp", "8080 open")] },
      { host: "192.0.2.5", port: 8703, isReachable: true, evidence: [line("tcp", "8703 open")] },
    ],
    collection: {
      collector: "collect-linux.sh 1",
      collectedAt: "2025-03-04T05:06:07+00:00",
      wasPrivileged: true,
      gaps: [],
    },
  };
}

/** The same for Windows Server. */
export function plainWindows(version = "2016", kind: "server" | "client" = "server"): Facts {
  const facts = plainLinux("windows", version);
  return {
    ...facts,
    os: {
      ...facts.os,
      family: "windows",
      kind,
      kernel: null,
      build: "10.0.14393",
      edition: "Standard",
      hostName: "WIN01",
      evidence: [line("systeminfo", `OS Name: Microsoft Windows Server ${version} Standard`)],
    },
    bootLoader: { kind: "bootmgr", version: null, kernelCommandLine: null, evidence: [] },
    bootImages: {
      ...facts.bootImages,
      tool: null,
      images: [],
      virtioBlock: "installed",
      virtioScsi: "absent",
      virtioNet: "installed",
    },
    storage: {
      ...facts.storage,
      devices: [
        device("\\\\.\\PHYSICALDRIVE0", {
          sizeBytes: 60 * gib,
          partitionTable: "mbr",
          model: "VMware Virtual disk",
        }),
        partition(
          "Disk #0, Partition #0",
          "\\\\.\\PHYSICALDRIVE0",
          1,
          mib,
          60 * gib - 2 * mib,
          {},
          { isActive: true },
        ),
        device("C:", {
          kind: "volume",
          parents: ["Disk #0, Partition #0"],
          sizeBytes: 60 * gib - 2 * mib,
          content: content("ntfs"),
          mountPoints: ["C:\\"],
          usage: usage(60 * gib, 31 * gib),
        }),
      ],
      mounts: [],
      fstab: null,
      crypttab: null,
      swaps: null,
      dynamicDisksLookedFor: true,
    },
    selinux: { mode: null, evidence: [] },
    vssWriters: [],
  };
}
