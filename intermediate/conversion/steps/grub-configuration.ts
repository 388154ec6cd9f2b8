import { told } from "../../../common/domain/report-text/told.ts";
import { canBoot, grubFolder, regenerateConfiguration, reinstallGrub } from "../grub.ts";
import { bootDisk, hasEmptyBootCode } from "../inspect.ts";
import {
  nothing,
  type ConversionStep,
  type LinuxGuest,
  type StepOptions,
  type StepOutcome,
} from "../guest.ts";

/** A GRUB whose configuration is gone or boots nothing gets one. */
export const grubConfiguration: ConversionStep = {
  id: "grub-configuration",
  applies: (guest) => grubFolder(guest) !== null && guest.kernels.length > 0,

  async run(guest, options): Promise<StepOutcome> {
    const { report } = options;
    const folder = grubFolder(guest) ?? "";
    const boot = await bootCode(guest, options);
    if (canBoot(guest.tree.text(`${folder}/grub.cfg`))) return boot;
    // Fedora and its kin have the real one on the EFI partition.
    if (
      guest.tree.paths(/^\/boot\/efi\/EFI\/[^/]+\/grub\.cfg$/).some((path) => canBoot(guest.tree.text(path)))
    )
      return boot;
    report({ kind: "writing-grub-configuration" });
    const made = await regenerateConfiguration(guest);
    return made === null
      ? {
          ...boot,
          notes: [...(boot.notes ?? []), told({ kind: "grub-configuration-impossible" })],
        }
      : { ...boot, changes: [...boot.changes, made] };
  },
};

/** A BIOS starts the code in the first sector; where all of it is gone, GRUB's is put there again. */
async function bootCode(
  guest: LinuxGuest,
  { targetFirmware, sourceFirmware, report }: StepOptions,
): Promise<StepOutcome> {
  const disk = bootDisk(guest.devices);
  const isGone = disk !== undefined && hasEmptyBootCode(disk);
  if (!isGone || targetFirmware !== "bios" || sourceFirmware !== "bios") return nothing;
  report({ kind: "installing-boot-loader", firmware: targetFirmware });
  const made = await reinstallGrub(guest, "bios");
  return "failed" in made
    ? { changes: [], notes: [told({ kind: "boot-sector-empty", because: made.failed })] }
    : { changes: [made] };
}
