import { createCipheriv, createHash } from "node:crypto";
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

const mebibyte = 1024 * 1024;

/** Bytes that follow from `seed` alone and that nothing compresses. */
function keystream(seed: string): (length: number) => Buffer {
  const key = createHash("sha256").update(seed).digest();
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return (length) => cipher.update(Buffer.alloc(length));
}

const words = ["server", "migration", "the", "0x", "\n", " = ", "error: ", "/usr/lib/", "data", "1024"];
const phraseBytes = 48;
const phrases = 256;
/** Text that phrases are cut from; the same everywhere. */
const text = Buffer.concat(
  [...keystream("phrases")(phrases * phraseBytes)].map((byte) =>
    Buffer.from(words[byte % words.length] ?? ""),
  ),
).subarray(0, phrases * phraseBytes);
const numberBytes = 14;

/** About a third of its size under zstd, like logs and tables: known phrases, and between them what nobody could know. */
function compressible(random: (length: number) => Buffer): Buffer {
  const records = Math.ceil(mebibyte / (phraseBytes + numberBytes));
  const numbers = random(records * numberBytes);
  const choices = random(records);
  const bytes = Buffer.alloc(records * (phraseBytes + numberBytes));
  for (let record = 0, at = 0; record < records; record += 1, at += phraseBytes + numberBytes) {
    const phrase = (choices[record] ?? 0) * phraseBytes;
    text.copy(bytes, at, phrase, phrase + phraseBytes);
    numbers.copy(bytes, at + phraseBytes, record * numberBytes, (record + 1) * numberBytes);
  }
  return bytes.subarray(0, mebibyte);
}

/** Mebibytes that follow from `seed`: of every five three compress, two do not. */
export function mixedBytes(seed: string): () => Buffer {
  const random = keystream(seed);
  let index = 0;
  return () => {
    index += 1;
    return index % 5 < 3 ? compressible(random) : random(mebibyte);
  };
}

export interface MixedDisk {
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Writes a sparse file that looks like a used disk: of every eight mebibytes three compress, two do not, three are
 * holes. The size may be any number of bytes. The same seed gives the same bytes.
 */
export function writeMixedDisk(path: string, sizeBytes: number, seed: string): MixedDisk {
  const random = keystream(seed);
  const file = openSync(path, "w");
  try {
    ftruncateSync(file, sizeBytes);
    for (let offset = 0, index = 0; offset < sizeBytes; offset += mebibyte, index += 1) {
      const kind = index % 8;
      if (kind >= 5) continue;
      const block = kind < 3 ? compressible(random) : random(mebibyte);
      writeSync(file, block, 0, Math.min(mebibyte, sizeBytes - offset), offset);
    }
  } finally {
    closeSync(file);
  }
  return { path, sizeBytes };
}

/** Overwrites `length` bytes at `offset` with others that follow from `seed`. */
export function changeDisk(path: string, offset: number, length: number, seed: string): void {
  const file = openSync(path, "r+");
  try {
    writeSync(file, keystream(seed)(length), 0, length, offset);
  } finally {
    closeSync(file);
  }
}

/** SHA-256 of a file's bytes, lower-case hex. */
export function hashFile(path: string): string {
  const hash = createHash("sha256");
  const buffer = Buffer.alloc(mebibyte);
  const file = openSync(path, "r");
  try {
    for (let read = 1; read > 0;) {
      read = readSync(file, buffer, 0, buffer.length, null);
      hash.update(buffer.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
}
