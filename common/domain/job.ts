import { z } from "zod";
import { saidSchema } from "./remark-base.ts";
import { failureCodes } from "../failure-codes.ts";
import { assertNever, fail, ok, type Result } from "../result.ts";
import { told } from "./report-text/told.ts";

/** What a job is doing while it runs; `syncing` alone can be paused. */
export const jobPhases = ["preparing", "syncing", "processing", "cleaning"] as const;
export type JobPhase = (typeof jobPhases)[number];

/** The steps of a migration in order. One file each under main/migrations/steps. */
export const stepNames = [
  "preflight",
  "provision",
  "push",
  "sync",
  "verify",
  "convert",
  "boot-check",
  "image",
  "deliver",
  "receipt",
  "clean-up",
] as const;
export type StepName = (typeof stepNames)[number];

/** The phase that the admin sees while a step runs. */
export const phaseOfStep: Readonly<Record<StepName, JobPhase>> = {
  preflight: "preparing",
  provision: "preparing",
  push: "preparing",
  sync: "syncing",
  verify: "processing",
  convert: "processing",
  "boot-check": "processing",
  image: "processing",
  deliver: "processing",
  receipt: "processing",
  "clean-up": "cleaning",
};

export const failureSchema = z.object({
  code: z.enum(failureCodes),
  message: z.string(),
  remedy: z.string(),
  retryable: z.boolean(),
  context: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).readonly()]),
  ),
  said: saidSchema.optional(),
});

export const waitingReasons = ["next-run", "slot", "window"] as const;
export type WaitingReason = (typeof waitingReasons)[number];

/**
 * A job's state. `running` carries the step it is in, `in-error` the failure and the step that it happened in, so
 * that no screen has to guess. `waiting` is a job between two runs (`next-run`), one that waits for a free slot, or one
 * whose transfer window is closed.
 */
export const jobStateSchema = z.discriminatedUnion("name", [
  z.object({ name: z.literal("ready") }),
  z.object({
    name: z.literal("waiting"),
    reason: z.enum(waitingReasons).default("slot"),
    /** When it goes on by itself, where that is known. */
    nextRunAt: z.iso.datetime().nullable().default(null),
  }),
  z.object({ name: z.literal("running"), step: z.enum(stepNames), paused: z.boolean() }),
  z.object({
    name: z.literal("stopped"),
    step: z.enum(stepNames),
    /** True where only the assistant ended: it goes on by itself with the next one. */
    goesOn: z.boolean().optional(),
  }),
  z.object({ name: z.literal("in-error"), step: z.enum(stepNames), failure: failureSchema }),
  z.object({ name: z.literal("finished") }),
  z.object({ name: z.literal("expired") }),
  z.object({ name: z.literal("deleting") }),
]);
export type JobState = z.infer<typeof jobStateSchema>;

export type JobEvent =
  | { readonly type: "queued"; readonly reason: "slot" | "window"; readonly nextRunAt: string | null }
  /** Told to stop while it waited for a slot or its transfer window; `step` is where it goes on. */
  | { readonly type: "queue-left"; readonly step: StepName }
  /** Another run over the same replica. */
  | { readonly type: "run-planned" }
  /** A run of an incremental job is over and the next is due then. */
  | { readonly type: "run-ended"; readonly nextRunAt: string }
  /** The schedule of a job between two runs has changed; null: it has none any more and waits for a person. */
  | { readonly type: "rescheduled"; readonly nextRunAt: string | null }
  | { readonly type: "step-started"; readonly step: StepName }
  | { readonly type: "paused" }
  | { readonly type: "unpaused" }
  | { readonly type: "stopped"; readonly goesOn?: boolean }
  | { readonly type: "failed"; readonly failure: z.infer<typeof failureSchema> }
  | { readonly type: "finished" }
  | { readonly type: "expired" }
  | { readonly type: "deletion-started" };

/** A job in one of these still owns its source: a second job for the same source is refused. */
export function isUnfinished(state: JobState): boolean {
  return state.name !== "finished" && state.name !== "expired" && state.name !== "deleting";
}

/** True for a job that waits for a free slot or its transfer window, and not for its next run. */
export function isQueued(state: JobState): boolean {
  return state.name === "waiting" && state.reason !== "next-run";
}

/** True where `resume` makes sense. */
export function isResumable(state: JobState): boolean {
  return ["ready", "waiting", "running", "stopped", "in-error"].includes(state.name);
}

/** The state after `event`, or `job-state` where the event makes no sense in this state. Pure. */
export function transition(state: JobState, event: JobEvent): Result<JobState> {
  const refuse = (): Result<JobState> =>
    fail("job-state", told({ kind: "job-takes-no-event", state: state.name, event: event.type }), {
      state: state.name,
      event: event.type,
    });

  switch (event.type) {
    case "queued":
      return isResumable(state) && state.name !== "running"
        ? ok({ name: "waiting", reason: event.reason, nextRunAt: event.nextRunAt })
        : refuse();
    case "queue-left":
      return isQueued(state) ? ok({ name: "stopped", step: event.step }) : refuse();
    case "run-planned":
      return state.name === "expired" || state.name === "deleting" ? refuse() : ok({ name: "ready" });
    case "run-ended":
      return state.name === "running" && state.step === "clean-up"
        ? ok({ name: "waiting", reason: "next-run", nextRunAt: event.nextRunAt })
        : refuse();
    case "step-started":
      // A resumed job enters its step again from whatever state its last process left behind.
      return isResumable(state) ? ok({ name: "running", step: event.step, paused: false }) : refuse();
    case "rescheduled":
      return state.name === "waiting" && state.reason === "next-run"
        ? ok({ ...state, nextRunAt: event.nextRunAt })
        : refuse();
    case "paused":
      return state.name === "running" && phaseOfStep[state.step] === "syncing"
        ? ok({ ...state, paused: true })
        : refuse();
    case "unpaused":
      return state.name === "running" && state.paused ? ok({ ...state, paused: false }) : refuse();
    case "stopped":
      return state.name === "running"
        ? ok({ name: "stopped", step: state.step, ...(event.goesOn === true ? { goesOn: true } : {}) })
        : refuse();
    case "failed":
      return state.name === "running"
        ? ok({ name: "in-error", step: state.step, failure: event.failure })
        : refuse();
    case "finished":
      return state.name === "running" && state.step === "clean-up" ? ok({ name: "finished" }) : refuse();
    case "expired":
      // A running one that expires is one whose process died long ago.
      return isUnfinished(state) ? ok({ name: "expired" }) : refuse();
    case "deletion-started":
      return state.name === "deleting" ? refuse() : ok({ name: "deleting" });
    default:
      return assertNever(event);
  }
}
