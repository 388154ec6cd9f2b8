import type { ConversionPlan, GuestSummary } from "../../common/domain/conversion.ts";
import type { Remark, Told } from "../../common/domain/remark.ts";
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
  report(doing: Remark): void;
}

/** One thing that a step did; `files` beside those that it wrote through the tree. */
export type StepChange = Told & { readonly files?: readonly string[] };

/** What a step did; the files it changed through the tree are added by the conversion. */
export interface StepOutcome {
  readonly changes: readonly StepChange[];
  readonly notes?: readonly Told[];
}

/** One file each under steps/. A step looks for itself whether there is anything to do; doing it twice is harmless. */
export interface ConversionStep {
  /** Names it in the catalogues of words too. */
  readonly id: string;
  applies(guest: LinuxGuest, options: StepOptions): boolean;
  run(guest: LinuxGuest, options: StepOptions): Promise<StepOutcome>;
}

export const nothing: StepOutcome = { changes: [] };
