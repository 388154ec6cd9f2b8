/**
 * What is known of a source server: the one model that live collection, bundles and pasted tool output all end in,
 * and that the compatibility rules and reports start from.
 *
 * Two conventions hold everywhere:
 * - `null` means *unknown*: nothing that was collected says it. It never means "no" or "none"; a known absence is
 *   `false`, `"none"` or an empty list beside a `collection` that names no gap.
 * - Evidence names the file or command a fact was read from and quotes the line, so that a finding can show it.
 */
import { z } from "zod";

/** A fact that may be unknown. */
export type Known<T> = T | null;

const known = <T extends z.ZodType>(schema: T) => schema.nullable();
const text = z.string();
const count = z.number().int().nonnegative();
const bytes = z.number().nonnegative();

/** Where a fact comes from: `source` is a file path or a command line of the bundle. */
export const evidenceSchema = z.object({
  source: text,
  /** 1-based line in the file or in the command's output; null where there is no single line. */
  line: known(count),
  /** The line itself, trimmed and cut at 240 characters. Untrusted text: escape it where it is shown. */
  text,
});
export type Evidence = z.infer<typeof evidenceSchema>;
const evidence = z.array(evidenceSchema);

// ---------------------------------------------------------------------------------------------------- system

export const osFamilies = ["linux", "windows", "other"] as const;
export const osFamilySchema = z.enum(osFamilies);
export type OsFamily = z.infer<typeof osFamilySchema>;

/** What an architecture string of uname, WMI or systeminfo means. */
export const architectures = [
  "x86_64",
  "i686",
  "aarch64",
  "arm",
  "ia64",
  "ppc64",
  "ppc64le",
  "s390x",
  "riscv64",
  "other",
] as const;
export const architectureSchema = z.enum(architectures);
export type Architecture = z.infer<typeof architectureSchema>;

export const osFactsSchema = z.object({
  /** Null only where nothing at all tells the system apart. */
  family: known(osFamilySchema),
  /**
   * rhel, centos, centos-stream, oracle, ubuntu, debian, opensuse, sles, gentoo, alinux, amazon, windows, or the
   * os-release ID of anything else (rocky, almalinux, linuxmint, sled, opensuse-tumbleweed, scientific, …). A
   * derivative is never given its parent's name.
   */
  distro: known(text),
  /** As the system states it: `7.5`, `12.1`, `18.04`, `2012 R2`, `10`; null for rolling releases and where unsaid. */
  version: known(text),
  /** Windows: from the product type; null for Linux unless the system says so itself. */
  kind: known(z.enum(["server", "client"])),
  /** The system's own name for people, e.g. `CentOS Linux release 7.5.1804 (Core)`. */
  name: known(text),
  codename: known(text),
  /** Windows edition or Linux variant (`Standard`, `Datacenter`, `Server`, `Workstation`). */
  edition: known(text),
  /** `uname -r`. */
  kernel: known(text),
  /** Windows build, `6.3.9600`; Linux BUILD_ID where there is one. */
  build: known(text),
  /** Windows service pack, e.g. `2`. */
  servicePack: known(text),
  architecture: known(architectureSchema),
  /** The architecture as stated, e.g. `armv7l` or `x64-based PC`. */
  architectureText: known(text),
  /** Locale or BCP 47 tag, e.g. `ja-JP`, `de_DE.UTF-8`. */
  language: known(text),
  hostName: known(text),
  /** os-release ID_LIKE: a hint about package tools, never an identity. */
  idLike: z.array(text),
  evidence,
});
export type OsFacts = z.infer<typeof osFactsSchema>;

export const platformKinds = [
  "physical",
  "vmware",
  "virtualbox",
  "xen",
  "kvm",
  "qemu",
  "hyper-v",
  "aws",
  "azure",
  "google-cloud",
  "tencent-cloud",
  "huawei-cloud",
  "alibaba-cloud",
  "oracle-cloud",
  "openstack",
  "nutanix",
  "proxmox",
  "parallels",
  "bhyve",
  "container",
  "other-virtual",
] as const;
export const platformKindSchema = z.enum(platformKinds);
export type PlatformKind = z.infer<typeof platformKindSchema>;

export const platformFactsSchema = z.object({
  kind: known(platformKindSchema),
  vendor: known(text),
  product: known(text),
  evidence,
});
export type PlatformFacts = z.infer<typeof platformFactsSchema>;

export const firmwareFactsSchema = z.object({
  kind: known(z.enum(["bios", "uefi"])),
  secureBoot: known(z.boolean()),
  evidence,
});
export type FirmwareFacts = z.infer<typeof firmwareFactsSchema>;

