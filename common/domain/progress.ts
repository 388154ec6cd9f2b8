import { z } from "zod";
import { savingsSchema, stageNames, stageSharesSchema } from "./sync-figures.ts";
import { jobPhases, stepNames } from "./job.ts";
import { keptRemarkSchema } from "./remark.ts";

/** Where a running job stands, for a progress line or bar. */
export const jobProgressSchema = z.object({
  /** The job's run that this is about. */
  run: z.number().int().min(1).default(1),
  step: z.enum(stepNames),
  phase: z.enum(jobPhases),
  /** What is going on, in English words, and as data; records of earlier versions have only the words. */
  note: z.string(),
  said: keptRemarkSchema.nullable().default(null),
  /** Work done and in all in this step; `total` 0 while it is not known. Never runs backwards within a `round`. */
  done: z.number().nonnegative(),
  total: z.number().nonnegative(),
  unit: z.enum(["bytes", "seconds", "steps"]),
  /** Grows when `done` starts again at 0 for a good reason, such as the sync's next pass. */
  round: z.number().int().nonnegative(),
  /** Units a second over the last seconds; null while there is nothing to tell from. */
  ratePerSecond: z.number().nonnegative().nullable(),
  /** Seconds left at this rate, for this step; null while unknown. */
  etaSeconds: z.number().nonnegative().nullable(),
  /** Between which times to go the end of this round lies, as far as the rate's own swings tell; it narrows. */
  etaIntervalSeconds: z
    .object({ low: z.number().nonnegative(), high: z.number().nonnegative() })
    .nullable()
    .default(null),
  /** The stage that most of the time goes into now; null while unknown and outside of a sync. */
  bottleneck: z.enum(stageNames).nullable().default(null),
  /** Shares of the last seconds' time by stage, together 1; null like the bottleneck. */
  stages: stageSharesSchema.nullable().default(null),
  /** Bytes of the source's disks that did not travel in this run, and why; null outside of a sync. */
  savings: savingsSchema.nullable().default(null),
  at: z.iso.datetime(),
});
export type JobProgress = z.infer<typeof jobProgressSchema>;
