import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { told } from "../../common/domain/report-text/told.ts";
import { failure, type Failure } from "../../common/result.ts";
import { findTool } from "../qemu/run-tool.ts";

const install = "apt-get install --no-install-recommends guestfish linux-image-amd64 virt-v2v";

/** Where the appliance's kernel is looked for. */
export interface KernelPlaces {
  readonly boot: string;
  readonly modules: string;
}

const usualPlaces: KernelPlaces = { boot: "/boot", modules: "/lib/modules" };

const isReadable = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );

/**
 * Why no disk can be converted here, or null. Looks at what libguestfs needs to start its appliance as this user: its
 * programs, QEMU, and a kernel with its modules that this user may read (some distributions keep theirs from anybody
 * but root).
 */
export async function conversionUnavailable(places: KernelPlaces = usualPlaces): Promise<Failure | null> {
  for (const tool of ["guestfish", "supermin", "qemu-system-x86_64", "qemu-img"]) {
    const found = await findTool(tool);
    if (found.ok) continue;
    const message = told({ kind: "conversion-lacks", program: tool });
    return failure("tool-missing", message, { tool }, told({ kind: "install-packages", command: install }));
  }
  // The admin's own appliance or kernel: libguestfs says itself where they do not fit.
  if (process.env["LIBGUESTFS_PATH"] !== undefined || process.env["SUPERMIN_KERNEL"] !== undefined) {
    return null;
  }
  const versions = new Set(await readdir(places.modules).catch((): string[] => []));
  const kernels = (await readdir(places.boot).catch((): string[] => []))
    .filter((name) => name.startsWith("vmlinuz-"))
    .filter((name) => versions.has(name.slice("vmlinuz-".length)));
  if (kernels.length === 0) {
    const message = told({ kind: "conversion-lacks-kernel" });
    return failure(
      "tool-missing",
      message,
      { ...places },
      told({ kind: "install-packages", command: install }),
    );
  }
  for (const name of kernels) if (await isReadable(join(places.boot, name))) return null;
  const path = join(places.boot, kernels[0] ?? "");
  return failure(
    "tool-missing",
    told({ kind: "kernel-unreadable", folder: places.boot }),
    { path },
    told({ kind: "make-kernel-readable", path }),
  );
}
