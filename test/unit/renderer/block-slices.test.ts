import { expect, it } from "vitest";
import { slicesOf, type BlockCell } from "../../../renderer/ui/block-slices.ts";

const nothing: BlockCell = { failing: 0, pending: 0, sent: 0, same: 0, zero: 0, skipped: 0 };
const heightsOf = (cell: Partial<BlockCell>) => slicesOf({ ...nothing, ...cell }, 11);

it("shows the little that was sent in a cell that stands for much, and fills the cell", () => {
  expect(heightsOf({ sent: 1, zero: 436 })).toEqual([
    ["sent", 2],
    ["zero", 9],
  ]);
  const all = heightsOf({ sent: 1, same: 1, zero: 1, skipped: 1, pending: 400 });
  expect(all.reduce((sum, [, height]) => sum + height, 0)).toBe(11);
  expect(all.every(([, height]) => height >= 2)).toBe(true);
});

it("shows one kind alone as the whole cell, and what is not known yet as to come", () => {
  expect(heightsOf({ skipped: 3 })).toEqual([["skipped", 11]]);
  expect(heightsOf({})).toEqual([["pending", 11]]);
});

it("shows nothing but the failure where a chunk could not be read", () => {
  expect(heightsOf({ failing: 1, sent: 5_000 })).toEqual([["failing", 11]]);
});
