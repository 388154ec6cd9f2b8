/** Handing a migrated system over to an instance: the states, and what may be undone in each. */
import { z } from "zod";
import type { FailureCode } from "../failure-codes.ts";
import { assertNever, fail, ok, type Result } from "../result.ts";
import { told } from "./report-text/told.ts";
import { cutoverStepSchema, cutoverSteps, type CutoverStep } from "./cutover-steps.ts";
import { instanceNameSchema } from "./instance.ts";
import { keptRemarkSchema, saidSchema, toldSchema, type Told } from "./remark.ts";

const underWay = { instance: instanceNameSchema, step: cutoverStepSchema };

export const cutoverStateSchema = z.discriminatedUnion("name", [
  z.object({ name: z.literal("ready") }),
  /** A drill: all of it on the side, then taken back. `back` once it is being taken back. */
  z.object({ name: z.literal("testing"), ...underWay, back: z.boolean(), passed: z.boolean() }),
  z.object({
    name: z.literal("ready-for-cutover"),
    /** What the drill proved; null where the admin did without one. */
    drill: z
      .object({ at: z.iso.datetime(), evidence: z.string(), said: keptRemarkSchema.optional() })
      .nullable(),
  }),
  /** `back` while it is being rolled back. */
  z.object({ name: z.literal("cutover-in-progress"), ...underWay, back: z.boolean() }),
  z.object({
    name: z.literal("cut-over"),
    instance: instanceNameSchema,
    at: z.iso.datetime(),
    evidence: z.string(),
    /** The evidence as data; absent in records of earlier versions. */
    said: keptRemarkSchema.optional(),
  }),
  z.object({ name: z.literal("finalised"), instance: instanceNameSchema, at: z.iso.datetime() }),
]);
export type CutoverState = z.infer<typeof cutoverStateSchema>;

export type CutoverEvent =
  | { readonly type: "drill-started"; readonly instance: string }
  | { readonly type: "step-started"; readonly step: CutoverStep }
  /** The drill's instance showed that it runs, or it did not; taking everything back begins. */
  | { readonly type: "drill-judged"; readonly passed: boolean }
  | { readonly type: "drill-cleared"; readonly at: string; readonly evidence: Told }
  | { readonly type: "drill-waived" }
  | { readonly type: "cutover-started"; readonly instance: string }
  | { readonly type: "cut-over"; readonly at: string; readonly evidence: Told }
  | { readonly type: "rollback-started" }
  | { readonly type: "rolled-back" }
  | { readonly type: "finalised"; readonly at: string };

const proved = ({ what, said }: Told) => ({ evidence: what, ...(said === undefined ? {} : { said }) });

/** The state after `event`, or `cutover-state` where the event makes no sense in this state. Pure. */
export function cutoverTransition(state: CutoverState, event: CutoverEvent): Result<CutoverState> {
  const refuse = (): Result<CutoverState> =>
    fail("cutover-state", told({ kind: "cutover-takes-no-event", state: state.name, event: event.type }), {
      state: state.name,
      event: event.type,
    });

  switch (event.type) {
    case "drill-started":
      return state.name === "ready" || state.name === "ready-for-cutover"
        ? ok({ name: "testing", instance: event.instance, step: "receive", back: false, passed: false })
        : refuse();
    case "step-started":
      return (state.name === "testing" || state.name === "cutover-in-progress") &&
        !state.back &&
        cutoverSteps.indexOf(event.step) >= cutoverSteps.indexOf(state.step)
        ? ok({ ...state, step: event.step })
        : refuse();
    case "drill-judged":
      return state.name === "testing" && !state.back
        ? ok({ ...state, back: true, passed: event.passed })
        : refuse();
    case "drill-cleared":
      if (state.name !== "testing" || !state.back) return refuse();
      return state.passed
        ? ok({ name: "ready-for-cutover", drill: { at: event.at, ...proved(event.evidence) } })
        : ok({ name: "ready" });
    case "drill-waived":
      return state.name === "ready" ? ok({ name: "ready-for-cutover", drill: null }) : refuse();
    case "cutover-started":
      return state.name === "ready-for-cutover"
        ? ok({ name: "cutover-in-progress", instance: event.instance, step: "receive", back: false })
        : refuse();
    case "cut-over":
      return state.name === "cutover-in-progress" && !state.back && state.step === "watch"
        ? ok({ name: "cut-over", instance: state.instance, at: event.at, ...proved(event.evidence) })
        : refuse();
    case "rollback-started":
      if (state.name === "cutover-in-progress") return ok({ ...state, back: true });
      return state.name === "cut-over"
        ? ok({ name: "cutover-in-progress", instance: state.instance, step: "watch", back: true })
        : refuse();
    case "rolled-back":
      // Without a drill's proof again: what was rolled back has shown why it should be tried first.
      return state.name === "cutover-in-progress" && state.back ? ok({ name: "ready" }) : refuse();
    case "finalised":
      return state.name === "cut-over"
        ? ok({ name: "finalised", instance: state.instance, at: event.at })
        : refuse();
    default:
      return assertNever(event);
  }
}

/** How a state can be left backwards. */
export interface Undoing {
  /** The command: taking back a drill needs none of its own, it is part of it. */
  readonly by: "rollback" | "drill";
  /** What comes back, for a person. */
  readonly restores: string;
  /** What is lost by it; null where nothing is. */
  readonly loses: string | null;
}

/** What may be undone in a state; null where there is nothing to undo, or no way back. */
export function undoing(state: CutoverState): Undoing | null {
  switch (state.name) {
    case "ready":
    case "ready-for-cutover":
      return null;
    case "testing":
      return { by: "drill", restores: "nothing was touched but the drill's own instance", loses: null };
    case "cutover-in-progress":
      return {
        by: "rollback",
        restores: "the instance's disks from before the cutover",
        loses: null,
      };
    case "cut-over":
      return {
        by: "rollback",
        restores: "the instance's disks from before the cutover",
        loses: "what was written on the instance since the cutover",
      };
    case "finalised":
      return null;
    default:
      return assertNever(state);
  }
}

export const cutoverFailureSchema = z.object({
  /** Absent in records of earlier versions. */
  code: z.custom<FailureCode>((code) => typeof code === "string").optional(),
  message: z.string(),
  remedy: z.string(),
  /** Both as data; absent in records of earlier versions. */
  said: saidSchema.optional(),
});

export const cutoverViewSchema = z.object({
  job: z.string(),
  source: z.string(),
  /** How the migrated system starts, and so what its instance has to have; null while there are no images. */
  firmware: z.enum(["bios", "uefi"]).nullable(),
  /** When the copy ended of which the newest images were made, those that a cutover takes; null while there are none. */
  copiedAt: z.iso.datetime().nullable(),
  state: cutoverStateSchema,
  /** True while a process works on the job; a cutover that is under way without one was interrupted. */
  isHeld: z.boolean(),
  undoing: z
    .object({ by: z.enum(["rollback", "drill"]), restores: z.string(), loses: z.string().nullable() })
    .nullable(),
  /** What was done and when, oldest first. */
  history: z.array(toldSchema.extend({ at: z.iso.datetime() })),
  /** Why the last drill or cutover did not go through; null after one that did. */
  lastFailure: cutoverFailureSchema.nullable(),
  /** Screen and console of the last drill or cutover, where they are kept. */
  consoleLogPath: z.string().nullable(),
});
export type CutoverView = z.infer<typeof cutoverViewSchema>;
