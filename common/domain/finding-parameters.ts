/**
 * Every message that a finding can carry, with the parameters its text needs. A message is `code` or `code.variant`;
 * the part before the dot is the finding's code, which is stable: scripts and `acceptedFindings` match on it.
 * Sizes are bytes, durations seconds; the language of the reader decides how they are written.
 */
import { z } from "zod";
import { bytes } from "./values.ts";

const text = z.string();
const texts = z.array(text);
const count = z.number().int().nonnegative();
const seconds = z.number();
const nothing = z.object({});

export const systemMessages = {
  "os-unsupported.off-list": z.object({ os: text }),
  /** `relative` is the listed system that it resembles and is not. */
  "os-unsupported.derivative": z.object({ os: text, relative: text }),
  "os-unsupported.client": z.object({ os: text }),
  /** Not on the list, but the project's own lab migrates it. */
  "os-unsupported.tested-here": z.object({ os: text }),
  /** Neither Linux nor Windows. */
  "os-unsupported.foreign": z.object({ os: text }),
  "os-undetermined.system": nothing,
  "os-undetermined.version": z.object({ os: text }),
  /** The list's wording does not settle whether it means this system. */
  "os-undetermined.ambiguous": z.object({ os: text, entry: text }),
  "os-eol-activation": z.object({ os: text }),
  "os-evaluation": z.object({ os: text }),
  "os-subscription.vendor": z.object({ product: text }),
  "os-subscription.cloud": z.object({ product: text }),
  "pending-restart": nothing,
  "cpu-arch.foreign": z.object({ architecture: text }),
  "cpu-arch.undetermined": nothing,
  container: nothing,
  "low-memory": z.object({ availableBytes: bytes, minimumBytes: bytes }),
  "clock-skew.offset": z.object({ offsetSeconds: seconds }),
  "clock-skew.unsynchronised": nothing,
  "collection.unprivileged": z.object({ gaps: count }),
  "collection.incomplete": z.object({ gaps: count }),
  "time-to-migrate.expected": z.object({
    optimisticSeconds: seconds,
    expectedSeconds: seconds,
    pessimisticSeconds: seconds,
  }),
  "time-to-migrate.undetermined": nothing,
  /** Another input of the same run is of the same host. */
  "duplicate-host": z.object({ host: text, other: text }),
  /** More findings of one code than a report can show. */
  "more-findings": z.object({ of: text, count }),
};

export const storageMessages = {
  "disks-undetermined.none": nothing,
  "disks-undetermined.list": nothing,
  "disk-undetermined": z.object({ disk: text }),
  "disk-offline": z.object({ disk: text }),
  "sector-size": z.object({ disk: text, sectorBytes: count }),
  "partition-table-foreign": z.object({ disk: text, table: text }),
  "removable-disk": z.object({ disk: text }),
  "network-disk": z.object({ disk: text, transport: text }),
  "lvm.group": z.object({ group: text, volumes: count, snapshots: count, disks: texts }),
  "lvm.member": z.object({ device: text }),
  "windows-data-disks": z.object({ disks: count }),
  "extended-partition": z.object({ disk: text, logical: count }),
  "dynamic-disk": z.object({ disk: text }),
  "dynamic-disk-unchecked": nothing,
  "storage-spaces": z.object({ disk: text }),
  swap: z.object({ device: text, sizeBytes: bytes.nullable() }),
  "swap-file": z.object({ path: text }),
  "raid.software": z.object({ array: text, level: text, members: texts }),
  "raid.firmware": z.object({ device: text, format: text }),
  /** A member whose array was not seen. */
  "raid.member": z.object({ device: text, format: text }),
  /** Its members are there, and nothing has put them together. */
  "raid-degraded.inactive": z.object({ array: text }),
  "raid-degraded": z.object({ kind: text, array: text, state: text }),
  "multipath.map": z.object({ map: text, paths: texts }),
  "multipath.path": z.object({ device: text }),
  "encrypted.luks": z.object({ device: text, isOpen: z.boolean() }),
  "encrypted.bitlocker": z.object({ device: text }),
  "encrypted.other": z.object({ device: text, format: text }),
  vdo: z.object({ device: text }),
  "duplicate-volume": z.object({ type: text, uuid: text, devices: texts }),
  "virtual-disk-file": z.object({ disk: text }),
  "deduplicated-volume": z.object({ volume: text }),
  bcache: z.object({ device: text }),
  zfs: z.object({ pool: text }),
  "network-mount": z.object({ what: text, where: text, type: text }),
  "unsupported-filesystem": z.object({ device: text, type: text, convertedTo: text }),
  "btrfs-layout": z.object({ device: text }),
  "content-undetermined": z.object({ device: text }),
  /** Data in a format that is no filesystem, e.g. a database's raw volume. */
  "content-without-filesystem": z.object({ device: text, type: text }),
  "unmounted-filesystem": z.object({ device: text, type: text }),
  "disk-too-large": z.object({ disk: text, sizeBytes: bytes, maximumBytes: bytes, target: text }),
  "too-many-disks": z.object({ count, maximum: count, target: text }),
  "low-space": z.object({ where: text, availableBytes: bytes, minimumBytes: bytes }),
  "low-inodes": z.object({ where: text, free: count, minimum: count }),
};

