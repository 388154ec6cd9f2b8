/** What became of a system that was booted to prove that it boots. */
import { z } from "zod";
import { conversionChangeSchema } from "./conversion.ts";
import { toldSchema } from "./remark.ts";

/** Why a machine did not come up, or came up with something missing. */
export const bootCauses = [
  "no-bootable-device",
  "boot-loader-rescue",
  "boot-loader-prompt",
  "kernel-panic",
  "initramfs-shell",
  "passphrase-wanted",
  "emergency-mode",
  "filesystem-wait",
  "degraded",
  "ended",
  "timeout",
] as const;
export type BootCause = (typeof bootCauses)[number];

/** What the system said of itself from inside, once it was up. */
export const bootCheckInSchema = z.object({
  kernel: z.string(),
  init: z.string(),
  /** Device and type of the root filesystem. */
  root: z.string(),
  /** Mount points of fstab that are not mounted. */
  unmounted: z.array(z.string()),
  /** Swap areas of fstab are all in use; null where fstab names none. */
  swap: z.boolean().nullable(),
  /** Null where there is no sshd. */
  sshd: z.boolean().nullable(),
  failedUnits: z.array(z.string()),
});
export type BootCheckIn = z.infer<typeof bootCheckInSchema>;

/** A remedy that was tried on a system that did not boot. */
export const bootRepairSchema = z.object({
  /** Null in records of earlier versions. */
  id: z.string().nullable().default(null),
  remedy: z.string(),
  booted: z.boolean(),
  /** In the images from now on. */
  kept: z.boolean(),
  /** What the machine said with this remedy. */
  evidence: z.string(),
  /** The same in its parts; empty in records of earlier versions. */
  found: z.array(toldSchema).default([]),
  changes: z.array(conversionChangeSchema),
});
export type BootRepair = z.infer<typeof bootRepairSchema>;

export const bootVerdictSchema = z.object({
  booted: z.boolean(),
  /** Null where it is up and whole. */
  cause: z.enum(bootCauses).nullable().default(null),
  /** Null where the system could not be given a check-in of ours, or said nothing. */
  checkIn: bootCheckInSchema.nullable().default(null),
  /** In the order in which they were tried. */
  repairs: z.array(bootRepairSchema).default([]),
  /** How it was known: the login prompt on serial, on screen … or the named cause of the failure. */
  evidence: z.string(),
  /** The same in its parts; empty in records of earlier versions. */
  found: z.array(toldSchema).default([]),
  accelerator: z.enum(["kvm", "tcg"]),
  secondsToVerdict: z.number(),
  consoleLogPath: z.string(),
  screenshotPath: z.string().nullable(),
  /** `what` is one of `bootStages`. */
  timeline: z.array(z.object({ atSeconds: z.number(), what: z.string() })),
});
export type BootVerdict = z.infer<typeof bootVerdictSchema>;
