/** Assessments that are kept: made live in the engine's background, or from bundles that were carried over. */
import { z } from "zod";
import { assessmentSchema, supportTierSchema, verdictSchema } from "../domain/assessment.ts";
import { severitySchema } from "../domain/finding.ts";
import { failureSchema } from "../domain/job.ts";
import { languages } from "../domain/report-text/catalogue.ts";
import { sourceReference } from "./references.ts";

/** The intermediate whose ports sources are asked to try. */
export const intermediateEndpointSchema = z.object({
  host: z.string().min(1).max(253),
  ports: z.array(z.number().int().min(1).max(65535)).max(8),
});

export const assessmentSummarySchema = z.object({
  id: z.string(),
  /** Null for a bundle of a server that is not registered. */
  sourceId: z.string().nullable(),
  /** The source's name, or what the bundle calls its server. */
  name: z.string(),
  origin: z.enum(["live", "bundle"]),
  assessedAt: z.iso.datetime(),
  collectedAt: z.string().nullable(),
  verdict: verdictSchema,
  os: z.string().nullable(),
  tier: supportTierSchema,
  /** Size of the disks that would be copied. */
  diskBytes: z.number().nonnegative(),
  diskCount: z.number().int(),
  /** Codes with their severity, each once, most severe first. */
  findings: z.array(z.object({ code: z.string(), severity: severitySchema })),
});
export type AssessmentSummary = z.infer<typeof assessmentSummarySchema>;

export const storedAssessmentSchema = assessmentSummarySchema.extend({ assessment: assessmentSchema });
export type StoredAssessment = z.infer<typeof storedAssessmentSchema>;

/** An assessment under way. A failed one stays until the source is assessed again. */
export const assessmentRunSchema = z.object({
  sourceId: z.string(),
  state: z.enum(["queued", "running", "failed"]),
  failure: failureSchema.nullable(),
});
export type AssessmentRun = z.infer<typeof assessmentRunSchema>;

export const reportFormats = ["html", "pdf", "csv", "json"] as const;

/** A file for the admin to save. */
export const exportedFileSchema = z.object({
  fileName: z.string(),
  mediaType: z.string(),
  encoding: z.enum(["utf8", "base64"]),
  content: z.string(),
});
export type ExportedFile = z.infer<typeof exportedFileSchema>;

/** What is carried by hand to servers that cannot be reached. */
export const collectorSchema = z.object({
  id: z.string(),
  platform: z.enum(["linux", "windows"]),
  fileName: z.string(),
  sizeBytes: z.number().int(),
  sha256: z.string(),
  /** The line to run on the server, where the file lies in the current folder. */
  command: z.string(),
});
export type Collector = z.infer<typeof collectorSchema>;

export const assessmentProcedures = {
  /** Assesses sources one after the other in the background, a few at a time; events tell how it goes. */
  "assessment.start": {
    input: z.object({
      sources: z.array(z.string().min(1).max(128)).min(1).max(10_000),
      intermediate: intermediateEndpointSchema.nullable().default(null),
    }),
    output: z.array(assessmentRunSchema),
  },
  /** Ends what is queued and running; `sources` empty: all of it. */
  "assessment.stop": {
    input: z.object({ sources: z.array(z.string().min(1).max(128)).max(10_000).default([]) }),
    output: z.null(),
  },
  /** What is queued, running or failed. */
  "assessment.runs": { input: z.object({}), output: z.array(assessmentRunSchema) },
  /** The latest of each source and of each unregistered server, by name. */
  "assessment.list": { input: z.object({}), output: z.array(assessmentSummarySchema) },
  "assessment.latest": { input: sourceReference, output: storedAssessmentSchema },
  "assessment.show": { input: z.object({ id: z.string() }), output: storedAssessmentSchema },
  "assessment.remove": { input: z.object({ id: z.string() }), output: z.null() },
  /** Judges a bundle, a sealed bundle or saved output of a tool, and keeps the result. */
  "bundle.import": {
    input: z.object({
      /** The file's name. */
      name: z.string().min(1).max(255),
      text: z.string().max(44 * 1024 * 1024),
      encoding: z.enum(["utf8", "base64"]).default("utf8"),
      /** The registered source that it is of; null: the one of the same name, if there is one. */
      source: z.string().min(1).max(128).nullable().default(null),
    }),
    output: assessmentSummarySchema,
  },
  /** A report of the latest assessments of these sources; `assessments` names stored ones besides. Both empty: all. */
  "report.export": {
    input: z.object({
      sources: z.array(z.string().min(1).max(128)).max(10_000).default([]),
      assessments: z.array(z.string()).max(10_000).default([]),
      format: z.enum(reportFormats),
      language: z.enum(languages),
      /** IANA name; null: that of the assistant's machine. */
      timeZone: z.string().max(64).nullable().default(null),
    }),
    output: exportedFileSchema,
  },
  "collector.list": { input: z.object({}), output: z.array(collectorSchema) },
  "collector.get": { input: z.object({ id: z.string() }), output: exportedFileSchema },
} as const;

export type AssessmentEvent =
  | { readonly type: "assessment-run"; readonly run: AssessmentRun }
  /** Kept; a run of that source, if there was one, is over. */
  | { readonly type: "assessment-stored"; readonly summary: AssessmentSummary }
  | { readonly type: "assessment-removed"; readonly id: string };
