/** What is done to a system that does not boot, by the cause that was seen. */
import type { BootCause } from "../../common/domain/boot-verdict.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { parseFstab, replaceEntry, resolveDevice, stableName } from "./fstab.ts";
import { shellWord } from "./guest-tree.ts";
import type { ConversionStep, LinuxGuest, StepChange, StepOutcome } from "./guest.ts";
import { reinstallGrub, regenerateConfiguration } from "./grub.ts";

export interface Remedy extends ConversionStep {
  /** In English, for records. */
  readonly title: string;
  readonly causes: readonly BootCause[];
}

const always = (): boolean => true;

/** `root=` in a kernel's line; GRUB's own variable of that name is another matter. */
const kernelRoot = /((?:^|\n)[ \t]*(?:linux(?:16|efi)?|kernel|options)[ \t][^\n]*?[ \t]|^)root=(\S+)/g;

/** root= of every kernel line names the root filesystem that is there. */
const rootArguments: Remedy = {
  id: "repair-root-arguments",
  title: "kernels get the root filesystem that is there",
  causes: ["initramfs-shell", "kernel-panic"],
  applies: always,
  async run({ tree, root, devices }): Promise<StepOutcome> {
    const name = stableName(root);
    if (name === null) return { changes: [] };
    const changes: StepChange[] = [];
    const places =
      /^\/boot\/(?:grub2?\/(?:grub\.cfg|menu\.lst|grub\.conf)|loader\/entries\/[^/]+\.conf)$|^\/etc\/kernel\/cmdline$/;
    for (const path of tree.paths(places)) {
      const text = tree.text(path) ?? "";
      const wrong = new Set<string>();
      const changed = text.replaceAll(kernelRoot, (whole, before: string, value: string) => {
        if (resolveDevice(value, devices)?.path === root.path || value.startsWith("$")) return whole;
        wrong.add(value);
        return `${before}root=${name}`;
      });
      if (wrong.size === 0) continue;
      tree.write(path, changed);
      changes.push(told({ kind: "root-argument", path, name, wrong: [...wrong] }));
    }
    return { changes };
  },
};

const configuration: Remedy = {
  id: "repair-grub-configuration",
  title: "GRUB's configuration is made anew",
  causes: ["boot-loader-prompt", "boot-loader-rescue", "initramfs-shell", "kernel-panic", "ended", "timeout"],
  applies: always,
  async run(guest): Promise<StepOutcome> {
    const made = await regenerateConfiguration(guest);
    return { changes: made === null ? [] : [made] };
  },
};

const bootLoader: Remedy = {
  id: "repair-boot-loader",
  title: "the boot loader is installed anew",
  causes: ["no-bootable-device", "boot-loader-rescue", "boot-loader-prompt", "ended", "timeout"],
  applies: always,
  async run(guest, { targetFirmware }): Promise<StepOutcome> {
    const made = await reinstallGrub(guest, targetFirmware);
    return "failed" in made ? { changes: [], notes: [made.failed] } : { changes: [made] };
  },
};

const initramfs: Remedy = {
  id: "repair-initramfs",
  title: "the initramfs is made anew by the system's own tools",
  causes: ["initramfs-shell", "kernel-panic", "timeout"],
  applies: ({ kernels }) => kernels.length > 0,
  async run({ appliance, tree, kernels }): Promise<StepOutcome> {
    const [kernel] = kernels;
    if (kernel === undefined) return { changes: [] };
    const { version } = kernel;
    const path = kernel.initramfsPath ?? `/boot/initramfs-${version}.img`;
    const has = (tool: string): boolean => tree.paths(new RegExp(`bin/${tool}$`)).length > 0;
    const command = has("update-initramfs")
      ? `update-initramfs -c -k ${shellWord(version)}`
      : has("dracut")
        ? `dracut --force --no-hostonly ${shellWord(path)} ${shellWord(version)}`
        : has("mkinitrd")
          ? "mkinitrd"
          : null;
    if (command === null) return { changes: [], notes: [told({ kind: "no-initramfs-tool" })] };
    const made = await appliance.command("sh", `${command} 2>&1`);
    return made.ok
      ? { changes: [{ ...told({ kind: "initramfs-anew", kernel: version }), files: [path] }] }
      : { changes: [], notes: [told({ kind: "tool-said", text: made.error })] };
  },
};

/** What fstab names and no disk has: the right filesystem where only one can be meant, and no waiting otherwise. */
const fstab: Remedy = {
  id: "repair-fstab",
  title: "fstab without filesystems that are not there",
  causes: ["emergency-mode", "filesystem-wait", "timeout"],
  applies: always,
  async run({ tree, root, devices }: LinuxGuest): Promise<StepOutcome> {
    const changes: StepChange[] = [];
    for (const entry of parseFstab(tree.text("/etc/fstab") ?? "")) {
      const text = tree.text("/etc/fstab") ?? "";
      if (!/^(?:UUID|LABEL|PARTUUID)=|^\/dev\//.test(entry.device)) continue;
      if (resolveDevice(entry.device, devices) !== undefined) continue;
      const rootName = stableName(root);
      const changed =
        entry.mountPoint === "/" && rootName !== null
          ? replaceEntry(text, entry, { device: rootName })
          : replaceEntry(text, entry, { addOptions: ["nofail", "x-systemd.device-timeout=10s"] });
      if (!tree.write("/etc/fstab", changed)) continue;
      const { device, mountPoint } = entry;
      changes.push(
        mountPoint === "/" && rootName !== null
          ? told({ kind: "fstab-root", device, name: rootName })
          : told({ kind: "fstab-not-awaited", device, mountPoint }),
      );
    }
    return { changes };
  },
};

const remedies: readonly Remedy[] = [rootArguments, fstab, bootLoader, configuration, initramfs];

/** The remedies for a cause, cheapest and likeliest first. */
export function remediesFor(cause: BootCause | null): readonly Remedy[] {
  return cause === null ? [] : remedies.filter(({ causes }) => causes.includes(cause));
}
