/**
 * What the assistant can do, for every host alike: the window over IPC, the browser over HTTP, the CLI directly. A
 * procedure is a name with an input and an output schema; hosts validate both, so nothing unchecked crosses a border.
 */
import { z } from "zod";
import { saidSchema } from "../domain/remark-base.ts";
import type { Failure } from "../result.ts";
import { assessmentSchema } from "../domain/assessment.ts";
import { cloudPlaceSchema } from "../domain/cloud.ts";
import { conversionChoicesSchema, conversionPlanSchema } from "../domain/conversion.ts";
import { jobStateSchema } from "../domain/job.ts";
import type { LogMessage } from "../domain/log-message.ts";
import { jobPlanSchema } from "../domain/plan.ts";
import { jobProgressSchema } from "../domain/progress.ts";
import { runKindSchema, runPlanChangesSchema, runPlanSchema, runSchema } from "../domain/run.ts";
import { portFindingsSchema } from "../domain/port-finding.ts";
import { enteredAddressSchema, portSchema, sourceSchema } from "../domain/source.ts";
import { filePlanSchema, replicationModeSchema } from "../domain/target-layout.ts";
import { assessmentProcedures, type AssessmentEvent } from "./assessment-procedures.ts";
import { cloudProcedures } from "./cloud-procedures.ts";
import { cutoverProcedures, type CutoverEvent } from "./cutover-procedures.ts";
import { deskProcedures, type DeskEvent } from "./desk-procedures.ts";
import { imageFormatSchema } from "../domain/image.ts";
import { tuningSchema } from "./intermediate.ts";
import { insightProcedures } from "./insight-procedures.ts";
import { layoutProcedures } from "./layout-procedures.ts";
import { jobReference, sourceReference } from "./references.ts";
import { sourceProcedures, type SourceEvent } from "./source-procedures.ts";

