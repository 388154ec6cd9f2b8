import { describe, expect, it } from "vitest";
import {
  ldmMbrType,
  readTable,
} from "../../../../../intermediate/conversion/dynamic-disks/partition-table.ts";

/** The first sectors of a disk with one MBR entry, and a GPT header where `header` says so. */
function diskStart(type: number, header: boolean): Buffer {
  const start = Buffer.alloc(34 * 512);
  start.writeUInt8(type, 450);
  start.writeUInt32LE(63, 454);
  start.writeUInt32LE(1_000, 458);
  start.writeUInt16LE(0xaa55, 510);
  if (header) {
    start.write("EFI PART", 512, "latin1");
    start.writeUInt32LE(92, 512 + 12);
    start.writeBigUInt64LE(2n, 512 + 72);
    start.writeUInt32LE(128, 512 + 80);
    start.writeUInt32LE(128, 512 + 84);
  }
  return start;
}

describe("the table of a dynamic disk", () => {
  it("is the MBR's where a GPT header is left over from an earlier use of the disk", () => {
    expect(readTable(diskStart(ldmMbrType, true))).toMatchObject({
      kind: "mbr",
      entries: [{ type: ldmMbrType, startBytes: 63 * 512, sizeBytes: 1_000 * 512 }],
    });
  });

  it("is the GPT where the MBR only stands for it", () => {
    expect(readTable(diskStart(0xee, true))?.kind).toBe("gpt");
    expect(readTable(diskStart(0xee, false))?.kind).toBe("mbr");
  });
});
