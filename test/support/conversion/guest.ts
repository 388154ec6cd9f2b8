import { defaultConversion, type ConversionPlan } from "../../../common/domain/conversion.ts";
import type { Appliance } from "../../../intermediate/conversion/appliance.ts";
import { parseFstab } from "../../../intermediate/conversion/fstab.ts";
import { GuestTree } from "../../../intermediate/conversion/guest-tree.ts";
import type { ConversionStep, LinuxGuest, StepOptions } from "../../../intermediate/conversion/guest.ts";
import type { BlockDevice } from "../../../intermediate/conversion/inspect.ts";
import { partition } from "./devices.ts";

/** A guest that is a tree of files and nothing else: for steps that change configuration alone. */
export function guestOf(
  files: Readonly<Record<string, string>>,
  facts: Partial<LinuxGuest> = {},
): LinuxGuest {
  const root: BlockDevice = partition(0, 1, { type: "ext4", uuid: "root-uuid" });
  return {
    appliance: undefined as unknown as Appliance,
    tree: new GuestTree(new Map(Object.entries(files)), []),
    devices: [root],
    root,
    subvolume: null,
    mounted: new Map(),
    family: "debian",
    summary: {
      platform: "linux",
      name: "Debian GNU/Linux 12",
      distribution: "debian",
      rootDevice: "/dev/sda1",
      rootFilesystem: "ext4",
      rootSubvolume: null,
      kernel: "6.1.0-1-amd64",
    },
    kernels: [],
    fstab: parseFstab(files["/etc/fstab"] ?? ""),
    scratchPath: "/nowhere",
    ...facts,
  };
}

/** Runs a step if it applies, and gives what it said. */
export async function runStep(
  step: ConversionStep,
  guest: LinuxGuest,
  choices: Partial<ConversionPlan> = {},
): Promise<{ changes: string[]; notes: readonly string[] }> {
  const options: StepOptions = {
    choices: { ...defaultConversion, ...choices },
    sourceFirmware: "bios",
    targetFirmware: "bios",
    report: () => undefined,
  };
  if (!step.applies(guest, options)) return { changes: [], notes: [] };
  const outcome = await step.run(guest, options);
  return {
    changes: outcome.changes.map(({ what }) => what),
    notes: (outcome.notes ?? []).map(({ what }) => what),
  };
}
