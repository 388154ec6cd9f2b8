/** When a request is made again, for both interfaces. */
import type { Failure, Result } from "../../../../common/result.ts";

export interface Timing {
  /** Milliseconds since 1970. */
  clock(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** 0 to 1, so that many callers do not come back at the same moment. */
  random(): number;
}

const mostTries = 7;
const firstPauseMs = 500;
const longestPauseMs = 30_000;

/** True for what a later try may answer otherwise, without anybody doing anything. */
export function isPassing({ code, context }: Failure): boolean {
  return (
    code === "cloud-throttled" ||
    code === "cloud-unreachable" ||
    context["cloudCode"] === "IdempotentProcessing"
  );
}

/**
 * Tries `act` until it succeeds, fails for good, or was tried often enough. `mayRepeat`: a request whose reply was lost
 * may be made again; without it only one that the cloud turned away is.
 */
export async function retrying<T>(
  act: () => Promise<Result<T>>,
  mayRepeat: boolean,
  timing: Timing,
  signal: AbortSignal,
): Promise<Result<T>> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await act();
    if (result.ok || attempt === mostTries || signal.aborted || !isPassing(result.failure)) return result;
    const wasAnswered = result.failure.context["requestId"] !== undefined;
    if (!mayRepeat && !(wasAnswered && result.failure.code === "cloud-throttled")) return result;
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1));
    await timing.sleep(pause * (0.5 + timing.random() / 2), signal);
  }
}
