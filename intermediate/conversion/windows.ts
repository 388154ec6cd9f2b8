/** Windows gets its drivers from virt-v2v-in-place, which knows its registry and its services. */
import { fail, ok, type Result } from "../../common/result.ts";
import { detectAccelerator } from "../qemu/accelerator.ts";
import { runTool } from "../qemu/run-tool.ts";

export interface WindowsOutcome {
  readonly changes: readonly { readonly what: string }[];
  readonly notes: readonly string[];
}

/** `driversPath` is a folder or an image of virtio-win; null leaves the system as it is, and says so. */
export async function convertWindows(
  overlays: readonly string[],
  driversPath: string | null,
  signal: AbortSignal,
): Promise<Result<WindowsOutcome>> {
  if (driversPath === null) {
    const note =
      "the system is Windows and no virtio drivers were named (--virtio-drivers): it was left as it is, and will not find disks that are virtio";
    return ok({ changes: [], notes: [note] });
  }
  const [overlay, ...others] = overlays;
  if (overlay === undefined || others.length > 0) {
    return fail("guest-unsupported", "drivers can be put into a Windows system on one disk alone", {
      disks: overlays.length,
    });
  }
  const settings = (await detectAccelerator()) === "tcg" ? { LIBGUESTFS_BACKEND_SETTINGS: "force_tcg" } : {};
  const environment = { LIBGUESTFS_BACKEND: "direct", VIRTIO_WIN: driversPath, ...settings };
  const argv = ["-i", "disk", "-if", "qcow2", overlay];
  const ran = await runTool("virt-v2v-in-place", argv, { signal, environment });
  if (!ran.ok) return ran;
  const { exitCode, stdout, stderr } = ran.value;
  if (exitCode === 0) {
    return ok({ changes: [{ what: "virt-v2v put virtio drivers into Windows" }], notes: [] });
  }
  const output = `${stdout}\n${stderr}`.trim().slice(-4_000);
  return fail("conversion-failed", "virt-v2v-in-place could not convert the Windows system", {
    exitCode,
    output,
  });
}
