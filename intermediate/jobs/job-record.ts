import { z } from "zod";
import { jobIdSchema, provisionSchema } from "../../common/api/intermediate.ts";
import { taskRequestSchema, taskResultSchema } from "../../common/api/intermediate-tasks.ts";
import { failureSchema } from "../../common/domain/job.ts";
import { syncStateSchema } from "./sync-state.ts";

/** What was ordered, without the keys: those stay in memory only. */
export const jobPlanSchema = provisionSchema.omit({ certificatePem: true, keyPem: true });
export type JobPlan = z.infer<typeof jobPlanSchema>;

/** A finished task. It counts only while `syncStamp` is the replica's. */
export const storedTaskSchema = z.object({
  request: taskRequestSchema,
  syncStamp: z.string(),
  result: taskResultSchema.nullable(),
  failure: failureSchema.nullable(),
});
export type StoredTask = z.infer<typeof storedTaskSchema>;

const receivedSchema = z.object({
  rawBytes: z.number().int(),
  wireBytes: z.number().int(),
  /** Hashed on arrival. */
  checkedBytes: z.number().int().default(0),
});

/** job.json: everything of a job that outlives the daemon. */
export const jobRecordSchema = z.object({
  format: z.literal(1),
  jobId: jobIdSchema,
  createdAt: z.string(),
  plan: jobPlanSchema,
  paused: z.boolean(),
  /** When the transfer pauses by itself, Unix milliseconds. */
  restAtMs: z.number().int().nullable().default(null),
  /** FINISH was ordered: an agent that turns up is sent away for good. */
  finished: z.boolean(),
  sync: syncStateSchema,
  /** The run of the job that the sync belongs to. */
  run: z.number().int().min(1).default(1),
  received: receivedSchema,
  /** What had been received when the run began. */
  receivedBefore: receivedSchema.default({ rawBytes: 0, wireBytes: 0, checkedBytes: 0 }),
  /** The one that spoke last; `serial` is its certificate's. */
  agent: z
    .object({ version: z.string(), platform: z.string(), serial: z.string().nullable().default(null) })
    .nullable(),
  /** Of the certificate of the agent launched last, the only one that is accepted; null: nobody has said. */
  launchedSerial: z.string().nullable().default(null),
  tasks: z.array(storedTaskSchema),
});
export type JobRecord = z.infer<typeof jobRecordSchema>;
