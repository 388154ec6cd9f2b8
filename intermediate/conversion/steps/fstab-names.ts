import type { Told } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { ConversionStep, StepChange, StepOutcome } from "../guest.ts";
import { isVolatile, parseFstab, replaceEntry, resolveDevice, stableName } from "../fstab.ts";

/** fstab by UUID: disks have other names on another machine. What is not there may be missing at boot. */
export const fstabNames: ConversionStep = {
  id: "fstab-names",
  applies: ({ fstab }) => fstab.some(({ device }) => isVolatile(device)),

  async run({ tree, devices }): Promise<StepOutcome> {
    const changes: StepChange[] = [];
    const notes: Told[] = [];
    for (const entry of parseFstab(tree.text("/etc/fstab") ?? "")) {
      const text = tree.text("/etc/fstab") ?? "";
      const { device, mountPoint } = entry;
      if (!isVolatile(entry.device)) continue;
      if (["none", "proc", "sysfs", "tmpfs"].includes(entry.type)) continue;
      const found = resolveDevice(entry.device, devices);
      const fits =
        found !== undefined &&
        (entry.type === "auto" || found.type === null || sameType(entry.type, found.type));
      const name = fits ? stableName(found) : null;
      if (name !== null) {
        tree.write("/etc/fstab", replaceEntry(text, entry, { device: name }));
        changes.push(told({ kind: "fstab-name", device, mountPoint, name, type: null }));
      } else if (/^(\/|\/usr|\/boot)$/.test(entry.mountPoint)) {
        notes.push(told({ kind: "fstab-unknown", device, mountPoint }));
      } else {
        const addOptions = ["nofail", "x-systemd.device-timeout=10s"];
        if (!tree.write("/etc/fstab", replaceEntry(text, entry, { addOptions }))) continue;
        changes.push(told({ kind: "fstab-not-awaited", device, mountPoint }));
      }
    }
    return { changes, notes };
  },
};

/** ext2, ext3 and ext4 are mounted for each other. */
function sameType(wanted: string, found: string): boolean {
  const kind = (type: string): string => (/^ext[234]$/.test(type) ? "ext" : type);
  return wanted.split(",").map(kind).includes(kind(found));
}