export const bootLoaderKinds = [
  "grub-legacy",
  "grub2",
  "lilo",
  "elilo",
  "syslinux",
  "systemd-boot",
  "efi-stub",
  "zipl",
  "u-boot",
  "bootmgr",
  "ntldr",
] as const;
export const bootLoaderFactsSchema = z.object({
  kind: known(z.enum(bootLoaderKinds)),
  /** As its package or tool states it: `2.02`, `0.97`, `1.99`. */
  version: known(text),
  /** The kernel command line in force. */
  kernelCommandLine: known(text),
  evidence,
});
export type BootLoaderFacts = z.infer<typeof bootLoaderFactsSchema>;

export const initramfsTools = [
  "dracut",
  "initramfs-tools",
  "mkinitrd",
  "mkinitcpio",
  "genkernel",
  "booster",
  "tiny-initramfs",
] as const;

/** Where a driver is, the most useful place first. `absent` is said only where the place to look could be read. */
export const driverPresences = ["built-in", "initramfs", "module", "installed", "absent"] as const;
export const driverPresenceSchema = z.enum(driverPresences);
export type DriverPresence = z.infer<typeof driverPresenceSchema>;

export const bootImageSchema = z.object({
  kernel: text,
  /** The kernel file; null where it was not seen. */
  kernelPath: known(text),
  /** Null where it was not seen; `collection.gaps` tells whether /boot could be listed. */
  initramfsPath: known(text),
  /** Virtio drivers inside the initramfs; null where it could not be listed. */
  hasVirtioBlock: known(z.boolean()),
  hasVirtioPci: known(z.boolean()),
  isRunning: known(z.boolean()),
});

export const bootImagesFactsSchema = z.object({
  tool: known(z.enum(initramfsTools)),
  /** One for each installed kernel. */
  images: z.array(bootImageSchema),
  /** True where /boot (or its like) was listed, so that a missing initramfs is missing and not unseen. */
  bootDirectoryListed: z.boolean(),
  /** Linux: virtio_blk, virtio_net of the running kernel. Windows: viostor/vioscsi, netkvm. */
  virtioBlock: known(driverPresenceSchema),
  virtioScsi: known(driverPresenceSchema),
  virtioNet: known(driverPresenceSchema),
  evidence,
});
export type BootImagesFacts = z.infer<typeof bootImagesFactsSchema>;

// --------------------------------------------------------------------------------------------------- storage

export const blockDeviceKinds = [
  "disk",
  "partition",
  /** Linux MD, including its containers. */
  "raid",
  /** Firmware RAID through device-mapper. */
  "dmraid",
  "lvm",
  "crypt",
  "multipath",
  "bcache",
  /** A Windows volume, basic or dynamic. */
  "volume",
  "zvol",
  "loop",
  "rom",
  "ram",
  "tape",
  "network",
  "other",
] as const;
export const blockDeviceKindSchema = z.enum(blockDeviceKinds);
export type BlockDeviceKind = z.infer<typeof blockDeviceKindSchema>;

export const partitionTableKinds = ["gpt", "mbr", "hybrid", "none", "dasd", "other"] as const;
export const partitionTableKindSchema = z.enum(partitionTableKinds);
export type PartitionTableKind = z.infer<typeof partitionTableKindSchema>;

export const partitionFactsSchema = z.object({
  number: known(count),
  /** MBR: `primary`, `extended` (the container) or `logical`. GPT partitions are `primary`. */
  role: known(z.enum(["primary", "extended", "logical"])),
  /** `0x83` (lower-case, two digits) for MBR, a lower-case GUID for GPT. */
  type: known(text),
  /** What `type` means, e.g. `Linux LVM`, `EFI System`; null for types not known here. */
  typeName: known(text),
  startBytes: known(bytes),
  label: known(text),
  uuid: known(text),
  isActive: known(z.boolean()),
});
export type PartitionFacts = z.infer<typeof partitionFactsSchema>;

/** What fills a device, in libblkid's words. */
export const contentFactsSchema = z.object({
  /**
   * `ext4`, `xfs`, `ntfs`, `vfat`, `swap`, `LVM2_member`, `linux_raid_member`, `isw_raid_member`, `crypto_LUKS`,
   * `BitLocker`, `mpath_member`, `bcache`, `zfs_member`, `LDM_member`, … as blkid names it; `none` where it was
   * probed and holds nothing known.
   */
  type: text,
  /** Of the format, e.g. `1.0`, LUKS `2`, `LVM2 001`. */
  version: known(text),
  label: known(text),
  uuid: known(text),
});
export type ContentFacts = z.infer<typeof contentFactsSchema>;

