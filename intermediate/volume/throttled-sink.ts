import type { Result } from "../../common/result.ts";
import type { VolumeSink } from "./volume-sink.ts";

export interface ThrottleEnvironment {
  /** Monotonic milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** A byte rate that any number of sinks share. */
export interface Throttle {
  /** Resolves when `bytes` more may pass. */
  take(bytes: number): Promise<void>;
}

/** Spaces takers in the order in which they come; after a lull at most one second's worth passes as a burst. */
export function createThrottle(bytesPerSecond: number, environment: ThrottleEnvironment): Throttle {
  let freeAt = environment.now();
  return {
    async take(bytes) {
      const now = environment.now();
      freeAt = Math.max(freeAt, now - 1_000) + (bytes / bytesPerSecond) * 1_000;
      if (freeAt > now) await environment.sleep(freeAt - now);
    },
  };
}

/**
 * Limits the bytes that reach `inner` by `write`. Zeros cost nothing where the volume is sparse and are not counted.
 * Everything else is the inner sink's.
 */
export function throttled(inner: VolumeSink, throttle: Throttle): VolumeSink {
  return {
    sizeBytes: inner.sizeBytes,
    async write(offset: number, bytes: Buffer): Promise<Result<void>> {
      await throttle.take(bytes.length);
      return inner.write(offset, bytes);
    },
    zero: (offset, length) => inner.zero(offset, length),
    isHole: (offset, length) => inner.isHole(offset, length),
    read: (offset, into) => inner.read(offset, into),
    flush: () => inner.flush(),
    close: () => inner.close(),
  };
}
