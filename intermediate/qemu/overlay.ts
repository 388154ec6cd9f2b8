import { fail, ok, type Result } from "../../common/result.ts";
import { runTool } from "./run-tool.ts";

export interface OverlayOptions {
  /** Absolute path of the qcow2 file to make. */
  readonly path: string;
  readonly sizeBytes: number;
  /**
   * What the overlay's header names as the file below it, relative to the overlay's own folder. Absent: the header names
   * none, and whoever opens the overlay has to say what it rests on.
   */
  readonly backing?: { readonly relativePath: string; readonly format: "raw" | "qcow2" };
  readonly signal: AbortSignal;
}

/** Makes a qcow2 overlay that is as large as its disk, in whole sectors. `tool-missing`, `no-space`, `image-failed`, `cancelled`. */
export async function createOverlay({
  path,
  sizeBytes,
  backing,
  signal,
}: OverlayOptions): Promise<Result<void>> {
  const sectors = Math.ceil(sizeBytes / 512) * 512;
  const below = backing === undefined ? [] : ["-b", backing.relativePath, "-F", backing.format];
  const argv = ["create", "-q", "-f", "qcow2", ...below, path, String(sectors)];
  const created = await runTool("qemu-img", argv, { signal });
  if (!created.ok) return created;
  const { exitCode, stderr } = created.value;
  if (exitCode === 0) return ok();
  const context = { tool: "qemu-img", path, output: stderr.trim() };
  return /No space left/i.test(stderr)
    ? fail("no-space", "there is no room for an overlay", context)
    : fail("image-failed", "an overlay could not be made", context);
}
