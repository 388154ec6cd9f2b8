import { inEnglish } from "../in-english.ts";
import { fail, type Result } from "../../../common/result.ts";
import type { VolumeSink } from "../../../intermediate/volume/volume-sink.ts";

/** Decides for the n-th call (from 0, all kinds counted together) whether it fails, and how. */
export type FaultPlan = (
  call: number,
  act: "write" | "zero" | "read" | "flush",
) => "no-space" | "storage-failed" | null;

/**
 * A sink that fails as planned. A failed write is torn: the first half of its bytes has reached the volume, as a full
 * disk leaves it. A failed flush has not flushed.
 */
export function faulty(inner: VolumeSink, plan: FaultPlan): VolumeSink {
  let calls = 0;
  const fault = (act: "write" | "zero" | "read" | "flush"): Result<void> | undefined => {
    const code = plan(calls, act);
    calls += 1;
    return code === null
      ? undefined
      : fail(code, inEnglish(`injected ${code} on ${act}`), { path: "injected" });
  };

  return {
    sizeBytes: inner.sizeBytes,
    async write(offset, bytes) {
      const failed = fault("write");
      if (failed === undefined) return inner.write(offset, bytes);
      // What the sink refuses as a whole must not leave half of itself behind.
      if (offset + bytes.length > inner.sizeBytes) return failed;
      await inner.write(offset, bytes.subarray(0, bytes.length >> 1));
      return failed;
    },
    async zero(offset, length) {
      const failed = fault("zero");
      if (failed === undefined) return inner.zero(offset, length);
      if (offset + length > inner.sizeBytes) return failed;
      await inner.zero(offset, length >> 1);
      return failed;
    },
    isHole: (offset, length) => inner.isHole(offset, length),
    async read(offset, into) {
      return fault("read") ?? inner.read(offset, into);
    },
    async flush() {
      return fault("flush") ?? inner.flush();
    },
    close: () => inner.close(),
  };
}

/** Every `period`-th call fails, in turn for want of space and for a broken disk. */
export function everyNth(period: number): FaultPlan {
  return (call) => {
    if (call % period !== period - 1) return null;
    return Math.floor(call / period) % 2 === 0 ? "no-space" : "storage-failed";
  };
}
