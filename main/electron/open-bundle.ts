import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { EngineClient } from "../engine/engine-client.ts";

/** As much as the engine takes of one bundle, before it becomes base64. */
const largestBundle = 32 * 1024 * 1024;

async function readBundle(path: string): Promise<Result<Buffer>> {
  // A pipe would be waited for until somebody writes to it.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(() => null);
  if (file === null)
    return fail("not-found", told({ kind: "path-unread", path }), { path }, told({ kind: "check-file" }));
  try {
    const status = await file.stat();
    const { size } = status;
    if (!status.isFile())
      return fail(
        "input-invalid",
        told({ kind: "path-no-file", path }),
        { path },
        told({ kind: "check-file" }),
      );
    if (size > largestBundle)
      return fail("input-invalid", told({ kind: "file-larger-than-any-bundle", path }), {
        path,
        bytes: size,
      });
    return ok(await file.readFile());
  } catch {
    return fail("not-found", told({ kind: "path-unread", path }), { path }, told({ kind: "check-file" }));
  } finally {
    await file.close();
  }
}

/** Has a bundle that was opened from the desktop assessed. */
export async function openBundle(path: string, engine: EngineClient): Promise<Result<unknown>> {
  const bytes = await readBundle(path);
  if (!bytes.ok) return bytes;
  return engine.call("bundle.import", {
    name: basename(path),
    text: bytes.value.toString("base64"),
    encoding: "base64",
  }).result;
}
