import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  putRecord,
  recordBytes,
  recordStates,
  sanitisePage,
  stateAt,
} from "../../../../intermediate/replica/manifest-format.ts";

const chunks = [0, 1, 255, 256, 65_536, 2 ** 28 - 1, 2 ** 32, 2 ** 33 + 0x01_02_03];

function record(chunk: number, pass: number, flags: number): Buffer {
  const page = Buffer.alloc(recordBytes);
  putRecord(page, 0, chunk, { state: recordStates.zero, flags, pass, hash: undefined });
  return page;
}

describe("the record of a zero chunk", () => {
  test("has the checksum of its index and bytes, whatever the index", () => {
    for (const chunk of chunks) {
      for (const [pass, flags] of [
        [1, 0],
        [7, 3],
        [0xffff_ffff, 1],
      ] as const) {
        const page = record(chunk, pass, flags);
        const covered = Buffer.alloc(8 + 44);
        covered.writeBigUInt64LE(BigInt(chunk), 0);
        page.copy(covered, 8, 0, 44);
        expect(page.readUInt32LE(44), `chunk ${chunk}, pass ${pass}`).toBe(crc32(covered));
        sanitisePage(page, chunk);
        expect(stateAt(page, 0)).toBe(recordStates.zero);
      }
    }
  });

  test("is believed in no other place and with no bit changed", () => {
    for (const chunk of chunks) {
      const moved = record(chunk, 3, 2);
      sanitisePage(moved, chunk + 1);
      expect(stateAt(moved, 0)).toBe(recordStates.unknown);
    }
    for (let bit = 0; bit < recordBytes * 8; bit += 1) {
      const page = record(1_000_000, 3, 2);
      page[bit >> 3] = (page[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      sanitisePage(page, 1_000_000);
      expect(stateAt(page, 0), `bit ${bit}`).toBe(recordStates.unknown);
    }
  });
});
