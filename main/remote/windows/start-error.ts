import type { Failure } from "../../../common/result.ts";

const fileNotFound = new Set([2, 3]);

/** The Windows error (winerror.h) with which a program could not be started; null where the failure is another. */
export function startErrorOf({ context }: Failure): number | null {
  const direct = context["startError"];
  if (typeof direct === "number") return direct;
  const code = context["faultCode"];
  if (typeof code !== "number") return null;
  // An HRESULT of facility Win32, or the error itself. WinRM's own codes have another facility.
  if (code >= 0x80070000 && code <= 0x8007ffff) return code & 0xffff;
  return code > 0 && code <= 0xffff ? code : null;
}

/** The failure says that there is no such program on the source. */
export function isProgramMissing(failure: Failure): boolean {
  const error = startErrorOf(failure);
  return error !== null && fileNotFound.has(error);
}