export const usageFactsSchema = z.object({
  totalBytes: known(bytes),
  usedBytes: known(bytes),
  /** What an ordinary user may still write. */
  availableBytes: known(bytes),
  inodesTotal: known(count),
  inodesUsed: known(count),
});
export type UsageFacts = z.infer<typeof usageFactsSchema>;

/**
 * One block device. Devices form a graph: `parents` are the devices that this one lies on (a partition's disk, a
 * logical volume's physical volumes, an array's members, a mapping's LUKS container). A disk has none.
 */
export const blockDeviceSchema = z.object({
  /** The id in this model: `/dev/sda1`, `/dev/mapper/vg-root`, `\\.\PHYSICALDRIVE0`, `C:`. Unique in a source. */
  id: text,
  /** Other names of the same device (`/dev/dm-0`, `/dev/vg/root`). */
  aliases: z.array(text),
  kind: blockDeviceKindSchema,
  sizeBytes: known(bytes),
  parents: z.array(text),
  /** `8:1`. */
  majorMinor: known(text),
  /** Of a device that can hold one; `none` where it was read and there is none. */
  partitionTable: known(partitionTableKindSchema),
  /** Only of partitions. */
  partition: known(partitionFactsSchema),
  content: known(contentFactsSchema),
  mountPoints: z.array(text),
  usage: known(usageFactsSchema),
  /** Windows: member of a dynamic disk or a dynamic volume. */
  isDynamic: known(z.boolean()),
  /** RAID level (`raid1`), LVM segment type (`linear`, `thin`, `snapshot`), LDM layout (`spanned`, `mirror`), … */
  layout: known(text),
  /** Health as the tool says it, e.g. `clean, degraded`, `[2/1] [U_]`, `active`. */
  state: known(text),
  /** Of logical volumes and physical volumes. */
  volumeGroup: known(text),
  model: known(text),
  serial: known(text),
  /** `sata`, `nvme`, `iscsi`, `fc`, `usb`, `virtio`, … */
  transport: known(text),
  logicalSectorBytes: known(count),
  isReadOnly: known(z.boolean()),
  isRemovable: known(z.boolean()),
  evidence,
});
export type BlockDevice = z.infer<typeof blockDeviceSchema>;

export const volumeGroupSchema = z.object({
  name: text,
  uuid: known(text),
  sizeBytes: known(bytes),
  freeBytes: known(bytes),
  /** Attribute string of vgs, e.g. `wz--n-`. */
  attributes: known(text),
  evidence,
});
export type VolumeGroup = z.infer<typeof volumeGroupSchema>;

export const zfsPoolSchema = z.object({
  name: text,
  state: known(text),
  sizeBytes: known(bytes),
  usedBytes: known(bytes),
  devices: z.array(text),
  evidence,
});
export type ZfsPool = z.infer<typeof zfsPoolSchema>;

/** A line of the mount table in force. */
export const mountSchema = z.object({
  /** Device path, `host:/export`, `//host/share`, `tmpfs`, `C:` … with any password removed. */
  what: text,
  where: text,
  type: text,
  options: z.array(text),
  /** Id of the block device that it lies on, where that is known. */
  device: known(text),
  /** True for nfs, cifs, ceph, glusterfs and others that come over the network. */
  isNetwork: z.boolean(),
  usage: known(usageFactsSchema),
  evidence,
});
export type Mount = z.infer<typeof mountSchema>;

export const fstabEntrySchema = z.object({
  what: text,
  /** How `what` names the device. `path` is a kernel name such as /dev/sda1, which may change on another machine. */
  namedBy: z.enum([
    "uuid",
    "label",
    "partuuid",
    "partlabel",
    "by-id",
    "by-path",
    "by-uuid",
    "by-label",
    "mapper",
    "path",
    "network",
    "pseudo",
    "file",
    "other",
  ]),
  where: text,
  type: text,
  options: z.array(text),
  isNetwork: z.boolean(),
  evidence,
});
export type FstabEntry = z.infer<typeof fstabEntrySchema>;

export const crypttabEntrySchema = z.object({
  name: text,
  device: text,
  /** Path of the key file or `none`; never key material. */
  keyFile: known(text),
  options: z.array(text),
  evidence,
});
export type CrypttabEntry = z.infer<typeof crypttabEntrySchema>;

export const swapSchema = z.object({
  path: text,
  kind: z.enum(["partition", "file", "zram", "pagefile"]),
  sizeBytes: known(bytes),
  usedBytes: known(bytes),
  isActive: known(z.boolean()),
  evidence,
});
export type Swap = z.infer<typeof swapSchema>;

