/** Reads which modules an initramfs holds, and makes an archive that can be added to one. Pure. */
import { gunzipSync, zstdDecompressSync } from "node:zlib";

const headerBytes = 110;
const mostBytes = 805_306_368;

/**
 * Names of all files in the archives that an initramfs consists of. Null where one is compressed in a way that is not
 * understood here (xz, lz4, lzo, bzip2).
 */
export function initramfsNames(image: Buffer): string[] | null {
  const names: string[] = [];
  let rest = image;
  for (;;) {
    let start = 0;
    while (start < rest.length && rest[start] === 0) start += 1;
    rest = rest.subarray(start);
    if (rest.length < 6) return names;
    if (isCpio(rest)) {
      const end = readArchive(rest, names);
      if (end === null) return null;
      rest = rest.subarray(end);
      continue;
    }
    const unpacked = decompress(rest);
    if (unpacked === null) return null;
    // A compressed archive is the last one but for what was added behind it, which is not compressed.
    const inner = initramfsNames(unpacked);
    if (inner === null) return null;
    names.push(...inner, ...addedBehind(rest));
    return names;
  }
}

const isCpio = (data: Buffer): boolean => /^07070[12]/.test(data.toString("latin1", 0, 6));

function decompress(data: Buffer): Buffer | null {
  try {
    if (data.readUInt16BE(0) === 0x1f8b) return gunzipSync(data, { maxOutputLength: mostBytes });
    if (data.readUInt32LE(0) === 0xfd2fb528) {
      return zstdDecompressSync(data, { maxOutputLength: mostBytes, chunkSize: 1_048_576 });
    }
  } catch {
    return null;
  }
  return null;
}

/** The mark of an archive of ours, whose first file has this name. */
const ownMark = "sma-added";

function addedBehind(data: Buffer): string[] {
  const names: string[] = [];
  const at = data.lastIndexOf(ownMark);
  if (at >= headerBytes) readArchive(data.subarray(at - headerBytes), names);
  return names;
}

/** The end of the archive that begins with `data`; null where it is damaged. */
function readArchive(data: Buffer, names: string[]): number | null {
  let offset = 0;
  while (offset + headerBytes <= data.length) {
    if (!isCpio(data.subarray(offset))) return null;
    const field = (index: number): number =>
      Number.parseInt(data.toString("latin1", offset + 6 + index * 8, offset + 14 + index * 8), 16);
    const [size, nameSize] = [field(6), field(11)];
    if (!Number.isFinite(size) || !Number.isFinite(nameSize) || nameSize < 1) return null;
    const nameStart = offset + headerBytes;
    const name = data.toString("utf8", nameStart, nameStart + nameSize - 1);
    const contentStart = aligned(nameStart + nameSize);
    offset = aligned(contentStart + size);
    if (offset > data.length + 3) return null;
    if (name === "TRAILER!!!") return Math.min(offset, data.length);
    names.push(name);
  }
  return null;
}

const aligned = (offset: number): number => Math.ceil(offset / 4) * 4;

export interface ArchiveFile {
  /** Without a leading slash. */
  readonly path: string;
  readonly content: Buffer;
}

/** An uncompressed cpio archive (newc) with these files and the folders that they need. */
export function makeArchive(files: readonly ArchiveFile[]): Buffer {
  const parts: Buffer[] = [];
  let inode = 0x5a0001;
  const add = (path: string, mode: number, content: Buffer): void => {
    const name = Buffer.from(`${path}\0`);
    const fields = [
      inode++,
      mode,
      0,
      0,
      mode >= 0o100000 ? 1 : 2,
      0,
      content.length,
      0,
      0,
      0,
      0,
      name.length,
      0,
    ];
    const header = Buffer.from(
      `070701${fields.map((field) => field.toString(16).padStart(8, "0").toUpperCase()).join("")}`,
    );
    const padding = (length: number): Buffer => Buffer.alloc(aligned(length) - length);
    parts.push(header, name, padding(header.length + name.length), content, padding(content.length));
  };
  add(ownMark, 0o100644, Buffer.alloc(0));
  const folders = new Set<string>();
  for (const { path, content } of files) {
    const segments = path.split("/").slice(0, -1);
    for (const [index] of segments.entries()) {
      const folder = segments.slice(0, index + 1).join("/");
      if (folders.has(folder)) continue;
      folders.add(folder);
      add(folder, 0o040755, Buffer.alloc(0));
    }
    add(path, 0o100644, content);
  }
  add("TRAILER!!!", 0, Buffer.alloc(0));
  return Buffer.concat(parts);
}

/** `virtio_blk` of `usr/lib/modules/6.1/kernel/drivers/block/virtio_blk.ko.xz`. */
export function moduleName(path: string): string | null {
  return /([^/]+)\.ko(?:\.(?:gz|xz|zst))?$/.exec(path)?.[1]?.replaceAll("-", "_") ?? null;
}
