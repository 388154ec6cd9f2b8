import type { Result } from "../../common/result.ts";
import type { VolumeSink } from "./volume-sink.ts";

export interface ThrottleEnvironment {
  /** Monotonic milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/**
 * Limits how many bytes a second reach `inner` by `write` (zeros cost nothing where the volume is sparse and are not
 * counted). Calls are spaced in the order in which they arrive; at most one second's worth may pass as a burst after a
 * lull. Everything else is the inner sink's.
 */
export function throttled(
  inner: VolumeSink,
  bytesPerSecond: number,
  environment: ThrottleEnvironment,
): VolumeSink {
  let freeAt = environment.now();

  return {
    sizeBytes: inner.sizeBytes,
    async write(offset: number, bytes: Buffer): Promise<Result<void>> {
      const now = environment.now();
      freeAt = Math.max(freeAt, now - 1_000) + (bytes.length / bytesPerSecond) * 1_000;
      if (freeAt > now) await environment.sleep(freeAt - now);
      return inner.write(offset, bytes);
    },
    zero: (offset, length) => inner.zero(offset, length),
    read: (offset, into) => inner.read(offset, into),
    flush: () => inner.flush(),
    close: () => inner.close(),
  };
}
