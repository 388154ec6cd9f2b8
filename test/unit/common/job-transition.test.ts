import { inEnglish } from "../../support/in-english.ts";
import { describe, expect, it } from "vitest";
import {
  isUnfinished,
  jobStateSchema,
  phaseOfStep,
  stepNames,
  transition,
  type JobEvent,
  type JobState,
} from "../../../common/domain/job.ts";
import { failure, ok } from "../../../common/result.ts";

const broken = { ...failure("connection-lost", inEnglish("the line dropped")), context: {} };
const states: readonly JobState[] = [
  { name: "ready" },
  { name: "waiting", reason: "next-run", nextRunAt: "2026-01-01T00:00:00.000Z" },
  { name: "waiting", reason: "slot", nextRunAt: null },
  ...stepNames.flatMap((step): JobState[] => [
    { name: "running", step, paused: false },
    { name: "stopped", step },
    { name: "in-error", step, failure: broken },
  ]),
  { name: "running", step: "sync", paused: true },
  { name: "finished" },
  { name: "expired" },
  { name: "deleting" },
];
const events: readonly JobEvent[] = [
  { type: "queued", reason: "slot", nextRunAt: null },
  { type: "queue-left", step: "push" },
  { type: "run-planned" },
  { type: "run-ended", nextRunAt: "2026-01-01T00:00:00.000Z" },
  ...stepNames.map((step): JobEvent => ({ type: "step-started", step })),
  { type: "paused" },
  { type: "unpaused" },
  { type: "stopped" },
  { type: "failed", failure: broken },
  { type: "finished" },
  { type: "expired" },
  { type: "deletion-started" },
];

const accepted = (state: JobState, event: JobEvent) => transition(state, event).ok;

describe("job states", () => {
  it("never leave a terminal state except towards deletion, or a finished one into another run", () => {
    for (const state of states.filter((state) => !isUnfinished(state) && state.name !== "deleting")) {
      for (const event of events) {
        expect(accepted(state, event), `${state.name} on ${event.type}`).toBe(
          event.type === "deletion-started" || (event.type === "run-planned" && state.name === "finished"),
        );
      }
    }
  });

  it("pause only while syncing", () => {
    for (const step of stepNames) {
      const pausable = accepted({ name: "running", step, paused: false }, { type: "paused" });
      expect(pausable, step).toBe(phaseOfStep[step] === "syncing");
    }
  });

  it("finish, or wait for the next run, only after clean-up", () => {
    const ends: JobEvent[] = [
      { type: "finished" },
      { type: "run-ended", nextRunAt: "2026-01-01T00:00:00.000Z" },
    ];
    for (const step of stepNames) {
      for (const end of ends) {
        expect(accepted({ name: "running", step, paused: false }, end), step).toBe(step === "clean-up");
      }
    }
  });

  it("stored by earlier versions as waiting are read as waiting for a slot", () => {
    expect(jobStateSchema.parse({ name: "waiting" })).toEqual({
      name: "waiting",
      reason: "slot",
      nextRunAt: null,
    });
  });

  it("remember the step in which a job stopped or failed", () => {
    for (const step of stepNames) {
      const running: JobState = { name: "running", step, paused: false };
      expect(transition(running, { type: "stopped" })).toMatchObject({ value: { name: "stopped", step } });
      expect(transition(running, { type: "failed", failure: broken })).toMatchObject({
        value: { name: "in-error", step, failure: { code: "connection-lost" } },
      });
    }
  });

  it("leave the queue, but not the wait for the next run", () => {
    const left = { type: "queue-left", step: "convert" } as const;
    for (const reason of ["slot", "window"] as const)
      expect(transition({ name: "waiting", reason, nextRunAt: null }, left)).toEqual(
        ok({ name: "stopped", step: "convert" }),
      );
    expect(accepted({ name: "waiting", reason: "next-run", nextRunAt: null }, left)).toBe(false);
    for (const state of states.filter(({ name }) => name !== "waiting"))
      expect(accepted(state, left), state.name).toBe(false);
  });

  it("let every unfinished state be resumed into any step", () => {
    for (const state of states.filter(isUnfinished)) {
      for (const step of stepNames)
        expect(accepted(state, { type: "step-started", step }), state.name).toBe(true);
    }
  });

  it("refuse with a failure that names state and event, and change nothing", () => {
    const state: JobState = { name: "finished" };
    const refused = transition(state, { type: "paused" });
    expect(refused).toMatchObject({
      failure: { code: "job-state", context: { state: "finished", event: "paused" } },
    });
    expect(state).toEqual({ name: "finished" });
  });
});
