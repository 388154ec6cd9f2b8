/** What a job's page shows beyond the job itself: times, the map of its blocks, the picture of its first start. */
import { z } from "zod";
import { stepNames } from "../domain/job.ts";
import { blockMapCellsMost, blockMapSchema } from "./intermediate.ts";
import { jobReference } from "./references.ts";

/** Why a step does nothing although it is not done: somebody has to say how it goes on. */
export const restReasons = ["paused", "stopped", "failed"] as const;
export type RestReason = (typeof restReasons)[number];

export function isRestReason(word: string): word is RestReason {
  return restReasons.some((reason) => reason === word);
}

/** One step of one run. The times at which it worked are told apart from those at which it waited for somebody. */
export const stepTimeSchema = z.object({
  run: z.number().int().min(1),
  step: z.enum(stepNames),
  beganAt: z.string(),
  /** Null while it is not done. */
  endedAt: z.string().nullable(),
  workedMs: z.number().min(0),
  /** Since when it works, which {@link workedMs} does not count yet; null where it is done or rests. */
  workingSince: z.string().nullable(),
  restedMs: z.number().min(0),
  /** What it rests for now, which {@link restedMs} does not count yet. */
  rest: z.object({ since: z.string(), why: z.enum(restReasons) }).nullable(),
});
export type StepTime = z.infer<typeof stepTimeSchema>;

export const bootScreenSchema = z.object({
  mediaType: z.literal("image/png"),
  encoding: z.literal("base64"),
  content: z.string(),
});

export const insightProcedures = {
  "job.times": { input: jobReference, output: z.array(stepTimeSchema) },
  /** What became of every stretch of a disk; asked of the intermediate, so only while a process runs the job. */
  "job.block-map": {
    input: jobReference.extend({
      disk: z.number().int().min(0).max(65535),
      cells: z.number().int().min(1).max(blockMapCellsMost),
    }),
    output: blockMapSchema,
  },
  /** The last picture of the boot check's screen; null where none was taken or it is gone. */
  "job.boot-screen": { input: jobReference, output: bootScreenSchema.nullable() },
} as const;
