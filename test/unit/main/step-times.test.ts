import { describe, expect, it } from "vitest";
import { stepTimesOf } from "../../../main/step-times.ts";
import type { JournalEntry } from "../../../main/store/job-records.ts";

const entry = (
  run: number,
  step: JournalEntry["step"],
  kind: JournalEntry["kind"],
  second: number,
  data: unknown = null,
): JournalEntry => ({
  seq: second,
  run,
  at: `2026-01-01T00:00:${String(second).padStart(2, "0")}.000Z`,
  step,
  kind,
  data,
});

describe("the times of a job's steps", () => {
  it("run from a step's first beginning to its end, also over the death of the process that ran it", () => {
    const times = stepTimesOf([
      entry(1, "preflight", "begin", 1),
      entry(1, "preflight", "done", 2),
      entry(1, "sync", "begin", 3),
      entry(1, "sync", "note", 4),
      entry(1, "sync", "begin", 10),
      entry(1, "sync", "done", 20),
    ]);
    expect(times.map(({ step, beganAt, endedAt }) => [step, secondOf(beganAt), secondOf(endedAt)])).toEqual([
      ["preflight", "01", "02"],
      ["sync", "03", "20"],
    ]);
    expect(times.map(({ workedMs, restedMs }) => [workedMs, restedMs])).toEqual([
      [1_000, 0],
      [17_000, 0],
    ]);
  });

  it("are open while the step is not done, and those of another run are their own", () => {
    const times = stepTimesOf([
      entry(1, "sync", "begin", 1),
      entry(1, "sync", "done", 2),
      entry(2, "sync", "begin", 5),
    ]);
    expect(
      times.map(({ run, endedAt, workingSince }) => [run, endedAt === null, secondOf(workingSince)]),
    ).toEqual([
      [1, false, undefined],
      [2, true, "05"],
    ]);
  });

  it("leave out of a step's work what it waited for a person after a failure, a stop and a pause", () => {
    const times = stepTimesOf([
      entry(1, "sync", "begin", 0),
      entry(1, "sync", "rest", 5, { why: "paused" }),
      entry(1, "sync", "begin", 15),
      entry(1, "sync", "rest", 18, { why: "failed" }),
      entry(1, "sync", "begin", 48),
      entry(1, "sync", "rest", 50, { why: "paused" }),
      entry(1, "sync", "rest", 52, { why: "stopped" }),
      entry(1, "sync", "begin", 55),
      entry(1, "sync", "done", 59),
    ]);
    expect(times).toMatchObject([{ workedMs: 14_000, restedMs: 45_000, rest: null, workingSince: null }]);
  });

  it("say what a step waits for, and since when", () => {
    const paused = [entry(1, "sync", "begin", 0), entry(1, "sync", "rest", 5, { why: "paused" })];
    expect(stepTimesOf(paused)).toMatchObject([
      { workedMs: 5_000, workingSince: null, rest: { since: paused[1]?.at, why: "paused" } },
    ]);
    expect(stepTimesOf([...paused, entry(1, "sync", "rest", 9, { why: "failed" })])).toMatchObject([
      { workedMs: 5_000, rest: { since: paused[1]?.at, why: "failed" } },
    ]);
  });

  it("never shrink where the clock was set back", () => {
    const times = stepTimesOf([
      entry(1, "sync", "begin", 30),
      entry(1, "sync", "rest", 10, { why: "failed" }),
      entry(1, "sync", "begin", 5),
      entry(1, "sync", "done", 8),
    ]);
    expect(times).toMatchObject([{ workedMs: 3_000, restedMs: 0 }]);
  });
});

const secondOf = (at: string | null) => at?.slice(17, 19);
