import { describe, expect, it } from "vitest";
import { stepTimesOf } from "../../../main/job-insights.ts";
import type { JournalEntry } from "../../../main/store/job-records.ts";

const entry = (
  run: number,
  step: JournalEntry["step"],
  kind: JournalEntry["kind"],
  second: number,
): JournalEntry => ({
  seq: second,
  run,
  at: `2026-01-01T00:00:${String(second).padStart(2, "0")}.000Z`,
  step,
  kind,
  data: null,
});

describe("the times of a job's steps", () => {
  it("run from a step's first beginning to its end, through every resume", () => {
    const times = stepTimesOf([
      entry(1, "preflight", "begin", 1),
      entry(1, "preflight", "done", 2),
      entry(1, "sync", "begin", 3),
      entry(1, "sync", "note", 4),
      entry(1, "sync", "begin", 10),
      entry(1, "sync", "done", 20),
    ]);
    expect(
      times.map(({ step, beganAt, endedAt }) => [step, beganAt.slice(17, 19), endedAt?.slice(17, 19)]),
    ).toEqual([
      ["preflight", "01", "02"],
      ["sync", "03", "20"],
    ]);
  });

  it("are open while the step is not done, and those of another run are their own", () => {
    const times = stepTimesOf([
      entry(1, "sync", "begin", 1),
      entry(1, "sync", "done", 2),
      entry(2, "sync", "begin", 5),
    ]);
    expect(times.map(({ run, endedAt }) => [run, endedAt === null])).toEqual([
      [1, false],
      [2, true],
    ]);
  });
});