/** A job as lists have it: a thousand of them weigh a tenth of whole views. */
export const jobRowSchema = z.object({
  id: z.string(),
  sourceId: z.string(),
  sourceName: z.string(),
  state: jobStateSchema,
  progress: jobProgressSchema.nullable(),
  /** True while a living process runs it. */
  isHeld: z.boolean(),
  /** True where the run that is under way, or the last one, has made its images. */
  hasImages: z.boolean(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type JobRow = z.infer<typeof jobRowSchema>;

export const jobViewSchema = jobRowSchema.extend({
  plan: jobPlanSchema,
  /** The run that is under way, or the last one. */
  run: runSchema,
  /** Outputs of that run's finished steps, by step name. */
  outputs: z.record(z.string(), z.unknown()),
});
export type JobView = z.infer<typeof jobViewSchema>;

/** One run of a job with what its steps gave. */
export const runViewSchema = runSchema.extend({
  outputs: z.record(z.string(), z.unknown()),
  /** Image files of this run that are still there. */
  images: z.array(z.string()),
});
export type RunView = z.infer<typeof runViewSchema>;

export const logEntrySchema = z.object({
  seq: z.number(),
  run: z.number(),
  at: z.string(),
  level: z.enum(["info", "warning", "error"]),
  /** In English. */
  message: z.string(),
  /** As data, for other languages; null in lines of earlier versions. */
  said: z.custom<LogMessage>().nullable(),
  context: z.record(z.string(), z.unknown()),
});

export const connectionTestSchema = z.object({
  description: z.string(),
  user: z.string(),
  isRoot: z.boolean(),
  kernel: z.string(),
  architecture: z.string(),
});

/** A check of `doctor`: what this machine can and cannot do. */
export const diagnosisSchema = z.object({
  id: z.string(),
  title: z.string(),
  verdict: z.enum(["ok", "limited", "missing"]),
  detail: z.string(),
  /** Null where nothing needs to be done. */
  remedy: z.string().nullable(),
  /** Detail and remedy as data, for other languages. */
  said: saidSchema.optional(),
});
export type Diagnosis = z.infer<typeof diagnosisSchema>;

/** The choices that a person makes about a migration; everything else has a default. */
export const migrationChoicesSchema = z.object({
  diskPaths: z.array(z.string().min(1)).max(64).default([]),
  directory: z.string().min(1).nullable().default(null),
  /** Null: this machine. Otherwise one of the sources, reached over SSH, and the program there for the intermediate. */
  targetHost: z
    .object({
      source: z.string().min(1).max(253),
      program: z.string().min(1).max(1024).default("sma-intermediate"),
    })
    .nullable()
    .default(null),
  /** Null: results stay in the folder. Otherwise they go on to this region, and may become an instance there. */
  cloud: cloudPlaceSchema.nullable().default(null),
  listenAddress: z.string().min(1).default("0.0.0.0"),
  advertisedAddresses: z.array(z.string().min(1)).max(16).default([]),
  /** Absent: as the settings propose. */
  controlPort: portSchema.optional(),
  dataPort: portSchema.optional(),
  imageFormats: z.array(imageFormatSchema).min(1).default(["qcow2"]),
  tuning: tuningSchema.default({ codec: "adaptive", level: 1, rateBytesPerSecond: 0 }),
  dataConnections: z.number().int().min(1).max(8).default(2),
  chunkBytes: z.number().int().min(65536).max(4194304).default(1048576),
  passLimit: z.number().int().min(1).max(100).default(4),
  continueOnReadError: z.boolean().default(false),
  usedBlocksOnly: z.boolean().default(true),
  replication: replicationModeSchema.default("block"),
  files: filePlanSchema.prefault({}),
  bootCheck: z.boolean().default(true),
  bootMemoryMiB: z.number().int().min(128).max(65536).default(1024),
  bootTimeoutSeconds: z.number().int().min(10).max(7200).default(600),
  /** Whatever is not chosen is the default of {@link conversionPlanSchema}. */
  conversion: conversionChoicesSchema.prefault({}),
  acceptedFindings: z.array(z.string()).default([]),
  runs: runPlanSchema.default(runPlanSchema.parse({})),
});
export type MigrationChoices = z.infer<typeof migrationChoicesSchema>;

export const procedures = {
  ...sourceProcedures,
  ...assessmentProcedures,
  ...cloudProcedures,
  ...cutoverProcedures,
  ...deskProcedures,
  ...insightProcedures,
  ...layoutProcedures,
  "source.add": {
    input: sourceSchema.omit({ id: true, addedAt: true }).extend({ address: enteredAddressSchema }),
    output: sourceSchema,
  },
  "source.list": { input: z.object({}), output: z.array(sourceSchema) },
  "source.remove": { input: sourceReference, output: z.null() },
  /** Connects, asks for nothing but who and what it is, and disconnects. */
  "source.test": { input: sourceReference, output: connectionTestSchema },
  /** Collects facts and judges them; changes nothing on the source. */
  "source.assess": {
    input: sourceReference.extend({
      /** Address of the intermediate, whose ports the source is asked to try. */
      intermediate: z
        .object({
          host: z.string().min(1).max(253),
          ports: z.array(z.number().int().min(1).max(65535)).max(8),
        })
        .nullable()
        .default(null),
    }),
    output: assessmentSchema,
  },
  /** PEM of the key that bundles can be sealed to for the way out of a closed network. */
  "bundle.public-key": { input: z.object({}), output: z.string() },
  /** Forgets the pinned host keys of a source. */
  "source.forget-host-key": { input: sourceReference, output: sourceSchema },
  "job.create": { input: sourceReference.extend({ choices: migrationChoicesSchema }), output: jobViewSchema },
  /** Runs the job in this process until it ends or stops. */
  "job.run": { input: jobReference, output: jobViewSchema },
  /** Runs the job in this process's background and gives it as it stands now; events tell the rest. */
  "job.start": { input: jobReference, output: jobViewSchema },
  /**
   * Plans another run over the job's replica, of which only changes travel; `start`: and begins it in the background.
   * A run before it that stopped or failed is superseded. `final` ends an incremental job.
   */
  "job.sync": {
    input: jobReference.extend({
      kind: runKindSchema.exclude(["full"]).default("incremental"),
      start: z.boolean().default(true),
    }),
    output: jobViewSchema,
  },
  /** Changes a job's manners, also while it runs; absent parts stay as they are. */
  "job.tune": {
    input: jobReference.extend({
      tuning: tuningSchema.partial().default({}),
      runs: runPlanChangesSchema.default({}),
    }),
    output: jobViewSchema,
  },
  /** Starts in the background what is due now, and gives those jobs: for a host that does not stay, such as cron. */
  "job.run-due": { input: z.object({}), output: z.array(jobViewSchema) },
  "job.runs": { input: jobReference, output: z.array(runViewSchema) },
  /** Everything of every job, for scripts. */
  "job.list": { input: z.object({}), output: z.array(jobViewSchema) },
  /** For lists; `job.show` has the rest of one that is looked at. */
  "job.rows": { input: z.object({}), output: z.array(jobRowSchema) },
  "job.show": { input: jobReference, output: jobViewSchema },
  "job.pause": { input: jobReference, output: jobViewSchema },
  "job.unpause": { input: jobReference, output: jobViewSchema },
  /** Asks the process that runs the job to stop; it stays resumable. */
  "job.stop": { input: jobReference, output: jobViewSchema },
  /** Stops the job and removes what it made, on source and target. */
  "job.cancel": { input: jobReference, output: z.null() },
  "job.logs": {
    input: jobReference.extend({ afterSeq: z.number().int().min(0) }),
    output: z.array(logEntrySchema),
  },
  /** Changes the image formats or switches the boot check off before a job is resumed. */
  "job.replan": {
    input: jobReference.extend({
      imageFormats: z.array(imageFormatSchema).min(1).optional(),
      bootCheck: z.boolean().optional(),
      conversion: conversionPlanSchema.partial().optional(),
      continueOnReadError: z.boolean().optional(),
      acceptedFindings: z.array(z.string()).optional(),
      /** Of the job and of all that share its intermediate. */
      controlPort: portSchema.optional(),
      dataPort: portSchema.optional(),
    }),
    output: jobViewSchema,
  },
  /** Whether an intermediate could listen on ports of this machine; what is absent is as the settings propose. */
  "target.ports": {
    input: migrationChoicesSchema.pick({
      directory: true,
      listenAddress: true,
      controlPort: true,
      dataPort: true,
    }),
    output: portFindingsSchema,
  },
  doctor: { input: z.object({}), output: z.array(diagnosisSchema) },
  /** Does on a Windows source, step by step, what a migration would do, and leaves nothing there. */
  "doctor.windows": {
    input: sourceReference.extend({
      /** Whose ports the source is asked to try. */
      intermediate: z
        .object({
          host: z.string().min(1).max(253),
          ports: z.array(z.number().int().min(1).max(65535)).max(8),
        })
        .nullable()
        .default(null),
    }),
    output: z.array(diagnosisSchema),
  },
} as const satisfies Record<string, { readonly input: z.ZodType; readonly output: z.ZodType }>;

export type ProcedureName = keyof typeof procedures;
export type ProcedureInput<N extends ProcedureName> = z.input<(typeof procedures)[N]["input"]>;
export type ProcedureOutput<N extends ProcedureName> = z.output<(typeof procedures)[N]["output"]>;

/** What the assistant tells its hosts without being asked. */
export type AssistantEvent =
  | SourceEvent
  | AssessmentEvent
  | DeskEvent
  | {
      readonly type: "job-progress";
      readonly job: string;
      readonly progress: z.infer<typeof jobProgressSchema>;
    }
  | { readonly type: "job-log"; readonly job: string; readonly entry: z.infer<typeof logEntrySchema> }
  | CutoverEvent
  /** The state folder has no room: jobs wait; null: it has some again. Said again every few seconds meanwhile. */
  | { readonly type: "room"; readonly trouble: Failure | null }
  | { readonly type: "job-state"; readonly job: string; readonly state: z.infer<typeof jobStateSchema> };
