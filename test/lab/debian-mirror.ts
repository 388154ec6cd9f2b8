import { inEnglish } from "../support/in-english.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { mirrorBases } from "../../scripts/agent/mirrors.ts";

/** The address of a Debian mirror: the one that this machine's own apt uses, or SMA_DEBIAN_MIRROR. */
export async function debianMirror(): Promise<Result<string>> {
  const mirrors = await mirrorBases(process.env);
  // The archive of security updates alone is not a distribution.
  const mirror = mirrors.find((address) => !/security/.test(address));
  if (mirror !== undefined) return ok(mirror);
  return fail(
    "not-found",
    inEnglish("apt names no Debian mirror to build a lab server from"),
    {},
    inEnglish("Set SMA_DEBIAN_MIRROR to the address of a Debian mirror."),
  );
}
