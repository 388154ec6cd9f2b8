import { told } from "../../../common/domain/report-text/told.ts";
import type { BlockDevice } from "../inspect.ts";
import { isVolatile, resolveDevice, stableName } from "../fstab.ts";
import type { ConversionStep, StepChange, StepOutcome } from "../guest.ts";

/** Where kernels get their arguments from. */
const places =
  /^\/(?:etc\/default\/grub|etc\/kernel\/cmdline|boot\/(?:grub|grub2)\/(?:grub\.cfg|menu\.lst|grub\.conf)|boot\/efi\/EFI\/[^/]+\/grub\.cfg|boot\/loader\/entries\/[^/]+\.conf)$/;

/** `root=` and `resume=` by what stays the same; null where nothing is to be changed. */
export function stableArguments(
  text: string,
  devices: readonly BlockDevice[],
): { readonly text: string; readonly names: readonly string[] } | null {
  const names = new Set<string>();
  const changed = text.replaceAll(
    /\b(root|resume)=(\/dev\/[^\s"']+)/g,
    (whole, key: string, name: string) => {
      const found = isVolatile(name) ? resolveDevice(name, devices) : undefined;
      const stable = found === undefined ? null : stableName(found);
      if (stable === null) return whole;
      names.add(`${key}=${name}`);
      return `${key}=${stable}`;
    },
  );
  return names.size === 0 ? null : { text: changed, names: [...names] };
}

/** Kernel arguments by UUID, and no map of the old machine's disks for GRUB. */
export const bootNames: ConversionStep = {
  id: "boot-names",
  applies: ({ tree }) => tree.paths(places).length > 0 || tree.paths(/\/device\.map$/).length > 0,

  async run({ tree, devices }): Promise<StepOutcome> {
    const changes: StepChange[] = [];
    for (const path of tree.paths(places)) {
      const stable = stableArguments(tree.text(path) ?? "", devices);
      if (stable === null) continue;
      tree.write(path, stable.text);
      changes.push(told({ kind: "boot-names", names: [...stable.names], path }));
    }
    for (const path of tree.paths(/^\/boot\/grub2?\/device\.map$/)) {
      if (!/\/dev\//.test(tree.text(path) ?? "")) continue;
      tree.remove(path);
      changes.push(told({ kind: "device-map-removed", path }));
    }
    return { changes };
  },
};
