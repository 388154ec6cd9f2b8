import { z } from "zod";

/**
 * A job's runs, numbered from 1: the full one, then incremental ones over the same replica, and a final one that ends
 * an incremental job. Every run goes through all steps; from the second on only changed chunks travel.
 */
export const runKinds = ["full", "incremental", "final"] as const;
export const runKindSchema = z.enum(runKinds);
export type RunKind = z.infer<typeof runKindSchema>;

/** Who wanted a run: a person, or the job's schedule. */
export const runTriggers = ["admin", "schedule"] as const;
export type RunTrigger = (typeof runTriggers)[number];

/** How a run ended; `superseded`: it had failed or was stopped, and a later run took its place. */
export const runOutcomes = ["done", "superseded"] as const;
export type RunOutcome = (typeof runOutcomes)[number];

export const runSchema = z.object({
  number: z.number().int().min(1),
  kind: runKindSchema,
  trigger: z.enum(runTriggers),
  plannedAt: z.string(),
  /** Null until its first step began. */
  beganAt: z.string().nullable(),
  /** Null while it is under way, stopped or in error. */
  endedAt: z.string().nullable(),
  outcome: z.enum(runOutcomes).nullable(),
});
export type Run = z.infer<typeof runSchema>;

/** A command on the source around the consistent moment of a sync, e.g. to quiesce a database. Never holds secrets. */
export const hookSchema = z.object({
  command: z.string().min(1).max(4096),
  timeoutSeconds: z.number().int().min(1).max(3600).default(60),
});
export type Hook = z.infer<typeof hookSchema>;

const timeOfDaySchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day such as 22:00");

/** Local time of the assistant's machine; `to` before `from` spans midnight. */
export const transferWindowSchema = z
  .object({ from: timeOfDaySchema, to: timeOfDaySchema })
  .refine((window) => window.from !== window.to, "a window from a time to the same time is empty");
export type TransferWindow = z.infer<typeof transferWindowSchema>;

/**
 * `auto`: a source that keeps changing is read from LVM snapshots for a last pass where its volume groups have room,
 * else frozen where that pass is short enough; `lvm-snapshot`, `freeze`: always; `none`: passes alone.
 */
export const consistencyModes = ["auto", "none", "lvm-snapshot", "freeze"] as const;
export const consistencyModeSchema = z.enum(consistencyModes);
export type ConsistencyMode = z.infer<typeof consistencyModeSchema>;

export const incrementalPlanSchema = z.object({
  intervalHours: z.number().int().min(1).max(168),
  /** Images (and replica snapshots) of this many newest runs are kept. */
  keep: z.number().int().min(1).max(99),
});

const hooksSchema = z.object({
  before: z.array(hookSchema).max(16),
  after: z.array(hookSchema).max(16),
});
const expiryDaysSchema = z.number().int().min(1).max(365);

/** What the admin decided about a job's runs. Every part has a default, so plans stored by earlier versions parse. */
export const runPlanSchema = z.object({
  /** Null: one full run ends the job. */
  incremental: incrementalPlanSchema.nullable().default(null),
  consistency: consistencyModeSchema.default("auto"),
  hooks: hooksSchema.default({ before: [], after: [] }),
  /** Outside of it disk data rests; null: any time. */
  transferWindow: transferWindowSchema.nullable().default(null),
  /** A job that nobody has run or resumed for so long expires: its agent is removed and it runs no more. */
  expireAfterDays: expiryDaysSchema.default(30),
});
/** What of it is to change; absent parts stay as they are. */
export const runPlanChangesSchema = z.object({
  incremental: incrementalPlanSchema.nullable().optional(),
  consistency: consistencyModeSchema.optional(),
  hooks: hooksSchema.optional(),
  transferWindow: transferWindowSchema.nullable().optional(),
  expireAfterDays: expiryDaysSchema.optional(),
});
export type RunPlan = z.infer<typeof runPlanSchema>;

/** When an incremental job's next run is due, given when its last one began. Never in the past: missed ones are one. */
export function nextRunAt(beganAtMs: number, intervalHours: number, nowMs: number): number {
  return Math.max(nowMs, beganAtMs + intervalHours * 3_600_000);
}