export const storageFactsSchema = z.object({
  /** Disks first, then what lies on them. Every id in `parents` is in this list. */
  devices: z.array(blockDeviceSchema),
  volumeGroups: z.array(volumeGroupSchema),
  zfsPools: z.array(zfsPoolSchema),
  mounts: z.array(mountSchema),
  fstab: known(z.array(fstabEntrySchema)),
  crypttab: known(z.array(crypttabEntrySchema)),
  /** Null where neither /proc/swaps nor its like was read. */
  swaps: known(z.array(swapSchema)),
  /** True where a list of all block devices was read: without it a disk may exist that nobody mentioned. */
  deviceListComplete: z.boolean(),
  /**
   * Windows: true where dynamic disks were looked for in a way that finds them (Win32_DiskPartition.Type, diskpart,
   * the LDM database); Get-Disk alone does not list them.
   */
  dynamicDisksLookedFor: z.boolean(),
});
export type StorageFacts = z.infer<typeof storageFactsSchema>;

// ------------------------------------------------------------------------------------- network and run-time state

export const addressingModes = ["dhcp", "static", "both", "none"] as const;
export const networkInterfaceSchema = z.object({
  name: text,
  /** Lower-case with colons. */
  mac: known(text),
  addressing: known(z.enum(addressingModes)),
  /** With prefix length where known: `192.0.2.10/24`, `2001:db8::1/64`. */
  addresses: z.array(text),
  gateways: z.array(text),
  dnsServers: z.array(text),
  isUp: known(z.boolean()),
  /** Bridges, bonds, VLANs, tunnels and loopback are virtual. */
  isVirtual: known(z.boolean()),
  driver: known(text),
  mtu: known(count),
  /** What configures it: `netplan`, `ifcfg`, `interfaces`, `NetworkManager`, `networkd`, `wicked`, `netifrc`, `windows`. */
  configuredBy: known(text),
  evidence,
});
export type NetworkInterface = z.infer<typeof networkInterfaceSchema>;

export const networkFactsSchema = z.object({
  /** Null where no list of interfaces was read. */
  interfaces: known(z.array(networkInterfaceSchema)),
  /** udev rules that pin NIC names to MAC addresses. */
  persistentNameRules: evidence,
  /** net.ifnames=0, biosdevname=0 or an old system: names such as eth0 follow probe order. */
  usesKernelNames: known(z.boolean()),
});
export type NetworkFacts = z.infer<typeof networkFactsSchema>;

export const serviceRoles = [
  "database",
  "container-engine",
  "domain-controller",
  "mail",
  "web",
  "directory",
  "cluster",
  "virtualization",
  "backup",
  "message-queue",
  "file-server",
  "other",
] as const;
/** A service that matters for the consistency of a copy. */
export const serviceSchema = z.object({
  /** Canonical: `mysql`, `postgresql`, `oracle-database`, `sql-server`, `docker`, `active-directory`, … */
  name: text,
  role: z.enum(serviceRoles),
  /** Unit, process or Windows service name as seen. */
  unit: text,
  isRunning: known(z.boolean()),
  startsAtBoot: known(z.boolean()),
  dataPaths: z.array(text),
  evidence,
});
export type Service = z.infer<typeof serviceSchema>;

export const clockFactsSchema = z.object({
  /** Source clock minus the collecting assistant's clock; known only for live sources. */
  offsetSeconds: known(z.number()),
  /** True where the system says that its clock is synchronised. */
  isSynchronised: known(z.boolean()),
  timeZone: known(text),
  evidence,
});
export type ClockFacts = z.infer<typeof clockFactsSchema>;

export const vssWriterSchema = z.object({
  name: text,
  /** Number in `State: [n]`: 1 is stable. */
  state: known(count),
  stateText: known(text),
  lastError: known(text),
  isFailed: known(z.boolean()),
  evidence,
});
export type VssWriter = z.infer<typeof vssWriterSchema>;

export const memoryFactsSchema = z.object({
  totalBytes: known(bytes),
  availableBytes: known(bytes),
  evidence,
});
export type MemoryFacts = z.infer<typeof memoryFactsSchema>;

export const processorFactsSchema = z.object({
  model: known(text),
  logicalCount: known(count),
  evidence,
});
export type ProcessorFacts = z.infer<typeof processorFactsSchema>;

