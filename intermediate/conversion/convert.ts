/** Makes the system in a replica fit for its target, in overlays over the replica. */
import { ok } from "../../common/result.ts";
import type { TaskImplementations } from "../tasks/implementations.ts";
import { createOverlays } from "./overlays.ts";

/** See {@link TaskImplementations}. */
export const convert: TaskImplementations["convert"] = async (options) => {
  const begun = performance.now();
  options.report({ done: 0, total: 0, unit: "seconds", note: "making overlays" });
  const overlays = await createOverlays(options.disks, options.workDirectory, options);
  if (!overlays.ok) return overlays;
  await overlays.value.publish();
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  return ok({ guest: null, changes: [], notes: [], seconds });
};
