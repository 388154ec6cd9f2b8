import { ok, type Result } from "../../common/result.ts";
import { isZero } from "../volume/aligned-memory.ts";
import { storageFailure } from "../volume/storage-failure.ts";
import type { VolumeSink } from "../volume/volume-sink.ts";
import { DeltaFile, grainBytes } from "./delta-file.ts";

interface Waiting {
  readonly first: number;
  readonly end: number;
  settle(result: Result<void>): void;
}

/**
 * Wraps a volume so that it can be had as it is now: what a grain held is in the delta, durably, before the grain is
 * first overwritten. Overlapping calls share one flush of the delta. A grain that was preserved once costs nothing any
 * more; zeros written onto zeros change nothing and preserve nothing.
 *
 * A write that could not be preserved is refused with the delta's failure and changes nothing.
 */
export async function openPreserving(inner: VolumeSink, deltaPath: string): Promise<Result<VolumeSink>> {
  const grains = Math.ceil(inner.sizeBytes / grainBytes);
  const preserved = new Uint8Array(Math.ceil(grains / 8));
  const isPreserved = (grain: number): boolean => ((preserved[grain >> 3] ?? 0) & (1 << (grain & 7))) !== 0;
  const mark = (grain: number): void => {
    preserved[grain >> 3] = (preserved[grain >> 3] ?? 0) | (1 << (grain & 7));
  };
  const opened = await DeltaFile.open(deltaPath, inner.sizeBytes, ({ offset, length }) => {
    const end = Math.ceil((offset + length) / grainBytes);
    for (let grain = Math.floor(offset / grainBytes); grain < end; grain += 1) mark(grain);
  });
  if (!opened.ok) return opened;
  const delta = opened.value;
  const scratch = Buffer.alloc(grainBytes);
  let waiting: Waiting[] = [];
  let working: Promise<void> | null = null;
  let closed = false;
  /** After a failed flush the volume's zeros may be those of the page cache alone. */
  let isInDoubt = false;

  const readGrain = async (grain: number): Promise<Result<Buffer>> => {
    const offset = grain * grainBytes;
    const part = scratch.subarray(0, Math.min(grainBytes, inner.sizeBytes - offset));
    const read = await inner.read(offset, part);
    return read.ok ? ok(part) : read;
  };

  /** Preserves what a group of waiting calls needs, with one flush for all. */
  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      const outcome = await preserve(group);
      for (const { settle } of group) settle(outcome);
    }
    working = null;
  };
  const preserve = async (group: readonly Waiting[]): Promise<Result<void>> => {
    const before = delta.sizeBytes;
    const fresh = new Set<number>();
    try {
      for (const { first, end } of group) {
        for (let grain = first; grain < end; grain += 1) {
          if (isPreserved(grain) || fresh.has(grain)) continue;
          const held = await readGrain(grain);
          if (!held.ok) {
            delta.cutBack(before);
            return held;
          }
          await delta.append(grain * grainBytes, held.value);
          fresh.add(grain);
        }
      }
      if (fresh.size > 0) await delta.flush();
    } catch (error) {
      delta.cutBack(before);
      return storageFailure(error, "write", deltaPath);
    }
    for (const grain of fresh) mark(grain);
    return ok();
  };

  const preserveRange = (offset: number, length: number): Promise<Result<void>> => {
    const first = Math.floor(offset / grainBytes);
    const end = Math.ceil((offset + length) / grainBytes);
    let missing = false;
    for (let grain = first; grain < end && !missing; grain += 1) missing = !isPreserved(grain);
    if (!missing) return Promise.resolve(ok());
    return new Promise((settle) => {
      waiting.push({ first, end, settle });
      working ??= Promise.resolve().then(work);
    });
  };
  const isInside = (offset: number, length: number): boolean =>
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= inner.sizeBytes;

  const sink: VolumeSink = {
    sizeBytes: inner.sizeBytes,
    async write(offset, bytes) {
      // What the volume refuses anyway needs no preserving, and must not be read beyond the end.
      if (closed || !isInside(offset, bytes.length)) return inner.write(offset, bytes);
      const kept = await preserveRange(offset, bytes.length);
      return kept.ok ? inner.write(offset, bytes) : kept;
    },
    async zero(offset, length) {
      if (closed || !isInside(offset, length)) return inner.zero(offset, length);
      if (!isInDoubt && length > grainBytes && (await inner.isHole(offset, length))) return ok();
      // Grain by grain: a range may be as long as the volume, and most of it zeros already.
      const end = offset + length;
      const look = Buffer.alloc(grainBytes);
      for (let at = offset; at < end;) {
        const next = Math.min(end, (Math.floor(at / grainBytes) + 1) * grainBytes);
        const part = look.subarray(0, next - at);
        const read = await inner.read(at, part);
        if (!read.ok) return read;
        if (isInDoubt || !isZero(part)) {
          const kept = await preserveRange(at, part.length);
          if (!kept.ok) return kept;
          const zeroed = await inner.zero(at, part.length);
          if (!zeroed.ok) return zeroed;
        }
        at = next;
      }
      return ok();
    },
    isHole: (offset, length) => inner.isHole(offset, length),
    read: (offset, into) => inner.read(offset, into),
    async flush() {
      const flushed = await inner.flush();
      isInDoubt ||= !flushed.ok;
      return flushed;
    },
    async close() {
      await working;
      await inner.close();
      if (closed) return;
      closed = true;
      await delta.close();
    },
  };
  return ok(sink);
}
