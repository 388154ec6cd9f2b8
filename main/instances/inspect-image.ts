import { z } from "zod";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { runTool } from "../../intermediate/qemu/run-tool.ts";
import type { DiskImage } from "../targets/contract.ts";
import { wordTable } from "../../common/word-table.ts";

const infoSchema = z.object({ format: z.string(), "virtual-size": z.number().int().positive() });
const formats = wordTable<DiskImage["format"]>({
  qcow2: "qcow2",
  raw: "raw",
  vpc: "vhd",
  vmdk: "vmdk",
});

/** Format and size of an image file that the admin names (absolute path). */
export async function inspectImage(
  path: string,
  signal: AbortSignal,
): Promise<Result<Omit<DiskImage, "diskId">>> {
  // -U: a running machine may have it open.
  const ran = await runTool("qemu-img", ["info", "-U", "--output=json", path], { signal });
  if (!ran.ok) return ran;
  const { exitCode, stdout, stderr } = ran.value;
  if (exitCode !== 0) {
    return fail(
      "not-found",
      told({ kind: "path-unread-why", path, text: stderr.trim() }),
      { path },
      told({ kind: "check-file" }),
    );
  }
  const info = infoSchema.safeParse(parsed(stdout));
  const format = formats[info.data?.format ?? ""];
  if (info.data === undefined || format === undefined) {
    return fail("input-invalid", told({ kind: "no-image-format", path }), { path });
  }
  return ok({ path, format, sizeBytes: info.data["virtual-size"] });
}

/** Of an image with hundreds of snapshots only the end of what is said of them is kept. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
