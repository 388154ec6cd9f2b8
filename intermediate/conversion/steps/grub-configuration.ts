import { canBoot, grubFolder, regenerateConfiguration } from "../grub.ts";
import { nothing, type ConversionStep, type StepOutcome } from "../guest.ts";

/** A GRUB whose configuration is gone or boots nothing gets one. */
export const grubConfiguration: ConversionStep = {
  id: "grub-configuration",
  title: "GRUB's configuration",
  applies: (guest) => grubFolder(guest) !== null && guest.kernels.length > 0,

  async run(guest, { report }): Promise<StepOutcome> {
    const folder = grubFolder(guest) ?? "";
    if (canBoot(guest.tree.text(`${folder}/grub.cfg`))) return nothing;
    // Fedora and its kin have the real one on the EFI partition.
    if (
      guest.tree.paths(/^\/boot\/efi\/EFI\/[^/]+\/grub\.cfg$/).some((path) => canBoot(guest.tree.text(path)))
    )
      return nothing;
    report("writing GRUB's configuration anew");
    const made = await regenerateConfiguration(guest);
    return made === null
      ? { changes: [], notes: ["GRUB's configuration boots nothing, and none could be made"] }
      : { changes: [made] };
  },
};
