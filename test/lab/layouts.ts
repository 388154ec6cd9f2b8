import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** One file `recipe/layout-<name>.sh` each. */
export const layoutNames = ["gpt-lvm", "gpt-xfs", "mbr-plain", "mbr-extended", "uefi-btrfs"] as const;
export type LayoutName = (typeof layoutNames)[number];

export const isLayoutName = (name: string): name is LayoutName => layoutNames.some((known) => known === name);

const here = dirname(fileURLToPath(import.meta.url));
export const recipeDirectory = join(here, "recipe");
export const payloadDirectory = join(here, "payload");

export const suiteNames = ["bullseye", "bookworm", "trixie"] as const;
export type SuiteName = (typeof suiteNames)[number];

/**
 * `cloud` is small; `full` is what servers have; `dracut` is that with an initramfs by dracut, as Red Hat's and SUSE's
 * systems make theirs; `selinux` has SELinux beside that.
 */
const kernels = {
  cloud: "linux-image-cloud-amd64,initramfs-tools",
  full: "linux-image-amd64,initramfs-tools,grub-efi-amd64-bin,dosfstools,btrfs-progs",
  dracut: "linux-image-amd64,dracut",
  selinux: "linux-image-amd64,dracut,selinux-policy-default,policycoreutils",
} as const;
export type KernelName = keyof typeof kernels;

/** A server of the lab. */
export interface LabGuest {
  readonly layout: LayoutName;
  readonly suite: SuiteName;
  readonly kernel: KernelName;
}

/** `bookworm/gpt-lvm/cloud` */
export const nameOfGuest = ({ suite, layout, kernel }: LabGuest): string => [suite, layout, kernel].join("/");

/** What tests and demo use where nothing else is said. */
export const usualGuest = (layout: LayoutName): LabGuest => ({
  layout,
  suite: "bookworm",
  kernel: layout === "uefi-btrfs" || layout === "gpt-xfs" ? "full" : "cloud",
});

export const firmwareOf = (layout: LayoutName): "bios" | "uefi" =>
  layout === "uefi-btrfs" ? "uefi" : "bios";

/**
 * The kernel and what else the root filesystem needs for it, as mmdebstrap takes them. Debian's installer has merged
 * /usr since long; mmdebstrap does so from bookworm on.
 */
export const kernelPackages = ({ kernel, suite }: LabGuest): string =>
  suite === "bullseye" ? `${kernels[kernel]},usrmerge` : kernels[kernel];

export const rootfsRecipeFiles: readonly string[] = [join(recipeDirectory, "rootfs.sh")];

/** What an image of this layout is made of, besides the root filesystem. */
export function imageRecipeFiles(layout: LayoutName): string[] {
  const shared = readdirSync(recipeDirectory).filter(
    (name) => name !== "rootfs.sh" && !name.startsWith("layout-"),
  );
  const payload = readdirSync(payloadDirectory).map((name) => join(payloadDirectory, name));
  return [...shared, `layout-${layout}.sh`]
    .toSorted()
    .map((name) => join(recipeDirectory, name))
    .concat(payload.toSorted());
}
