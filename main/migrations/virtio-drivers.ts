import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Finding } from "../../common/domain/finding.ts";
import type { JobPlan } from "../../common/domain/plan.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";

/** virtio-win has `viostor/2k12R2/amd64/viostor.inf`; its installer flattens one level. */
const searchDepth = 4;
const storageDriver = /^(?:viostor|vioscsi)\.inf$/i;

/**
 * Before anything is copied: a Windows source without virtio drivers of its own needs them from a folder, or it will
 * find no disk or no network on the target. Fine for every other source, and where the finding was accepted.
 */
export async function checkVirtioDrivers(
  findings: readonly Finding[],
  plan: Pick<JobPlan, "conversion" | "acceptedFindings">,
): Promise<Result<void>> {
  const isNeeded = findings.some(({ message }) => message === "no-virtio-driver.windows");
  if (!isNeeded || !plan.conversion.enabled || plan.acceptedFindings.includes("no-virtio-driver"))
    return ok();
  const folder = plan.conversion.virtioDriversPath;
  if (folder === null) {
    return fail("drivers-missing", told({ kind: "windows-without-virtio" }), { finding: "no-virtio-driver" });
  }
  const kind = await stat(folder).catch(() => null);
  const isThere =
    kind?.isFile() === true
      ? /\.iso$/i.test(folder)
      : kind !== null && (await hasDriver(folder, searchDepth));
  if (isThere) return ok();
  const why =
    kind === null
      ? told({ kind: "folder-absent", folder })
      : told({ kind: "folder-without-drivers", folder });
  return fail("drivers-missing", why, { field: "virtioDriversPath", path: folder });
}

async function hasDriver(folder: string, depth: number): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some((entry) => entry.isFile() && storageDriver.test(entry.name))) return true;
  if (depth === 0) return false;
  for (const entry of entries)
    if (entry.isDirectory() && (await hasDriver(join(folder, entry.name), depth - 1))) return true;
  return false;
}
