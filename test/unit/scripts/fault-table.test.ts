import { expect, it } from "vitest";
import { rowsIn, withRows, type KillRow } from "../../lab/fault-table.ts";

const row = (seed: number, end: string, victim = "agent"): KillRow => ({
  seed,
  victim,
  end,
  step: "sync",
  at: "40 %",
  seconds: 12.34,
});

it("rows of several runs add up in the order of their seeds, the newest of a seed counts", () => {
  const first = withRows("# Faults\n\nBefore.\n", [row(4, "the image differs"), row(2, "equal")]);
  const text = withRows(`${first}\nAfter.\n`, [
    row(4, "equal", "assistant"),
    row(1, "equal, was over before the kill"),
    row(9, "it does not end: a | b"),
  ]);
  expect(rowsIn(text).map(({ seed, end }) => [seed, end])).toEqual([
    [1, "equal, was over before the kill"],
    [2, "equal"],
    [4, "equal"],
    [9, "it does not end: a / b"],
  ]);
  expect(text).toMatch(/^# Faults\n\nBefore\.\n/);
  expect(text).toMatch(/\nAfter\.\n$/);
  expect(text).toContain(
    "Seeds 1 to 9, 5 between them not run: 3 kills (2 of the agent, 1 of the assistant, 0 of the intermediate), 3 equal, 1 otherwise.",
  );
});
