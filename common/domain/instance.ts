/** Instances: virtual machines that a migrated system is handed over to. */
import { z } from "zod";
import { cloudMakingSchema, cloudPlaceSchema } from "./cloud.ts";
import type { CutoverState } from "./cutover.ts";
import { instanceNameSchema } from "./instance-name.ts";
import { portSchema } from "./source.ts";

export { instanceNameSchema };

/** A TCP port on this machine that leads to one of the instance. */
export const instanceForwardSchema = z.object({
  listenAddress: z.string().min(1).default("127.0.0.1"),
  hostPort: portSchema,
  guestPort: portSchema,
});

export const instanceDrivers = ["qemu", "libvirt", "alibaba-cloud"] as const;

/** What an instance is made of, apart from its disks. */
export const instanceSpecSchema = z.object({
  name: instanceNameSchema,
  /** Who runs it: a QEMU process of ours, libvirt, or ECS. */
  driver: z.enum(instanceDrivers).default("qemu"),
  memoryMiB: z.number().int().min(16).max(1_048_576).default(1024),
  cpus: z.number().int().min(1).max(256).default(1),
  firmware: z.enum(["bios", "uefi"]).default("bios"),
  accelerator: z.enum(["auto", "kvm", "tcg"]).default("auto"),
  /** `none` has no network card; `user` reaches out through this machine and is reached by `forwards`. */
  network: z.enum(["none", "user"]).default("user"),
  forwards: z.array(instanceForwardSchema).max(32).default([]),
  /** Of the driver `alibaba-cloud`, whose machines have the memory and processors of their type; null for others. */
  cloud: z
    .object({
      place: cloudPlaceSchema.omit({ result: true }),
      /** What it is made with, and what a drill's is; null where it is there and nobody said. */
      making: cloudMakingSchema.nullable().default(null),
    })
    .nullable()
    .default(null),
});
export type InstanceSpec = z.infer<typeof instanceSpecSchema>;

/** A disk of an instance: a qcow2 file in the instance's folder, perhaps over an image in that folder. */
export const instanceDiskSchema = z.object({
  file: z.string(),
  /** File name of the image it rests on; null for a disk of its own. */
  base: z.string().nullable(),
  /** What it was made for: the cutover that brought it, or `initial`. */
  tag: z.string(),
  sizeBytes: z.number().int().positive(),
});
export type InstanceDisk = z.infer<typeof instanceDiskSchema>;

export const instanceViewSchema = z.object({
  spec: instanceSpecSchema,
  power: z.enum(["running", "stopped"]),
  pid: z.number().int().nullable(),
  accelerator: z.enum(["kvm", "tcg"]).nullable(),
  /** The disk it boots from comes first; empty for an instance without disks. */
  disks: z.array(instanceDiskSchema),
  /** Disks that were replaced and are kept until the admin finalises; null where none were replaced. */
  keptDisks: z.array(instanceDiskSchema).nullable(),
  folder: z.string(),
  consoleLogPath: z.string(),
  /** A Unix socket that speaks the first serial port's bytes. */
  serialSocketPath: z.string(),
  createdAt: z.iso.datetime(),
  /** Its id in the cloud; null for one that is not made yet, absent for one on this machine. */
  cloudInstanceId: z.string().nullable().optional(),
});
export type InstanceView = z.infer<typeof instanceViewSchema>;

/** An instance among others: which job's drill or cutover has it, has yet to be finalised, or was the last to. */
export const listedInstanceSchema = instanceViewSchema.extend({
  heldBy: z
    .object({
      job: z.string(),
      state: z.enum(["testing", "cutover-in-progress", "cut-over", "finalised"]),
    })
    .nullable(),
});
export type ListedInstance = z.infer<typeof listedInstanceSchema>;

/** Whose cutover has the instance; one that may still be taken back goes before those that are finalised. */
export function holderOf(
  instance: string,
  cutovers: readonly { readonly job: string; readonly state: CutoverState }[],
): ListedInstance["heldBy"] {
  const holders = cutovers.flatMap(({ job, state }) =>
    "instance" in state && state.instance === instance ? [{ job, state: state.name }] : [],
  );
  return holders.find(({ state }) => state !== "finalised") ?? holders[0] ?? null;
}

/** True where a cutover of `job` may hand over to it: it is no drill's own, and no other cutover's. */
export function isOffered({ heldBy }: Pick<ListedInstance, "heldBy">, job: string): boolean {
  if (heldBy === null || heldBy.state === "finalised") return true;
  return heldBy.state !== "testing" && heldBy.job === job;
}
