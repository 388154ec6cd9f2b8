import { open, type FileHandle } from "node:fs/promises";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { directIoAlignment, isAligned, isZero, zeros, type AlignedArena } from "./aligned-memory.ts";
import type { FileHoles } from "./file-holes.ts";
import { errorCode, storageFailure } from "./storage-failure.ts";
import type { VolumeSink } from "./volume-sink.ts";

const scratchBytes = 1_048_576;
/** What is rewritten as zeros at once where some of it is not zero; also the grain at which files stay sparse. */
const zeroGrainBytes = 65_536;
/** From here on it pays to ask a file's filesystem where its holes are. */
const askForHolesBytes = 64 * 1_048_576;

/**
 * What is written where nothing is stored yet: zeros need not be. In runs as long as they can be; `at` counts from the
 * start of `bytes`.
 */
function* piecesOfData(bytes: Buffer): Generator<{ readonly at: number; readonly part: Buffer }> {
  const isData = (at: number): boolean =>
    at < bytes.length && !isZero(bytes.subarray(at, at + zeroGrainBytes));
  for (let at = 0; at < bytes.length; at += zeroGrainBytes) {
    const from = at;
    while (isData(at)) at += zeroGrainBytes;
    // The grain at which a run ends is one of zeros.
    if (at > from) yield { at: from, part: bytes.subarray(from, at) };
  }
}

/** Opens `path` once more for direct I/O; undefined where the filesystem does not offer it. */
export async function openDirect(
  path: string,
  flags: number,
  oDirect: number,
): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags | oDirect);
  } catch (error) {
    if (errorCode(error) === "EINVAL") return undefined;
    throw error;
  }
}

/**
 * The part that file and device have in common. Aligned ranges go past the page cache: a replica is written once, so
 * caching it costs copies and memory, and direct writes leave `flush` little to do. What is not aligned (a disk's odd
 * tail) takes the buffered handle of the same file; the kernel keeps the two coherent.
 */
export class HandleSink implements VolumeSink {
  readonly sizeBytes: number;
  readonly #path: string;
  readonly #buffered: FileHandle;
  readonly #arena: AlignedArena;
  #direct: FileHandle | undefined;
  readonly #holes: FileHoles | undefined;
  #closed = false;
  /** After a failed flush the page cache may show what the disk does not hold. */
  #readsTrusted = true;

  /** Takes over both handles; they are the same file. */
  constructor(options: {
    readonly path: string;
    readonly sizeBytes: number;
    readonly buffered: FileHandle;
    readonly direct: FileHandle | undefined;
    readonly arena: AlignedArena;
    /** Undefined where there are none: of a device. */
    readonly holes: FileHoles | undefined;
  }) {
    this.#path = options.path;
    this.sizeBytes = options.sizeBytes;
    this.#buffered = options.buffered;
    this.#direct = options.direct;
    this.#arena = options.arena;
    this.#holes = options.holes;
  }

