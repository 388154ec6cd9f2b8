/**
 * The file of a registry hive: a header of 4 KiB, then bins of cells. Offsets of cells count from the end of the header.
 * Layout: the public descriptions of the "regf" format (Suhanov, "Windows registry file format specification"). Whatever
 * does not fit throws a {@link HiveError}: the file comes from the source.
 */
export class HiveError extends Error {}

/** What reading a damaged hive throws: a HiveError, or that of a Buffer where a length leads out of a cell. */
export const isHiveError = (error: unknown): error is Error =>
  error instanceof HiveError || error instanceof RangeError;

const headerBytes = 0x1000;
const binHeaderBytes = 0x20;
const pageBytes = 0x1000;
export const noCell = 0xffff_ffff;
/** Larger than any that Windows loads. */
const mostBytes = 1 << 30;

export class HiveCells {
  #file: Buffer;
  /** End of the bins in the file, and the free room at the end of a bin that was added here. */
  #end: number;
  #free: { at: number; end: number } | null = null;

  constructor(file: Buffer) {
    if (file.length < 2 * headerBytes || file.length > mostBytes || file.toString("latin1", 0, 4) !== "regf")
      throw new HiveError("it is no registry hive");
    if (checksumOf(file) !== file.readUInt32LE(0x1fc)) throw new HiveError("its header is damaged");
    if (file.readUInt32LE(4) !== file.readUInt32LE(8))
      throw new HiveError("it was being written when it was copied, and its log waits to be replayed");
    const end = headerBytes + file.readUInt32LE(0x28);
    if (file.readUInt32LE(0x14) !== 1 || end > file.length || end % pageBytes !== 0)
      throw new HiveError("it is of a form that is not known, or was cut off");
    // What lies behind the bins is nobody's.
    this.#file = Buffer.from(file.subarray(0, end));
    this.#end = end;
  }

  get root(): number {
    return this.#file.readUInt32LE(0x24);
  }

  /** Of the format: from 5 on, lists of keys have hashes. */
  get minor(): number {
    return this.#file.readUInt32LE(0x18);
  }

  /** A cell in use, without its length. Writing into it changes the hive. */
  cell(offset: number, least = 0): Buffer {
    const at = headerBytes + offset;
    if (offset % 8 !== 0 || offset < binHeaderBytes || at + 8 > this.#end)
      throw new HiveError("a reference leads out of it");
    const size = -this.#file.readInt32LE(at);
    if (size < 8 || at + size > this.#end || size - 4 < least)
      throw new HiveError("a reference leads to no cell");
    return this.#file.subarray(at + 4, at + size);
  }

  /** A new cell of zeros with room for `bytes`. Cells that were taken before are no longer to be written to. */
  allocate(bytes: number): number {
    const size = Math.ceil((bytes + 4) / 8) * 8;
    if (this.#free === null || this.#free.end - this.#free.at < size) this.#addBin(size);
    const free = this.#free;
    if (free === null) throw new HiveError("no room was made");
    const at = free.at;
    this.#file.writeInt32LE(-size, at);
    free.at += size;
    this.#markFree(free.at, free.end);
    return at - headerBytes;
  }

  release(offset: number): void {
    if (offset === noCell) return;
    const { length } = this.cell(offset);
    this.#file.writeInt32LE(length + 4, headerBytes + offset);
  }

  /** The file with its header made true. */
  finish(): Buffer {
    const sequence = (this.#file.readUInt32LE(4) + 1) >>> 0;
    this.#file.writeUInt32LE(sequence, 4);
    this.#file.writeUInt32LE(sequence, 8);
    this.#file.writeUInt32LE(this.#end - headerBytes, 0x28);
    this.#file.writeUInt32LE(checksumOf(this.#file), 0x1fc);
    return this.#file;
  }

  #addBin(least: number): void {
    const size = Math.ceil((least + binHeaderBytes) / pageBytes) * pageBytes;
    const bin = Buffer.alloc(size);
    bin.write("hbin", 0, "latin1");
    bin.writeUInt32LE(this.#end - headerBytes, 4);
    bin.writeUInt32LE(size, 8);
    const start = this.#end;
    this.#file = Buffer.concat([this.#file, bin]);
    this.#end += size;
    this.#free = { at: start + binHeaderBytes, end: this.#end };
    this.#markFree(start + binHeaderBytes, this.#end);
  }

  #markFree(at: number, end: number): void {
    if (end > at) this.#file.writeInt32LE(end - at, at);
  }
}

function checksumOf(file: Buffer): number {
  let sum = 0;
  for (let at = 0; at < 0x1fc; at += 4) sum ^= file.readUInt32LE(at);
  // These two are never used.
  if (sum === 0) return 1;
  if (sum >>> 0 === 0xffff_ffff) return 0xffff_fffe;
  return sum >>> 0;
}