export const bootMessages = {
  "gpt-bios.boot-partition": z.object({ disk: text }),
  "gpt-bios.no-boot-partition": z.object({ disk: text }),
  "no-partition-table": z.object({ disk: text }),
  uefi: nothing,
  "secure-boot": nothing,
  "firmware-undetermined": nothing,
  "grub-too-old": z.object({ version: text, minimum: text }),
  "boot-loader-undetermined": nothing,
  "boot-loader-other": z.object({ loader: text }),
  "no-virtio-driver.absent": z.object({ drivers: texts }),
  "no-virtio-driver.initramfs": z.object({ kernel: text }),
  "no-virtio-driver.windows": z.object({ drivers: texts }),
  "virtio-undetermined": nothing,
  "initramfs-missing": z.object({ kernel: text }),
  "fstab-device-names": z.object({ device: text, where: text }),
};

export const runningMessages = {
  "static-ip": z.object({ nic: text, addresses: texts }),
  /** A rule or a configuration ties the name to a MAC address or a slot that the target will not have. */
  "nic-renaming.pinned": z.object({ nic: text }),
  "nic-renaming.predictable": z.object({ nic: text }),
  "docker-data": z.object({ engine: text, paths: texts }),
  "database-running": z.object({ service: text }),
  "domain-controller": nothing,
  "cluster-member": z.object({ service: text }),
  "vss-writer-failed": z.object({ writer: text, error: text }),
  "shadow-copies": z.object({ count }),
  selinux: z.object({ mode: text }),
  "ports-blocked": z.object({ host: text, port: count }),
  "ports-untried": nothing,
};

/** The schema of each message's parameters. */
export const findingParameters = {
  ...systemMessages,
  ...storageMessages,
  ...bootMessages,
  ...runningMessages,
} as const;

export type FindingMessage = keyof typeof findingParameters;
export type FindingParameters = { [K in FindingMessage]: z.infer<(typeof findingParameters)[K]> };

type CodeOf<M> = M extends `${infer Code}.${string}` ? Code : M;
export type FindingCode = CodeOf<FindingMessage>;

export const findingMessages = Object.keys(findingParameters) as [FindingMessage, ...FindingMessage[]];

/** The stable code of a message: the part before the dot. */
export function codeOf(message: FindingMessage): FindingCode {
  return message.split(".")[0] as FindingCode;
}

export const findingCodes = [...new Set(findingMessages.map(codeOf))] as [FindingCode, ...FindingCode[]];
