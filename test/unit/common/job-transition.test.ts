import { describe, expect, it } from "vitest";
import {
  isUnfinished,
  phaseOfStep,
  stepNames,
  transition,
  type JobEvent,
  type JobState,
} from "../../../common/domain/job.ts";
import { failure } from "../../../common/result.ts";

const broken = { ...failure("connection-lost", "the line dropped"), context: {} };
const states: readonly JobState[] = [
  { name: "ready" },
  { name: "waiting" },
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
  { type: "queued" },
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
  it("never leave a terminal state except towards deletion", () => {
    for (const state of states.filter((state) => !isUnfinished(state) && state.name !== "deleting")) {
      for (const event of events) {
        expect(accepted(state, event), `${state.name} on ${event.type}`).toBe(
          event.type === "deletion-started",
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

  it("finish only after clean-up", () => {
    for (const step of stepNames) {
      expect(accepted({ name: "running", step, paused: false }, { type: "finished" }), step).toBe(
        step === "clean-up",
      );
    }
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
