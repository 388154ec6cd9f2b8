/**
 * The manifest file: what is known of each chunk of one disk's replica. Integers are little-endian.
 *
 * | offset        | size      | field                                                     |
 * |---------------|-----------|-----------------------------------------------------------|
 * | 0             | 8         | magic, the bytes `SMAMANI1`                               |
 * | 8             | 4         | format, 1                                                 |
 * | 12            | 4         | chunk size                                                |
 * | 16            | 8         | disk size                                                 |
 * | 24            | 4         | CRC-32 of the bytes 0 to 23                               |
 * | 28            | to 4,096  | zeros                                                     |
 * | 4,096 + 48 n  | 48        | the record of chunk n                                     |
 *
 * A record:
 *
 * | offset | size | field                                                                              |
 * |--------|------|------------------------------------------------------------------------------------|
 * | 0      | 32   | SHA-256 of the chunk (state 2) or zeros                                            |
 * | 32     | 4    | pass in which the chunk was last recorded                                          |
 * | 36     | 1    | state: 0 unknown, 1 the chunk is zero, 2 the chunk has this hash                   |
 * | 37     | 1    | flags: bit 0, its bytes were sent in that pass (otherwise they were found the same) |
 * |        |      | bit 1, zero because nobody on the source uses it                                   |
 * |        |      | bit 2, the hash is the agent's word: the bytes were neither hashed when they arrived |
 * |        |      | nor read back since                                                                |
 * | 38     | 6    | zeros                                                                              |
 * | 44     | 4    | CRC-32 of the chunk's index (u64) and the bytes 0 to 43                            |
 *
 * A record of state 0, and one whose CRC is wrong, says nothing: the chunk is unknown. So a hole in the file (a record
 * never written), a torn record and a record in the wrong place are all safe. The header is never rewritten: the file
 * is born under another name and renamed when it is whole.
 */
import { crc32 } from "node:zlib";
import type { Geometry } from "./geometry.ts";

export const manifestHeaderBytes = 4_096;
export const recordBytes = 48;

export const recordStates = { unknown: 0, zero: 1, data: 2 } as const;
export const recordSentFlag = 1;
export const recordUnusedFlag = 2;
export const recordUncheckedFlag = 4;

const magic = "SMAMANI1";
const format = 1;

export function encodeManifestHeader({ diskBytes, chunkBytes }: Geometry): Buffer {
  const header = Buffer.alloc(manifestHeaderBytes);
  header.write(magic, 0, "latin1");
  header.writeUInt32LE(format, 8);
  header.writeUInt32LE(chunkBytes, 12);
  header.writeBigUInt64LE(BigInt(diskBytes), 16);
  header.writeUInt32LE(crc32(header.subarray(0, 24)), 24);
  return header;
}

/** The geometry that a header states, or why it cannot be trusted. */
export function decodeManifestHeader(header: Buffer): Geometry | string {
  if (header.length < 28) return "the file is shorter than a header";
  if (header.toString("latin1", 0, 8) !== magic) return "the file does not begin as a manifest";
  if (header.readUInt32LE(24) !== crc32(header.subarray(0, 24))) return "the header's checksum is wrong";
  const found = header.readUInt32LE(8);
  if (found !== format) return `the format is ${found}, this program knows ${format}`;
  return { chunkBytes: header.readUInt32LE(12), diskBytes: Number(header.readBigUInt64LE(16)) };
}

const indexBytes = Buffer.alloc(8);

function checksum(page: Buffer, at: number, chunk: number): number {
  indexBytes.writeUInt32LE(chunk % 0x1_0000_0000, 0);
  indexBytes.writeUInt32LE(Math.floor(chunk / 0x1_0000_0000), 4);
  return crc32(page.subarray(at, at + 44), crc32(indexBytes));
}

/*
 * A zero chunk's record is all zeros but for pass, state and flags. CRC-32 is affine in its input's bits, so the part of
 * the index is looked up byte by byte: on disks of many terabytes most records are of this kind, and a call of crc32
 * for each would be most of the time.
 */