/** An outbound connection that was tried from the source, e.g. to the intermediate's 8080. */
export const portProbeSchema = z.object({
  host: text,
  port: count,
  isReachable: z.boolean(),
  evidence,
});
export type PortProbe = z.infer<typeof portProbeSchema>;

// -------------------------------------------------------------------------------------------------- the whole

/** Something that could not be read, and why. */
export const gapSchema = z.object({
  /** File path, command line, or a field of the bundle. */
  what: text,
  reason: z.enum([
    "permission-denied",
    "missing",
    "timed-out",
    "failed",
    "too-large",
    "not-collected",
    "malformed",
  ]),
  detail: text,
});
export type Gap = z.infer<typeof gapSchema>;

export const collectionFactsSchema = z.object({
  /** What made these facts: `collect-linux.sh 1`, `pasted`, … */
  collector: known(text),
  /** ISO 8601 as the source's clock said. */
  collectedAt: known(text),
  /** True when it ran as root or Administrator. */
  wasPrivileged: known(z.boolean()),
  gaps: z.array(gapSchema),
});
export type CollectionFacts = z.infer<typeof collectionFactsSchema>;

export const factsSchema = z.object({
  /** Generation of this model. */
  model: z.literal(1),
  os: osFactsSchema,
  platform: platformFactsSchema,
  firmware: firmwareFactsSchema,
  bootLoader: bootLoaderFactsSchema,
  bootImages: bootImagesFactsSchema,
  storage: storageFactsSchema,
  network: networkFactsSchema,
  /** Null where services were not looked for. */
  services: known(z.array(serviceSchema)),
  clock: clockFactsSchema,
  selinux: z.object({ mode: known(z.enum(["enforcing", "permissive", "disabled"])), evidence }),
  /** Null where VSS was not asked (always on Linux). */
  vssWriters: known(z.array(vssWriterSchema)),
  memory: memoryFactsSchema,
  processor: processorFactsSchema,
  portProbes: z.array(portProbeSchema),
  collection: collectionFactsSchema,
});
export type Facts = z.infer<typeof factsSchema>;

/** Facts that say nothing: where every collection starts. */
export function unknownFacts(): Facts {
  return {
    model: 1,
    os: {
      family: null,
      distro: null,
      version: null,
      kind: null,
      name: null,
      codename: null,
      edition: null,
      kernel: null,
      build: null,
      servicePack: null,
      architecture: null,
      architectureText: null,
      language: null,
      hostName: null,
      idLike: [],
      evidence: [],
    },
    platform: { kind: null, vendor: null, product: null, evidence: [] },
    firmware: { kind: null, secureBoot: null, evidence: [] },
    bootLoader: { kind: null, version: null, kernelCommandLine: null, evidence: [] },
    bootImages: {
      tool: null,
      images: [],
      bootDirectoryListed: false,
      virtioBlock: null,
      virtioScsi: null,
      virtioNet: null,
      evidence: [],
    },
    storage: {
      devices: [],
      volumeGroups: [],
      zfsPools: [],
      mounts: [],
      fstab: null,
      crypttab: null,
      swaps: null,
      deviceListComplete: false,
      dynamicDisksLookedFor: false,
    },
    network: { interfaces: null, persistentNameRules: [], usesKernelNames: null },
    services: null,
    clock: { offsetSeconds: null, isSynchronised: null, timeZone: null, evidence: [] },
    selinux: { mode: null, evidence: [] },
    vssWriters: null,
    memory: { totalBytes: null, availableBytes: null, evidence: [] },
    processor: { model: null, logicalCount: null, evidence: [] },
    portProbes: [],
    collection: { collector: null, collectedAt: null, wasPrivileged: null, gaps: [] },
  };
}

/** The physical (or virtual) disks among the devices, network block devices and multipath paths included. */
export function disksOf(storage: StorageFacts): readonly BlockDevice[] {
  return storage.devices.filter((device) => device.kind === "disk");
}

/** All devices that lie on `id`, directly or through others, in the order of the list. Cycles in the input end. */
export function descendantsOf(storage: StorageFacts, id: string): readonly BlockDevice[] {
  const children = new Map<string, BlockDevice[]>();
  for (const device of storage.devices) {
    for (const parent of device.parents) {
      const list = children.get(parent);
      if (list) list.push(device);
      else children.set(parent, [device]);
    }
  }
  const seen = new Set<BlockDevice>();
  const queue = [id];
  for (let at = 0; at < queue.length; at++) {
    for (const child of children.get(queue[at] as string) ?? []) {
      if (seen.has(child) || child.id === id) continue;
      seen.add(child);
      queue.push(child.id);
    }
  }
  return storage.devices.filter((device) => seen.has(device));
}
