/** One scenario for every message about starting up and about what runs. */
import { content, device, gib, line, mib, nic, partition, plainWindows, service } from "./sample-facts.ts";
import { type Scenario, linux, storage, fstab } from "./scenario-parts.ts";

export const startScenarios: readonly Scenario[] = [
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
    when: "the root filesystem lies on a bare disk",
    message: "no-partition-table",
    severity: "warning",
    facts: () =>
      storage(() => ({
        devices: [device("/dev/xvda1", { sizeBytes: gib, content: content("ext4"), mountPoints: ["/"] })],
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
    when: "Windows keeps earlier states of its volumes",
    message: "shadow-copies",
    severity: "info",
    facts: () => ({
      ...plainWindows(),
      shadowCopies: { count: 2, evidence: [line("vssadmin list shadows", "HarddiskVolumeShadowCopy1")] },
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
