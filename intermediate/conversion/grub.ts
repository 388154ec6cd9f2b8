/** GRUB's files in a guest: whether they can boot anything, and how they are made anew. */
import type { Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { stableName } from "./fstab.ts";
import { shellWord } from "./guest-tree.ts";
import type { LinuxGuest, StepChange } from "./guest.ts";
import { bootDisk } from "./inspect.ts";

/** The folder of GRUB's own files; null where there is no GRUB 2. */
export function grubFolder({ tree }: Pick<LinuxGuest, "tree">): string | null {
  return (
    ["/boot/grub2", "/boot/grub"].find((folder) => tree.paths(new RegExp(`^${folder}/`)).length > 0) ?? null
  );
}

/** A configuration that boots a kernel: entries of its own, or those of the boot loader specification. */
export function canBoot(configuration: string | undefined): boolean {
  return (
    configuration !== undefined &&
    (/^\s*linux(?:16|efi)?\s+\S+/m.test(configuration) || /^\s*blscfg\b/m.test(configuration))
  );
}

/**
 * A plain configuration with an entry for each kernel, in GRUB's language, that depends on no tool of the guest.
 * `bootUuid` is of the filesystem with the kernels, `prefix` is the path to them on it.
 */
export function plainConfiguration(options: {
  readonly kernels: readonly {
    readonly version: string;
    readonly image: string;
    readonly initramfs: string | null;
  }[];
  readonly bootUuid: string;
  readonly rootName: string;
  readonly name: string;
  readonly kernelArguments: string;
}): string {
  const { bootUuid, rootName, name, kernelArguments } = options;
  const entries = options.kernels.map(({ version, image, initramfs }) =>
    [
      `menuentry '${name.replaceAll("'", "")}, with Linux ${version}' {`,
      `  search --no-floppy --fs-uuid --set=root ${bootUuid}`,
      `  linux ${image} root=${rootName} ro ${kernelArguments}`.trimEnd(),
      ...(initramfs === null ? [] : [`  initrd ${initramfs}`]),
      "}",
    ].join("\n"),
  );
  const modules = ["part_gpt", "part_msdos", "ext2", "xfs", "btrfs", "lvm", "search_fs_uuid"];
  return [
    "# Written when this system was migrated, because GRUB's own configuration could boot nothing.",
    "# It is replaced the next time that the system's own tools make one.",
    ...modules.map((module) => `insmod ${module}`),
    "set default=0",
    "set timeout=3",
    ...entries,
    "",
  ].join("\n");
}

/** Values of GRUB_CMDLINE_LINUX and GRUB_CMDLINE_LINUX_DEFAULT. */
export function defaultArguments(defaults: string | undefined): string {
  const value = (key: string): string =>
    new RegExp(`^${key}=(["']?)(.*)\\1\\s*$`, "m").exec(defaults ?? "")?.[2] ?? "";
  return `${value("GRUB_CMDLINE_LINUX")} ${value("GRUB_CMDLINE_LINUX_DEFAULT")}`.trim();
}

/** Writes grub.cfg anew: with the guest's tools, or plainly where they fail. Gives what was done, or null. */
export async function regenerateConfiguration(guest: LinuxGuest): Promise<StepChange | null> {
  const { appliance, tree, kernels, root, summary } = guest;
  const folder = grubFolder(guest);
  if (folder === null || kernels.length === 0) return null;
  const path = `${folder}/grub.cfg`;
  const tool = ["grub-mkconfig", "grub2-mkconfig"].find(
    (name) => tree.paths(new RegExp(`bin/${name}$`)).length > 0,
  );
  if (tool !== undefined) {
    const made = await appliance.command(
      "sh",
      `GRUB_DISABLE_OS_PROBER=true ${tool} -o ${shellWord(path)} 2>&1`,
    );
    const text = made.ok ? await appliance.command("cat", path) : made;
    if (text.ok && canBoot(text.text)) {
      tree.adopt(path, text.text);
      return { ...told({ kind: "grub-configuration", path, tool }), files: [path] };
    }
  }
  const bootEntry = guest.fstab.find(({ mountPoint }) => mountPoint === "/boot");
  const bootDevice = bootEntry === undefined ? root : (guest.mounted.get("/boot") ?? root);
  const rootName = stableName(root);
  if (bootDevice.uuid === null || rootName === null) return null;
  const subvolume = bootDevice === root && guest.subvolume !== null ? `/${guest.subvolume}` : "";
  const place = (file: string): string =>
    bootDevice === root ? `${subvolume}${file}` : file.slice("/boot".length);
  const flags = guest.subvolume === null ? "" : `rootflags=subvol=${guest.subvolume} `;
  const text = plainConfiguration({
    kernels: kernels.map(({ version, imagePath, initramfsPath }) => ({
      version,
      image: place(imagePath),
      initramfs: initramfsPath === null ? null : place(initramfsPath),
    })),
    bootUuid: bootDevice.uuid,
    rootName,
    name: summary.name,
    kernelArguments: `${flags}${defaultArguments(tree.text("/etc/default/grub"))}`.trim(),
  });
  tree.write(path, text);
  return { ...told({ kind: "grub-configuration-plain", path, kernels: kernels.length }), files: [path] };
}

/** Installs GRUB's code for the firmware anew, with the guest's own tools. Gives what was done, or why it failed. */
export async function reinstallGrub(
  { appliance, tree, devices }: LinuxGuest,
  firmware: "bios" | "uefi",
): Promise<Told | { readonly failed: Told }> {
  const tool = ["grub-install", "grub2-install"].find(
    (name) => tree.paths(new RegExp(`bin/${name}$`)).length > 0,
  );
  if (tool === undefined) return { failed: told({ kind: "no-grub-install" }) };
  const target = firmware === "bios" ? "i386-pc" : "x86_64-efi";
  if (tree.paths(new RegExp(`^/usr/lib/grub/${target}$`)).length === 0) {
    return { failed: told({ kind: "no-grub-for", target }) };
  }
  const disk = bootDisk(devices)?.node ?? "/dev/sda";
  const where =
    firmware === "bios" ? `--no-floppy --force ${disk}` : "--efi-directory=/boot/efi --removable --no-nvram";
  const answer = await appliance.command("sh", `${tool} --target=${target} ${where} 2>&1`);
  if (!answer.ok) {
    const text = answer.error.split("\n").at(-1) ?? answer.error;
    return { failed: told({ kind: "tool-said", text }) };
  }
  return told({ kind: "grub-installed", firmware });
}
