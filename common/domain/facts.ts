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

import { count, evidence, known, text } from "./evidence.ts";
import { bytes } from "./values.ts";
import { storageFactsSchema } from "./storage-facts.ts";
import {
  bootImagesFactsSchema,
  bootLoaderFactsSchema,
  firmwareFactsSchema,
  osFactsSchema,
  platformFactsSchema,
} from "./system-facts.ts";

export { evidenceSchema, type Evidence, type Known } from "./evidence.ts";
export * from "./storage-facts.ts";
export * from "./system-facts.ts";

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
/** With whom a system is registered for its updates. */
export const subscriptionSchema = z.object({
  product: z.enum(["Red Hat", "SUSE", "Ubuntu Pro"]),
  /** `cloud`: through the update servers that a cloud keeps for its own instances. */
  through: z.enum(["vendor", "cloud"]),
  evidence,
});
export type Subscription = z.infer<typeof subscriptionSchema>;

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
  /** Of volumes that Windows keeps beside them; null where they were not looked for. Facts of before knew none. */
  shadowCopies: z.object({ count: known(count), evidence }).default({ count: null, evidence: [] }),
  memory: memoryFactsSchema,
  processor: processorFactsSchema,
  portProbes: z.array(portProbeSchema),
  /** Where the system says that installed updates wait for a restart. Facts of before knew none. */
  pendingRestart: evidence.default([]),
  /** Facts of before knew none. */
  subscriptions: z.array(subscriptionSchema).default([]),
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
      duplicates: [],
      deduplicated: [],
      deviceListComplete: false,
      dynamicDisksLookedFor: false,
    },
    network: { interfaces: null, persistentNameRules: [], usesKernelNames: null },
    services: null,
    clock: { offsetSeconds: null, isSynchronised: null, timeZone: null, evidence: [] },
    selinux: { mode: null, evidence: [] },
    vssWriters: null,
    shadowCopies: { count: null, evidence: [] },
    memory: { totalBytes: null, availableBytes: null, evidence: [] },
    processor: { model: null, logicalCount: null, evidence: [] },
    portProbes: [],
    pendingRestart: [],
    subscriptions: [],
    collection: { collector: null, collectedAt: null, wasPrivileged: null, gaps: [] },
  };
}