  async write(offset: number, bytes: Buffer): Promise<Result<void>> {
    const refused = this.#refuse(offset, bytes.length);
    if (refused !== undefined) return refused;
    const isBlank = this.#isHoleNow(offset, bytes.length);
    this.#holes?.noteWrite(offset, bytes.length);
    try {
      for (const { at, part } of isBlank ? piecesOfData(bytes) : [{ at: 0, part: bytes }]) {
        let done = 0;
        while (done < part.length) {
          done += await this.#writeSome(offset + at + done, part.subarray(done));
        }
      }
      return ok();
    } catch (error) {
      return storageFailure(error, "write", this.#path, { offset, length: bytes.length });
    }
  }

  async read(offset: number, into: Buffer): Promise<Result<void>> {
    const refused = this.#refuse(offset, into.length);
    if (refused !== undefined) return refused;
    try {
      let done = 0;
      while (done < into.length) {
        const got = await this.#readSome(offset + done, into.subarray(done));
        if (got === 0) {
          return fail(
            "storage-failed",
            told({ kind: "volume-ends-early", path: this.#path, at: offset + done, size: this.sizeBytes }),
            {
              path: this.#path,
              offset: offset + done,
            },
          );
        }
        done += got;
      }
      return ok();
    } catch (error) {
      return storageFailure(error, "read", this.#path, { offset, length: into.length });
    }
  }

  async zero(offset: number, length: number): Promise<Result<void>> {
    const refused = this.#refuse(offset, length);
    if (refused !== undefined) return refused;
    if (length >= askForHolesBytes && (await this.isHole(offset, length))) return ok();
    const scratch = await this.#arena.lease(Math.min(scratchBytes, Math.max(length, 1)));
    try {
      for (let done = 0; done < length;) {
        const at = offset + done;
        const hole = this.#readsTrusted ? (this.#holes?.holeAt(at, length - done) ?? 0) : 0;
        if (hole > 0) {
          done += hole;
          continue;
        }
        const part = scratch.bytes.subarray(0, Math.min(scratch.bytes.length, length - done));
        const result = await this.#zeroPart(at, part);
        if (!result.ok) return result;
        done += part.length;
      }
      return ok();
    } finally {
      scratch.release();
    }
  }

  async isHole(offset: number, length: number): Promise<boolean> {
    if (this.#refuse(offset, length) !== undefined || !this.#readsTrusted) return false;
    return (await this.#holes?.covers(offset, length)) ?? false;
  }

  #isHoleNow(offset: number, length: number): boolean {
    return this.#readsTrusted && length > 0 && this.#holes?.holeAt(offset, length) === length;
  }

  /** Zeros one range as long as `scratch`, writing only where it is not zero: Node cannot punch holes. */
  async #zeroPart(offset: number, scratch: Buffer): Promise<Result<void>> {
    if (!this.#readsTrusted) return this.write(offset, zeros.subarray(0, scratch.length));
    const read = await this.read(offset, scratch);
    if (!read.ok) return read;
    if (isZero(scratch)) return ok();
    for (let at = 0; at < scratch.length; at += zeroGrainBytes) {
      const grain = scratch.subarray(at, at + zeroGrainBytes);
      if (isZero(grain)) continue;
      const written = await this.write(offset + at, zeros.subarray(0, grain.length));
      if (!written.ok) return written;
    }
    return ok();
  }

  async flush(): Promise<Result<void>> {
    const refused = this.#refuse(0, 0);
    if (refused !== undefined) return refused;
    try {
      await this.#buffered.datasync();
      return ok();
    } catch (error) {
      this.#readsTrusted = false;
      return storageFailure(error, "flush", this.#path);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled([this.#buffered.close(), this.#direct?.close()]);
  }

  #refuse(offset: number, length: number): Result<void> | undefined {
    if (this.#closed)
      return fail("storage-failed", told({ kind: "volume-closed", path: this.#path }), { path: this.#path });
    const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (inside && offset + length <= this.sizeBytes) return undefined;
    return fail(
      "storage-failed",
      told({ kind: "range-outside", offset, length, size: this.sizeBytes, path: this.#path }),
      {
        path: this.#path,
        offset,
        length,
      },
    );
  }

  /** How much of `length` bytes at `offset` may pass the page cache, from `offset` on; 0 for none. */
  #directLength(offset: number, bytes: Buffer): number {
    if (this.#direct === undefined || offset % directIoAlignment !== 0 || !isAligned(bytes)) return 0;
    return bytes.length - (bytes.length % directIoAlignment);
  }

  async #writeSome(offset: number, bytes: Buffer): Promise<number> {
    const length = this.#directLength(offset, bytes);
    if (length > 0 && this.#direct !== undefined) {
      try {
        return (await this.#direct.write(bytes, 0, length, offset)).bytesWritten;
      } catch (error) {
        await this.#giveUpDirect(error);
      }
    }
    return (await this.#buffered.write(bytes, 0, bytes.length, offset)).bytesWritten;
  }

  async #readSome(offset: number, into: Buffer): Promise<number> {
    const length = this.#directLength(offset, into);
    if (length > 0 && this.#direct !== undefined) {
      try {
        return (await this.#direct.read(into, 0, length, offset)).bytesRead;
      } catch (error) {
        await this.#giveUpDirect(error);
      }
    }
    return (await this.#buffered.read(into, 0, into.length, offset)).bytesRead;
  }

  /** Some filesystems accept O_DIRECT at open and refuse it later: go on buffered. Other errors are the caller's. */
  async #giveUpDirect(error: unknown): Promise<void> {
    if (errorCode(error) !== "EINVAL") throw error;
    const direct = this.#direct;
    this.#direct = undefined;
    await direct?.close();
  }
}
