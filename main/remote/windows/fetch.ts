import { remedyOf, sayingOf } from "../../../common/domain/report-text/told.ts";
import { createHash } from "node:crypto";
import { fail, type Failure, type Result } from "../../../common/result.ts";
import type { WindowsSession } from "../contract.ts";
import { fetchScript } from "./upload-scripts.ts";
import { judgeUpload } from "./upload.ts";
import { openOffer } from "./offer.ts";

const fetchTimeoutMs = 300_000;
/** After these a file may still come another way; after others, such as a full disk, it would not. */
const worthFetching = new Set([
  "command-failed",
  "remote-limit-reached",
  "upload-corrupt",
  "protocol-violation",
]);

/**
 * Has the source fetch `content` into `path` from this machine, where an upload through the remote shell failed: quotas
 * and envelope sizes do not count then. The source must be able to open connections to this machine.
 */
export async function fetchInstead(
  session: WindowsSession,
  content: Buffer,
  path: string,
  failed: Failure,
  signal: AbortSignal | undefined,
): Promise<Result<void>> {
  const host = session.ownAddress;
  if (!worthFetching.has(failed.code) || host === null) return { ok: false, failure: failed };
  const offer = await openOffer(content, host);
  if (!offer.ok) return { ok: false, failure: failed };
  const { port, token, fingerprint, close } = offer.value;
  try {
    const expected = createHash("sha256").update(content).digest("hex");
    const parameters = [host, String(port), token, fingerprint, path, expected];
    const fetched = await session.powershell(fetchScript, parameters, {
      timeoutMs: fetchTimeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    const judged = fetched.ok ? judgeUpload(fetched.value, path) : fetched;
    if (judged.ok) return judged;
    // The first failure is the one to remedy; the second says that there is no way around it.
    return fail(
      failed.code,
      sayingOf(failed),
      { ...failed.context, fetching: `from ${host}:${port}: ${judged.failure.message}` },
      remedyOf(failed),
    );
  } finally {
    await close();
  }
}
