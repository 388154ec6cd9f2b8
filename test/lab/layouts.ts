import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** One file `recipe/layout-<name>.sh` each. */
export const layoutNames = ["gpt-lvm", "mbr-plain"] as const;
export type LayoutName = (typeof layoutNames)[number];

export const isLayoutName = (name: string): name is LayoutName => layoutNames.some((known) => known === name);

const here = dirname(fileURLToPath(import.meta.url));
export const recipeDirectory = join(here, "recipe");
export const payloadDirectory = join(here, "payload");

export const suite = "bookworm";
export const kernelPackage = "linux-image-cloud-amd64";

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
