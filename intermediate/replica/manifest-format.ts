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
  page.writeUInt32LE(checksum(page, at, chunk), at + 44);
}

/** Blanks every record of a page read from disk that cannot be trusted, so that its state alone tells afterwards. */
export function sanitisePage(page: Buffer, firstChunk: number): void {
  for (let at = 0, chunk = firstChunk; at < page.length; at += recordBytes, chunk += 1) {
    const state = page.readUInt8(at + 36);
    if (state === recordStates.unknown) continue;
    const known = state === recordStates.zero || state === recordStates.data;
    if (!known || page.readUInt32LE(at + 44) !== checksum(page, at, chunk))
      page.fill(0, at, at + recordBytes);
  }
}

export const stateAt = (page: Buffer, at: number): number => page.readUInt8(at + 36);
export const passAt = (page: Buffer, at: number): number => page.readUInt32LE(at + 32);
export const flagsAt = (page: Buffer, at: number): number => page.readUInt8(at + 37);
/** A view of the page. */
export const hashAt = (page: Buffer, at: number): Buffer => page.subarray(at, at + 32);
