/**
 * Fills an image whose bytes are the disk's own from its first on (raw, fixed VHD), and hashes it on the way. What was
 * written is read back while it is still in memory, compared with what it was made of, and hashed, while the next parts
 * are read and written. So everything is read once, and holes are neither read nor written.
 */
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fail, ok, type Result } from "../../common/result.ts";
import { isZero, zeros } from "../volume/aligned-memory.ts";
import type { SourceExtent } from "./source-extents.ts";

/** Read, written, read back and hashed as one. */
const partBytes = 1024 ** 2;
/** Parts that are on their way while another is hashed. */
const laneCount = 4;
/** Zeros of this length, in their place, stay holes. */
const grainBytes = 65_536;
/** Zeros that are hashed before anything else of this process has its turn. */
const turnBytes = 8 * 1024 ** 2;

export interface FlatOptions {
  /** In order, none over another; the bytes between them are zeros. */
  readonly extents: readonly SourceExtent[];
  /** All zeros so far, but for what its format puts behind the disk. */
  readonly imagePath: string;
  /** Of the disk in the image. */
  readonly virtualBytes: number;
  readonly signal: AbortSignal;
  onProgress(share: number): void;
}

interface Lane {
  readonly wanted: Buffer;
  readonly found: Buffer;
}

/** Gives the SHA-256 of the whole file. `image-failed` where it does not hold what was written, `cancelled`; system errors are thrown. */
export async function fillFlat(options: FlatOptions): Promise<Result<string>> {
  const { extents, imagePath, virtualBytes, signal, onProgress } = options;
  const sources = new Map<string, FileHandle>();
  const image = await open(imagePath, "r+");
  const underWay: { readonly part: SourceExtent; readonly copied: Promise<Buffer | null> }[] = [];
  try {
    for (const { path } of extents) if (!sources.has(path)) sources.set(path, await open(path, "r"));
    const { size } = await image.stat();
    const hash = createHash("sha256");
    let hashed = 0;
    const hashZerosTo = async (end: number): Promise<void> => {
      for (let sinceTurn = 0; hashed < end && !signal.aborted; sinceTurn += zeros.length) {
        const length = Math.min(zeros.length, end - hashed);
        hash.update(zeros.subarray(0, length));
        hashed += length;
        if (sinceTurn % turnBytes > 0) continue;
        onProgress(hashed / size);
        await nextTurn();
      }
    };
    /** False where the image does not hold what it should. */
    const hashFirst = async (): Promise<boolean> => {
      const first = underWay.shift();
      if (first === undefined) return true;
      const found = await first.copied;
      if (found === null) return false;
      await hashZerosTo(first.part.offset);
      hash.update(found);
      hashed += found.length;
      onProgress(hashed / size);
      return true;
    };
    const differs = (): Result<never> =>
      fail("image-failed", "the image does not read back as it was written", { path: imagePath });
    const lanes = Array.from({ length: laneCount }, (): Lane => {
      return { wanted: Buffer.allocUnsafe(partBytes), found: Buffer.allocUnsafe(partBytes) };
    });
    let turn = 0;
    for (const part of partsOf(extents)) {
      if (signal.aborted) break;
      if (underWay.length === laneCount && !(await hashFirst())) return differs();
      const [lane, source] = [lanes[turn % laneCount], sources.get(part.path)];
      if (lane === undefined || source === undefined) throw new Error("no lane or no source for a part");
      const copied = copyPart(part, source, image, lane);
      // Awaited in its turn.
      copied.catch(() => undefined);
      underWay.push({ part, copied });
      turn += 1;
    }
    while (underWay.length > 0 && !signal.aborted) if (!(await hashFirst())) return differs();
    await hashZerosTo(Math.min(virtualBytes, size));
    if (signal.aborted) return fail("cancelled", "the image was cancelled");
    // A footer.
    const rest = Buffer.alloc(size - hashed);
    await readAll(image, rest, hashed);
    return ok(hash.update(rest).digest("hex"));
  } finally {
    await Promise.allSettled(underWay.map(({ copied }) => copied));
    await image.close();
    for (const source of sources.values()) await source.close();
  }
}

function* partsOf(extents: readonly SourceExtent[]): Generator<SourceExtent> {
  for (const { path, offset, length, fileOffset } of extents) {
    for (let at = 0; at < length; at += partBytes) {
      yield {
        path,
        offset: offset + at,
        fileOffset: fileOffset + at,
        length: Math.min(partBytes, length - at),
      };
    }
  }
}

/** What the image holds of a part, once it was written; null where that is something else. */
async function copyPart(
  { offset, fileOffset, length }: SourceExtent,
  source: FileHandle,
  image: FileHandle,
  lane: Lane,
): Promise<Buffer | null> {
  const [wanted, found] = [lane.wanted.subarray(0, length), lane.found.subarray(0, length)];
  await readAll(source, wanted, fileOffset);
  for (const { from, to } of usedRuns(wanted)) {
    for (let at = from; at < to;) at += (await image.write(wanted, at, to - at, offset + at)).bytesWritten;
  }
  await readAll(image, found, offset);
  return found.equals(wanted) ? found : null;
}

/** What is not zeros, grain by grain. */
function* usedRuns(bytes: Buffer): Generator<{ readonly from: number; readonly to: number }> {
  let from: number | null = null;
  for (let at = 0; at < bytes.length; at += grainBytes) {
    const isUsed = !isZero(bytes.subarray(at, at + grainBytes));
    if (isUsed) from ??= at;
    else if (from !== null) {
      yield { from, to: at };
      from = null;
    }
  }
  if (from !== null) yield { from, to: bytes.length };
}

/** What lies beyond the end of a file is zeros. */
async function readAll(file: FileHandle, into: Buffer, position: number): Promise<void> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) {
      into.fill(0, done);
      return;
    }
    done += bytesRead;
  }
}
