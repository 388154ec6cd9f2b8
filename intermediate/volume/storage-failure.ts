import { fail, type FailureContext } from "../../common/result.ts";

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
  const system = errorCode(error);
  if (system === "unknown" && !(error instanceof Error)) throw error;
  const details = { ...context, path, system, act };
  if (fullCodes.has(system)) {
    return fail("no-space", `the filesystem of ${path} is full (${system} on ${act})`, details);
  }
  const message = error instanceof Error ? error.message : system;
  return fail("storage-failed", `${act} of ${path} failed: ${message}`, details);
}
