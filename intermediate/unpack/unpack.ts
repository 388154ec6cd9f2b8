import { hash } from "node:crypto";
import { constants, zstdDecompressSync } from "node:zlib";
import { codecs } from "../protocol/frames.ts";
import { copyBytes } from "../volume/aligned-memory.ts";

/** 8 MiB: what zstd's level 19 uses. A frame that asks for more memory is refused. */
const zstdWindowLogMost = 23;
/** Lets the decoder see the frame's end without a second round. */
const zstdSlackBytes = 64;

/** A chunk as it arrived. `payload` may share its memory with nothing that changes meanwhile. */
export interface PackedChunk {
  /** For messages. */
  readonly chunk: number;
  readonly codec: number;
  /** SHA-256 of the raw bytes, as the agent says; null: they are not checked against it now. */
  readonly hash: Buffer | null;
  readonly payload: Buffer;
}

/**
 * Writes the chunk's raw bytes to `into`, which is as long as they are, and checks them against the hash, if any. Returns what
 * is wrong with the chunk, for the agent to read, or null. For codec raw `payload` may be `into` itself.
 */
export function unpackChunk(packed: PackedChunk, into: Buffer): string | null {
  const problem = packed.codec === codecs.raw ? place(packed.payload, into) : decompress(packed, into);
  if (problem !== null) return problem;
  if (packed.hash === null || hash("sha256", into, "buffer").equals(packed.hash)) return null;
  return `the bytes of chunk ${packed.chunk} do not have the hash that CHUNK says`;
}

function place(payload: Buffer, into: Buffer): null {
  if (!isInPlace(payload, into)) copyBytes(payload, into);
  return null;
}

function isInPlace(payload: Buffer, into: Buffer): boolean {
  return payload.buffer === into.buffer && payload.byteOffset === into.byteOffset;
}

/** Whether `unpackChunk` would find the bytes where they belong and nothing to check. */
export function isUnpacked({ codec, hash: claimed, payload }: PackedChunk, into: Buffer): boolean {
  return codec === codecs.raw && claimed === null && isInPlace(payload, into);
}

function decompress({ chunk, payload }: PackedChunk, into: Buffer): string | null {
  const roomBytes = into.length + zstdSlackBytes;
  try {
    const raw = zstdDecompressSync(payload, {
      chunkSize: roomBytes,
      maxOutputLength: roomBytes,
      params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLogMost },
    });
    if (raw.length !== into.length) {
      return `chunk ${chunk} decompresses to ${raw.length} bytes, not ${into.length}`;
    }
    copyBytes(raw, into);
    giveBack(raw, roomBytes);
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown";
    return `chunk ${chunk} does not decompress to ${into.length} bytes: ${why}`;
  }
}

/**
 * Frees decompressed bytes now. Left to the garbage collector they would pile up to a hundred megabytes at full speed:
 * it hardly notices memory outside its heap. Only a buffer that the decoder made for this one result is touched.
 */
function giveBack({ buffer }: Buffer, roomBytes: number): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === roomBytes) buffer.transfer(0);
}
