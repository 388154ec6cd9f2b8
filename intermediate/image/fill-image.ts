/**
 * Fills an image from its first byte to its last, and hashes it on the way. What was
 * written is read back while it is still in memory, compared with what it was made of, and hashed, while the next parts
 * are read and written. So everything is read once, and holes are neither read nor written.
 */
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { isZero, zeros } from "../volume/aligned-memory.ts";

/** Read, written, read back and hashed as one. */
const partBytes = 1024 ** 2;
/** Parts that are on their way while another is hashed. */
const laneCount = 4;
/** Zeros of this length, in their place, stay holes. */
const grainBytes = 65_536;
/** Zeros that are hashed before anything else of this process has its turn. */
const turnBytes = 8 * 1024 ** 2;

/** Bytes of an image: given, or as they lie in a file. */
export type ImagePart =
  | { readonly imageOffset: number; readonly bytes: Buffer }
  | {
      readonly imageOffset: number;
      readonly path: string;
      readonly fileOffset: number;
      readonly length: number;
    };

export interface FillOptions {
  /** In order, none over another; the bytes between them are zeros. */
  readonly parts: Iterable<ImagePart>;
  readonly imagePath: string;
  /** Where zeros end and what the image's format has put there begins: the end of the file, where there is nothing such. */
  readonly zerosTo: number;
  readonly signal: AbortSignal;
  onProgress(share: number): void;
}

interface Lane {
  readonly wanted: Buffer;
  readonly found: Buffer;
}

/**
 * Gives the SHA-256 of the whole file, which is all zeros at first but for what lies behind `zerosTo`. `image-failed`
 * where it does not hold what was written, `cancelled`; system errors are thrown.
 */
export async function fillImage(options: FillOptions): Promise<Result<string>> {
  const { imagePath, zerosTo, signal, onProgress } = options;
  const sources = new Map<string, FileHandle>();
  const image = await open(imagePath, "r+");
  const underWay: { readonly imageOffset: number; readonly copied: Promise<Buffer | null> }[] = [];
  try {
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
      await hashZerosTo(first.imageOffset);
      hash.update(found);
      hashed += found.length;
      onProgress(hashed / size);
      return true;
    };
    const differs = (): Result<never> =>
      fail("image-failed", told({ kind: "image-reads-back-otherwise" }), { path: imagePath });
    const lanes = Array.from({ length: laneCount }, (): Lane => {
      return { wanted: Buffer.allocUnsafe(partBytes), found: Buffer.allocUnsafe(partBytes) };
    });
    let turn = 0;
    for (const piece of piecesOf(options.parts)) {
      if (signal.aborted) break;
      if (underWay.length === laneCount && !(await hashFirst())) return differs();
      const lane = lanes[turn % laneCount];
      if (lane === undefined) throw new Error("there is no such lane");
      let source: FileHandle | undefined;
      if ("path" in piece) {
        source = sources.get(piece.path) ?? (await open(piece.path, "r"));
        sources.set(piece.path, source);
      }
      const copied = copyPiece(piece, source, image, lane);
      // Awaited in its turn.
      copied.catch(() => undefined);
      underWay.push({ imageOffset: piece.imageOffset, copied });
      turn += 1;
    }
    while (underWay.length > 0 && !signal.aborted) if (!(await hashFirst())) return differs();
    await hashZerosTo(Math.min(zerosTo, size));
    if (signal.aborted) return fail("cancelled", told({ kind: "image-stopped" }));
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

/** Of a lane's size at most. */
function* piecesOf(parts: Iterable<ImagePart>): Generator<ImagePart> {
  for (const part of parts) {
    const { imageOffset } = part;
    const whole = "bytes" in part ? part.bytes.length : part.length;
    for (let at = 0; at < whole; at += partBytes) {
      const length = Math.min(partBytes, whole - at);
      if ("bytes" in part)
        yield { imageOffset: imageOffset + at, bytes: part.bytes.subarray(at, at + length) };
      else {
        const { path, fileOffset } = part;
        yield { imageOffset: imageOffset + at, path, fileOffset: fileOffset + at, length };
      }
    }
  }
}

/** What the image holds of a piece, once it was written; null where that is something else. */
async function copyPiece(
  piece: ImagePart,
  source: FileHandle | undefined,
  image: FileHandle,
  lane: Lane,
): Promise<Buffer | null> {
  const length = "bytes" in piece ? piece.bytes.length : piece.length;
  const offset = piece.imageOffset;
  const [wanted, found] = [lane.wanted.subarray(0, length), lane.found.subarray(0, length)];
  if ("bytes" in piece) piece.bytes.copy(wanted);
  else if (source !== undefined) await readAll(source, wanted, piece.fileOffset);
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