const blank = Buffer.alloc(44);
const checksumOf = (index: Buffer): number => crc32(blank, crc32(index));
const noIndex = checksumOf(Buffer.alloc(8));
const indexTables = Array.from({ length: 8 }, (_byte, at) =>
  Uint32Array.from({ length: 256 }, (_value, byte) => {
    const index = Buffer.alloc(8);
    index[at] = byte;
    return checksumOf(index) ^ noIndex;
  }),
);

function indexPart(chunk: number): number {
  let rest = chunk;
  let part = 0;
  for (let at = 0; rest > 0; at += 1) {
    part ^= indexTables[at]?.[rest & 0xff] ?? 0;
    rest = Math.floor(rest / 256);
  }
  return part;
}

/** Of the record that was asked for last, without the part of the index. */
let zeroKind = { pass: -1, flags: 0, checksum: 0 };

function zeroChecksum(chunk: number, pass: number, flags: number): number {
  if (zeroKind.pass !== pass || zeroKind.flags !== flags) {
    const record = Buffer.alloc(44);
    record.writeUInt32LE(pass, 32);
    record[36] = recordStates.zero;
    record[37] = flags;
    zeroKind = { pass, flags, checksum: crc32(record, crc32(Buffer.alloc(8))) };
  }
  return (zeroKind.checksum ^ indexPart(chunk)) >>> 0;
}

/** True where all of a record but pass, state, flags and checksum is zero. */
function isBare(page: Buffer, at: number): boolean {
  for (let offset = at; offset < at + 32; offset += 4) if (page.readInt32LE(offset) !== 0) return false;
  return page.readUInt16LE(at + 38) === 0 && page.readInt32LE(at + 40) === 0;
}

export interface RecordValue {
  readonly state: number;
  readonly flags: number;
  readonly pass: number;
  /** 32 bytes; undefined for anything but data. */
  readonly hash: Buffer | undefined;
}

/** Writes the record of `chunk` at the offset `at` of `page`. */
export function putRecord(page: Buffer, at: number, chunk: number, value: RecordValue): void {
  page.fill(0, at, at + recordBytes);
  if (value.state === recordStates.unknown) return;
  value.hash?.copy(page, at, 0, 32);
  page.writeUInt32LE(value.pass, at + 32);
  page.writeUInt8(value.state, at + 36);
  page.writeUInt8(value.flags, at + 37);
  const isZero = value.state === recordStates.zero && value.hash === undefined;
  const crc = isZero ? zeroChecksum(chunk, value.pass, value.flags) : checksum(page, at, chunk);
  page.writeUInt32LE(crc, at + 44);
}

function isIntact(page: Buffer, at: number, chunk: number): boolean {
  const state = stateAt(page, at);
  const crc = page.readUInt32LE(at + 44);
  if (state === recordStates.zero && isBare(page, at))
    return crc === zeroChecksum(chunk, passAt(page, at), flagsAt(page, at));
  return (state === recordStates.zero || state === recordStates.data) && crc === checksum(page, at, chunk);
}

/** Blanks every record of a page read from disk that cannot be trusted, so that its state alone tells afterwards. */
export function sanitisePage(page: Buffer, firstChunk: number): void {
  for (let at = 0, chunk = firstChunk; at < page.length; at += recordBytes, chunk += 1) {
    if (stateAt(page, at) === recordStates.unknown) continue;
    if (!isIntact(page, at, chunk)) page.fill(0, at, at + recordBytes);
  }
}

export const stateAt = (page: Buffer, at: number): number => page.readUInt8(at + 36);
export const passAt = (page: Buffer, at: number): number => page.readUInt32LE(at + 32);
export const flagsAt = (page: Buffer, at: number): number => page.readUInt8(at + 37);
/** A view of the page. */
export const hashAt = (page: Buffer, at: number): Buffer => page.subarray(at, at + 32);
