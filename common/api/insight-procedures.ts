/** What a job's page shows beyond the job itself: times, the map of its blocks, the picture of its first start. */
import { z } from "zod";
import { stepNames } from "../domain/job.ts";
import { blockMapCellsMost, blockMapSchema } from "./intermediate.ts";
import { jobReference } from "./references.ts";

/** One step of one run: when it first began, and when it was done; null while it is not. */
export const stepTimeSchema = z.object({
  run: z.number().int().min(1),
  step: z.enum(stepNames),
  beganAt: z.string(),
  endedAt: z.string().nullable(),
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
