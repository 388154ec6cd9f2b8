import { fail, type FailureContext } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";

/** The system's error name (ENOSPC …), or `unknown` for anything that carries none. */
export function errorCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return "unknown";
}

const fullCodes = new Set(["ENOSPC", "EDQUOT"]);

/** A system error as data: `no-space` where the filesystem is full or over quota, else `storage-failed`. */
export function storageFailure(
  error: unknown,
  act: string,
  path: string,
  context: FailureContext = {},
): ReturnType<typeof fail> {
  // Only what the system refused is a failure; anything else is a bug and goes on up.
  if (!(error instanceof Error) || !("errno" in error)) throw error;
  const system = errorCode(error);
  const details = { ...context, path, system, act };
  if (fullCodes.has(system)) {
    return fail("no-space", told({ kind: "filesystem-full", path, system, act }), details);
  }
  return fail("storage-failed", told({ kind: "act-failed", act, path, text: error.message }), details);
}
