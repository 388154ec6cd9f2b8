import { describe, expect, test } from "vitest";
import { keepsOrder, type RowOrder } from "../../../renderer/ui/row-order.ts";

interface Row {
  readonly id: string;
  readonly rate: number;
  readonly name: string;
  readonly tags: readonly string[];
}

const row = (id: string, more: Partial<Row> = {}): Row => ({ id, rate: 1, name: id, tags: ["a"], ...more });
const order = (more: Partial<RowOrder<Row>> = {}): RowOrder<Row> => ({
  idOf: ({ id }) => id,
  sortedBy: [({ name }) => name],
  textOf: null,
  groupsOf: null,
  ...more,
});
const before = [row("one"), row("two")];

describe("the order of a table's rows", () => {
  test("stays where a row changed in nothing that it is ordered by", () => {
    const after = [row("one", { rate: 2, tags: ["b"] }), row("two")];
    expect(keepsOrder(before, after, order())).toBe(true);
  });

  test("is made anew where a sorted column, the filtered text or a group changed", () => {
    const [one, two] = [row("one", { rate: 2, tags: ["b"] }), row("two")];
    expect(keepsOrder(before, [one, two], order({ sortedBy: [({ rate }) => rate] }))).toBe(false);
    expect(keepsOrder(before, [one, two], order({ textOf: ({ rate }) => `${rate}` }))).toBe(false);
    expect(keepsOrder(before, [one, two], order({ groupsOf: ({ tags }) => tags }))).toBe(false);
  });

  test("is made anew where a row came, went or took another's place", () => {
    expect(keepsOrder(before, [...before, row("three")], order())).toBe(false);
    expect(keepsOrder(before, [row("one")], order())).toBe(false);
    expect(keepsOrder(before, [row("one"), row("new", { name: "two" })], order())).toBe(false);
  });
});
