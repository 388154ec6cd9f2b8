import type { ConversionPlan, GuestSummary } from "../../common/domain/conversion.ts";
import type { Appliance } from "./appliance.ts";
import type { FstabEntry } from "./fstab.ts";
import type { GuestTree } from "./guest-tree.ts";
import type { BlockDevice, Family } from "./inspect.ts";

/** A Linux system whose filesystems are mounted in the appliance. */
export interface LinuxGuest {
  readonly appliance: Appliance;
  readonly tree: GuestTree;
  readonly devices: readonly BlockDevice[];
  readonly root: BlockDevice;
  readonly subvolume: string | null;
  /** Devices of other filesystems that are mounted, by mount point. */
  readonly mounted: ReadonlyMap<string, BlockDevice>;
  readonly family: Family;
  readonly summary: GuestSummary;
  readonly kernels: readonly GuestKernel[];
  /** Of its fstab as it was found. */
  readonly fstab: readonly FstabEntry[];
  /** Where the job's files for temporary use are; claimed. */
  readonly scratchPath: string;
}

/** A kernel in /boot, newest first in a list. */
export interface GuestKernel {
  readonly version: string;
  readonly imagePath: string;
  readonly initramfsPath: string | null;
  /** Module names that are part of the kernel itself. */
  readonly builtin: ReadonlySet<string>;
}

export interface StepOptions {
  readonly choices: ConversionPlan;
  readonly sourceFirmware: "bios" | "uefi";
  readonly targetFirmware: "bios" | "uefi";
  /** Says what is going on. */
  report(note: string): void;
}

/** What a step did, in words; the files it changed through the tree are added by the conversion. */
export interface StepOutcome {
  readonly changes: readonly { readonly what: string; readonly files?: readonly string[] }[];
  readonly notes?: readonly string[];
}

/** One file each under steps/. A step looks for itself whether there is anything to do; doing it twice is harmless. */
export interface ConversionStep {
  readonly id: string;
  /** What it is for, shown while it runs. */
  readonly title: string;
  applies(guest: LinuxGuest, options: StepOptions): boolean;
  run(guest: LinuxGuest, options: StepOptions): Promise<StepOutcome>;
}

export const nothing: StepOutcome = { changes: [] };
