/** A system whose files went into a new layout speaks of its devices by their new names. */
import type { MovedDevices } from "../../../common/domain/conversion.ts";
import type { Told } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { parseFstab } from "../fstab.ts";
import { regenerateConfiguration, reinstallGrub } from "../grub.ts";
import type { ConversionStep, StepChange, StepOutcome } from "../guest.ts";
import type { Inspection } from "../inspect.ts";

const unquoted = (name: string): string => name.replace(/^([A-Z]+=)"(.*)"$/, "$1$2");

function movedDevice(
  name: string,
  mountPoint: string,
  moved: MovedDevices,
): MovedDevices[number] | undefined {
  const plain = unquoted(name).toLowerCase();
  return (
    moved.find((each) => each.mountPoint !== null && each.mountPoint === mountPoint) ??
    moved.find((each) => each.names.some((one) => one.toLowerCase() === plain))
  );
}

/**
 * fstab after the move: entries name the new filesystems and their types; those of filesystems that lie in another now
 * and of swap files, which are left out, are switched off. Pure.
 */
export function fstabAfter(
  text: string,
  moved: MovedDevices,
): { readonly text: string; readonly changes: Told[] } {
  const lines = text.split("\n");
  const changes: Told[] = [];
  for (const entry of parseFstab(text)) {
    const line = lines[entry.line] ?? "";
    const device = movedDevice(entry.device, entry.mountPoint, moved);
    const isSwapFile = entry.type === "swap" && /^\/(?!dev\/)/.test(entry.device);
    if (entry.options.includes("bind") || (device === undefined && !isSwapFile)) continue;
    if (device === undefined || device.name === null) {
      lines[entry.line] = `# ${line}`;
      const why = isSwapFile ? "swap-file" : "joined";
      changes.push(told({ kind: "fstab-off", device: entry.device, mountPoint: entry.mountPoint, why }));
      continue;
    }
    const options =
      device.type === "swap" || entry.type === device.type ? entry.options : plainOptions(entry.options);
    const isRoot = entry.mountPoint === "/";
    const checked = /^(?:ext4|vfat)$/.test(device.type) ? (isRoot ? "1" : "2") : "0";
    const written = `${device.name} ${line.trim().split(/\s+/)[1] ?? entry.mountPoint} ${device.type} ${options.join(",") || "defaults"} 0 ${checked}`;
    if (written.split(" ").join() === line.trim().split(/\s+/).join()) continue;
    lines[entry.line] = written;
    const { name, type } = device;
    changes.push(
      told({ kind: "fstab-name", device: entry.device, mountPoint: entry.mountPoint, name, type }),
    );
  }
  return { text: lines.join("\n"), changes };
}

/** Options that every filesystem knows: those of one may stop another from being mounted. */
function plainOptions(options: readonly string[]): string[] {
  const common =
    /^(?:defaults|ro|rw|noauto|auto|user|users|nouser|exec|noexec|suid|nosuid|dev|nodev|sync|async|atime|noatime|relatime|strictatime|nofail|_netdev|x-.*)$/;
  return options.filter((option) => common.test(option));
}

/** What inspection says of fstab, as it will be: the system's own filesystems are found by it. */
export function followed(inspection: Inspection, moved: MovedDevices | null): Inspection {
  if (moved === null) return inspection;
  const systems = inspection.systems.map((system) => {
    const { text } = fstabAfter(system.fstabText, moved);
    return { ...system, fstabText: text, fstab: parseFstab(text) };
  });
  return { ...inspection, systems };
}

/** Kernel arguments that look for volume groups or encrypted volumes which are no more. */
const activation = /(?:^|(?<=[\s"']))rd\.(?:lvm\.(?:lv|vg)|md\.uuid|luks\.uuid|dm\.uuid)=[^\s"']+\s?/g;

/** `root=` and `resume=` of the new devices, and nothing that waits for the old ones. Pure. */
export function argumentsAfter(text: string, moved: MovedDevices): string {
  return text
    .replaceAll(activation, "")
    .replaceAll(/\b(root|resume)=([^\s"']+)/g, (whole, key: string, name: string) => {
      const device = moved.find((each) => each.names.some((one) => one.toLowerCase() === name.toLowerCase()));
      return device?.name == null ? whole : `${key}=${device.name}`;
    });
}

const argumentFiles =
  /^\/(?:etc\/default\/grub|etc\/kernel\/cmdline|boot\/(?:grub|grub2)\/(?:grub\.cfg|menu\.lst|grub\.conf)|boot\/efi\/EFI\/[^/]+\/grub\.cfg|boot\/loader\/entries\/[^/]+\.conf)$/;

export const newLayout = (moved: MovedDevices): ConversionStep => ({
  id: "new-layout",
  applies: () => true,

  async run(guest, { targetFirmware, report }): Promise<StepOutcome> {
    const { tree } = guest;
    const changes: StepChange[] = [];
    const notes: Told[] = [];
    const fstab = fstabAfter(tree.text("/etc/fstab") ?? "", moved);
    if (fstab.changes.length > 0) {
      tree.write("/etc/fstab", fstab.text);
      changes.push(...fstab.changes);
    }
    const crypttab = tree.text("/etc/crypttab");
    if (crypttab !== undefined && /^\s*[^#\s]/m.test(crypttab)) {
      tree.write("/etc/crypttab", crypttab.replaceAll(/^(?=\s*[^#\s])/gm, "# "));
      changes.push(told({ kind: "crypttab-off" }));
    }
    for (const path of tree.paths(argumentFiles)) {
      const before = tree.text(path) ?? "";
      const after = argumentsAfter(before, moved);
      if (after === before) continue;
      tree.write(path, after);
      changes.push(told({ kind: "kernel-arguments", path }));
    }
    const resume = "/etc/initramfs-tools/conf.d/resume";
    const resumeText = tree.text(resume);
    if (resumeText !== undefined) {
      const after = resumeText.replaceAll(/^RESUME=(\S+)$/gm, (whole, name: string) => {
        const device = moved.find((each) => each.names.includes(name));
        return device?.name == null ? whole : `RESUME=${device.name}`;
      });
      if (after !== resumeText) tree.write(resume, after);
    }
    // What the boot loader knows of disks and modules is of the old layout.
    await tree.flush(guest.appliance);
    report({ kind: "installing-boot-loader", firmware: targetFirmware });
    const installed = await reinstallGrub(guest, targetFirmware);
    if ("failed" in installed) notes.push(told({ kind: "no-loader-on-new-disk", because: installed.failed }));
    else changes.push(installed);
    report({ kind: "writing-grub-configuration" });
    const made = await regenerateConfiguration(guest);
    if (made !== null) changes.push(made);
    return { changes, notes };
  },
});
