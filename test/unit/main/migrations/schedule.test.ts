import { inEnglish } from "../../../support/in-english.ts";
import { describe, expect, it } from "vitest";
import { migrationChoicesSchema } from "../../../../common/api/procedures.ts";
import type { JobState } from "../../../../common/domain/job.ts";
import { jobPlanSchema } from "../../../../common/domain/plan.ts";
import { nextRunAt, type RunPlan } from "../../../../common/domain/run.ts";
import { failure } from "../../../../common/result.ts";
import { dueAct } from "../../../../main/migrations/schedule.ts";
import type { Job } from "../../../../main/store/job-store.ts";

const hour = 3_600_000;
const now = new Date(2026, 5, 15, 12).getTime();
const iso = (ms: number) => new Date(ms).toISOString();

function job(
  state: JobState,
  more: { runs?: Partial<RunPlan>; trigger?: "schedule"; idleMs?: number } = {},
): Job {
  const choices = migrationChoicesSchema.parse({ runs: more.runs ?? {} });
  const plan = jobPlanSchema.parse({
    ...choices,
    target: { ...choices, kind: "local", directory: "/srv", controlPort: 8080, dataPort: 8703 },
    bootCheck: { enabled: false, memoryMiB: 1024, timeoutSeconds: 60 },
  });
  return {
    id: "job00001",
    sourceId: "source00",
    state,
    plan,
    progress: null,
    run: {
      number: 3,
      kind: "incremental",
      trigger: more.trigger ?? "admin",
      plannedAt: iso(now),
      beganAt: iso(now),
      endedAt: null,
      outcome: null,
    },
    createdAt: iso(now),
    updatedAt: iso(now - (more.idleMs ?? 0)),
  };
}

const daily = { incremental: { intervalHours: 24, keep: 2 } };
const waitingUntil = (ms: number): JobState => ({ name: "waiting", reason: "next-run", nextRunAt: iso(ms) });

describe("a job between two runs", () => {
  it("is due from its time on, and only once for all the runs that a sleep made it miss", () => {
    expect(dueAct(job(waitingUntil(now + 1), { runs: daily }), now)).toBeNull();
    expect(dueAct(job(waitingUntil(now), { runs: daily }), now)).toMatchObject({
      kind: "next-run",
      after: 3,
    });
    expect(dueAct(job(waitingUntil(now - 100 * hour), { runs: daily }), now)).toMatchObject({
      kind: "next-run",
    });
    // The run that was late sets the time of the next: an interval after it began, not after it was due.
    expect(nextRunAt(now, 24, now + hour)).toBe(now + 24 * hour);
    expect(nextRunAt(now - 30 * hour, 24, now)).toBe(now);
  });

  it("does not wait for a time that a wrong clock wrote down", () => {
    expect(dueAct(job(waitingUntil(now + 25 * hour), { runs: daily }), now)).toMatchObject({
      kind: "next-run",
    });
  });

  it("waits for a person where its schedule was taken away", () => {
    expect(dueAct(job({ name: "waiting", reason: "next-run", nextRunAt: null }), now)).toBeNull();
  });
});

describe("a job that was left", () => {
  const retryable = { ...failure("host-unreachable", inEnglish("asleep")), context: {} };

  it("goes on where only the assistant had ended, not where somebody stopped it", () => {
    expect(dueAct(job({ name: "stopped", step: "sync", goesOn: true }), now)).toMatchObject({
      kind: "go-on",
    });
    expect(dueAct(job({ name: "stopped", step: "sync" }), now)).toBeNull();
  });

  it("by a process that died goes on by itself only where the schedule had begun the run", () => {
    const running: JobState = { name: "running", step: "sync", paused: false };
    expect(dueAct(job(running, { trigger: "schedule" }), now)).toMatchObject({ kind: "go-on" });
    expect(dueAct(job(running), now)).toBeNull();
  });

  it("in an error that may pass is tried again after an hour, where the schedule had begun the run", () => {
    const failed: JobState = { name: "in-error", step: "preflight", failure: retryable };
    expect(dueAct(job(failed, { trigger: "schedule", idleMs: 2 * hour }), now)).toMatchObject({
      kind: "go-on",
    });
    expect(dueAct(job(failed, { trigger: "schedule", idleMs: hour / 2 }), now)).toBeNull();
    expect(dueAct(job(failed, { idleMs: 2 * hour }), now)).toBeNull();
  });

  it("expires when nobody has cared for as long as its plan says", () => {
    const stopped: JobState = { name: "stopped", step: "sync" };
    expect(dueAct(job(stopped, { idleMs: 29 * 24 * hour }), now)).toBeNull();
    expect(dueAct(job(stopped, { idleMs: 31 * 24 * hour }), now)).toMatchObject({ kind: "expire" });
    expect(dueAct(job(waitingUntil(now + hour), { runs: daily, idleMs: 31 * 24 * hour }), now)).toBeNull();
    expect(dueAct(job({ name: "finished" }, { idleMs: 400 * 24 * hour }), now)).toBeNull();
  });
});

it("a job whose transfer window is closed waits for it, unless its data has travelled already", () => {
  const runs = { transferWindow: { from: "22:00", to: "06:00" } };
  const waiting: JobState = { name: "waiting", reason: "window", nextRunAt: null };
  const night = new Date(2026, 5, 15, 23).getTime();
  expect(dueAct(job(waiting, { runs }), now)).toBeNull();
  expect(dueAct(job(waiting, { runs }), night)).toMatchObject({ kind: "go-on" });
});
