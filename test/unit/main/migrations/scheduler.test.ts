/** A schedule over hours and weeks, by a clock that the test sets: the real scheduler and the real store, runs that take no time. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrationChoicesSchema } from "../../../../common/api/procedures.ts";
import { jobPlanSchema } from "../../../../common/domain/plan.ts";
import { nextRunAt, runPlanSchema } from "../../../../common/domain/run.ts";
import { ok, unwrap } from "../../../../common/result.ts";
import { Scheduler } from "../../../../main/migrations/scheduler.ts";
import { openDatabase } from "../../../../main/store/database.ts";
import { JobStore } from "../../../../main/store/job-store.ts";
import { SourceStore } from "../../../../main/store/source-store.ts";
import { storedSource } from "../../../support/stored-source.ts";

const hour = 3_600_000;
const id = "job00001";
const source = storedSource;

let folder = "";
let database: DatabaseSync;
let jobs: JobStore;
let now = 0;
/** Since the machine started; the clock alone moves where a test does not say otherwise. */
let bootMs = 0;
/** When runs after the first one began. */
let begun: number[] = [];
let expiries: string[] = [];
let full = false;
/** Whose timers run until the test's end. */
const looking: Scheduler[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-scheduler-"));
  database = unwrap(openDatabase(folder));
  now = Date.parse("2026-03-01T12:00:00Z");
  begun = [];
  expiries = [];
  full = false;
  bootMs = 5 * hour;
  jobs = new JobStore(
    database,
    () => now,
    () => true,
  );
  unwrap(new SourceStore(database).add(source));
});
afterEach(() => {
  for (const scheduler of looking.splice(0)) scheduler.stop();
  database.close();
  rmSync(folder, { recursive: true });
});

/** A job that has done its first run. */
function incremental(intervalHours: number, runHours = 0): Scheduler {
  const choices = migrationChoicesSchema.parse({ runs: { incremental: { intervalHours, keep: 2 } } });
  const target = { ...choices, kind: "local", directory: "/srv", controlPort: 8080, dataPort: 8703 };
  const bootCheck = { enabled: false, memoryMiB: 1024, timeoutSeconds: 60 };
  unwrap(jobs.create(id, source.id, jobPlanSchema.parse({ ...choices, target, bootCheck })));
  const run = (): void => {
    const { number } = unwrap(jobs.find(id)).run;
    const beganAt = now;
    unwrap(jobs.apply(id, { type: "step-started", step: "clean-up" }));
    jobs.beginRun(id, number);
    jobs.records.appendJournal(id, number, "sync", "done", {});
    now += runHours * hour;
    const next = new Date(nextRunAt(beganAt, intervalHours, now)).toISOString();
    unwrap(jobs.endRun(id, number, { type: "run-ended", nextRunAt: next }));
  };
  run();
  return new Scheduler({
    jobs,
    services: { clock: () => now, sinceBoot: () => bootMs },
    sourceOf: () => ok(source),
    queue: {
      isStarted: () => false,
      start() {
        begun.push(now);
        run();
      },
    },
    runner: {
      expire(expired) {
        expiries.push(expired);
        if (full)
          return Promise.reject(Object.assign(new Error("database or disk is full"), { errcode: 13 }));
        return Promise.resolve(jobs.find(expired));
      },
    },
  });
}

/** As its own timer does it. */
function look(scheduler: Scheduler): void {
  scheduler.stop();
  scheduler.start();
  looking.push(scheduler);
}

function tickFor(scheduler: Scheduler, hours: number, everyMinutes = 10): void {
  for (const end = now + hours * hour; now < end; now += everyMinutes * 60_000) scheduler.runDue();
}

describe("a job on a schedule", () => {
  it.each([1, 7, 24, 168])("is run every %i hours, time after time", (interval) => {
    const first = now;
    tickFor(incremental(interval), 6.5 * interval, interval * 10);
    expect(begun).toHaveLength(6);
    expect(begun.map((at) => (at - first) / hour)).toEqual(begun.map((_, index) => (index + 1) * interval));
    expect(jobs.runs(id).map(({ number, kind, trigger }) => [number, kind, trigger])).toEqual([
      [1, "full", "admin"],
      ...begun.map((_, index) => [index + 2, "incremental", "schedule"]),
    ]);
  });

  it("that takes longer than its interval is run again at once, never twice at a time", () => {
    tickFor(incremental(1, 1.5), 8);
    expect(begun.length).toBeGreaterThan(3);
    expect(begun.every((at, index) => index === 0 || at - (begun[index - 1] ?? 0) >= 1.5 * hour)).toBe(true);
  });

  it("makes up for a long sleep with one run, and keeps its interval from there", () => {
    const scheduler = incremental(24);
    now += 100 * hour;
    tickFor(scheduler, 25, 60);
    expect(begun).toHaveLength(2);
    expect((begun[1] ?? 0) - (begun[0] ?? 0)).toBe(24 * hour);
  });

  it("is neither forgotten nor run without end when the clock is set back or forward", () => {
    const scheduler = incremental(24);
    now -= 60 * hour;
    tickFor(scheduler, 1);
    expect(begun).toHaveLength(1);
    now += 1000 * hour;
    tickFor(scheduler, 1);
    expect(begun).toHaveLength(2);
  });
});

describe("a scheduler that looks by itself", () => {
  it("after a night asleep runs what was missed once, and not before other processes renewed their leases", () => {
    const scheduler = incremental(2);
    look(scheduler);
    now += 9 * hour;
    bootMs += 9 * hour;
    look(scheduler);
    expect(begun).toEqual([]);
    now += 15_000;
    bootMs += 15_000;
    look(scheduler);
    look(scheduler);
    expect(begun).toEqual([now]);
  });

  it("lets nothing expire because somebody set the clock, until an hour has gone by", () => {
    const scheduler = incremental(24);
    unwrap(jobs.planRun(id, "incremental", "admin"));
    look(scheduler);
    now += 365 * 24 * hour;
    const lookFor = (minutes: number) => {
      for (let minute = 0; minute < minutes; minute += 1) {
        now += 60_000;
        bootMs += 60_000;
        look(scheduler);
      }
    };
    lookFor(60);
    expect(expiries).toEqual([]);
    lookFor(2);
    expect(new Set(expiries)).toEqual(new Set([id]));
  });

  it("tries again to let a job expire where the disk was full", async () => {
    full = true;
    const scheduler = incremental(24);
    unwrap(jobs.planRun(id, "incremental", "admin"));
    now += 365 * 24 * hour;
    tickFor(scheduler, 1);
    await new Promise(setImmediate);
    tickFor(scheduler, 1);
    await new Promise(setImmediate);
    expect(expiries).toEqual([id, id]);
  });
});

it("a schedule is of 1 to 168 whole hours, and keeps 1 to 99 images", () => {
  const isTaken = (intervalHours: number, keep: number): boolean =>
    runPlanSchema.safeParse({ incremental: { intervalHours, keep } }).success;
  expect([1, 24, 168].every((hours) => isTaken(hours, 1) && isTaken(hours, 99))).toBe(true);
  expect([0, -1, 1.5, 169, Number.NaN].some((hours) => isTaken(hours, 1))).toBe(false);
  expect([0, 1.5, 100].some((keep) => isTaken(24, keep))).toBe(false);
});
