/** The system, the machine it runs on and how it boots. Conventions: see facts.ts. */
import { z } from "zod";
import { evidence, known, text } from "./evidence.ts";

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
