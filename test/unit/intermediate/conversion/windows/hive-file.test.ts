import { describe, expect, it } from "vitest";
import { HiveError } from "../../../../../intermediate/conversion/windows/hive-cells.ts";
import { HiveFile } from "../../../../../intermediate/conversion/windows/hive-file.ts";

const headerBytes = 0x1000;
const rootAt = 0x20;
const listAt = 0x400;
const leafAt = 0x10_000;
const entries = 0x4000;

/** One key, whose list names so many lists, all of them the same one, of keys that are all the root again. */
function hiveOfLists(lists: number): Buffer {
  const bins = 0x40_000;
  const file = Buffer.alloc(headerBytes + bins);
  const cell = (offset: number, bytes: number, kind: string, count: number): Buffer => {
    file.writeInt32LE(-bytes, headerBytes + offset);
    const inside = file.subarray(headerBytes + offset + 4, headerBytes + offset + bytes);
    inside.write(kind, 0, "latin1");
    if (kind !== "nk") inside.writeUInt16LE(count, 2);
    return inside;
  };
  file.write("regf", 0, "latin1");
  file.writeUInt32LE(1, 0x14);
  file.writeUInt32LE(5, 0x18);
  file.writeUInt32LE(rootAt, 0x24);
  file.writeUInt32LE(bins, 0x28);
  const root = cell(rootAt, 0x60, "nk", 0);
  root.writeUInt32LE(1, 0x14);
  root.writeUInt32LE(listAt, 0x1c);
  const list = cell(listAt, leafAt - listAt, "ri", lists);
  for (let index = 0; index < lists; index += 1) list.writeUInt32LE(leafAt, 4 + 4 * index);
  const leaf = cell(leafAt, 8 + 8 * entries, "lf", entries);
  for (let index = 0; index < entries; index += 1) leaf.writeUInt32LE(rootAt, 4 + 8 * index);
  let sum = 0;
  for (let at = 0; at < 0x1fc; at += 4) sum ^= file.readUInt32LE(at);
  file.writeUInt32LE(sum >>> 0, 0x1fc);
  return file;
}

describe("a hive that was made to harm", () => {
  it("whose lists name one another over and over is refused, not unrolled", () => {
    const hive = new HiveFile(hiveOfLists(0x3000));
    expect(() => hive.hasKey("Select")).toThrow(HiveError);
    expect(() => hive.hasKey("Select")).toThrow("more keys than any");
  });

  it("with few such lists is only a hive without that key", () => {
    expect(new HiveFile(hiveOfLists(2)).hasKey("Select")).toBe(false);
  });
});
