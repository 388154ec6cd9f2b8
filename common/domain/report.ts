/**
 * The report as data: what `sma assess --json` prints, one entry for each source, and what two reports are compared
 * by. The schema is published as resources/report/report.schema.json.
 */
import { z } from "zod";
import {
  diskMapSchema,
  estimateSchema,
  supportSchema,
  verdicts,
  verdictOf,
  type Assessment,
} from "./assessment.ts";
import { architectureSchema, evidenceSchema, osFamilySchema, platformKindSchema } from "./facts.ts";
import { findingCodes, findingMessages } from "./finding-parameters.ts";
import { modeEffectsSchema, severitySchema, subjectSchema } from "./finding.ts";
import { failureSchema } from "./job.ts";
import type { Failure } from "../result.ts";
import type { Catalogue, Formats } from "./report-text/catalogue.ts";
import { languages } from "./report-text/catalogue.ts";
import { describeFailure } from "./report-text/failure-texts.ts";
import { describeFinding } from "./report-text/languages.ts";

export const reportFindingSchema = z.object({
  code: z.enum(findingCodes),
  /** The code and, where there are several texts for it, a variant: `lvm.group`. */
  message: z.enum(findingMessages),
  severity: severitySchema,
  subject: subjectSchema,
  /** What becomes of the subject in either replication mode. */
  effects: modeEffectsSchema,
  title: z.string(),
  outcome: z.object({ block: z.string(), file: z.string() }),
  evidence: z.array(evidenceSchema),
  remedy: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
});
export type ReportFinding = z.infer<typeof reportFindingSchema>;

const text = z.string().nullable();

export const reportEntrySchema = z.object({
  /** Generation of this format. */
  format: z.literal(1),
  /** The input's file name without its ending, the CSV row's source id, or the source's name. */
  id: z.string(),
  /** The input, as a path or name. */
  input: z.string(),
  /** Of titles, outcomes and remedies. */
  language: z.enum(languages),
  /** When the assessment was made, by the assistant's clock. */
  assessedAt: z.iso.datetime(),
  /** When the facts were collected, by the source's clock. */
  collectedAt: text,
  verdict: z.enum([...verdicts, "failed"]),
  os: z.object({
    family: osFamilySchema.nullable(),
    distro: text,
    version: text,
    kind: z.enum(["server", "client"]).nullable(),
    build: text,
    name: text,
    edition: text,
    kernel: text,
    architecture: architectureSchema.nullable(),
    hostName: text,
  }),
  platform: platformKindSchema.nullable(),
  support: supportSchema,
  findings: z.array(reportFindingSchema),
  disks: z.array(diskMapSchema),
  /** Null where the input could not be assessed. */
  estimate: estimateSchema.nullable(),
  /** Why the input could not be assessed; null where it was. */
  failure: failureSchema.nullable(),
});
export type ReportEntry = z.infer<typeof reportEntrySchema>;
export const reportSchema = z.array(reportEntrySchema);

/** One input of an assessment run: judged, or the reason why not. */
export type AssessedInput =
  | {
      readonly kind: "assessed";
      readonly id: string;
      readonly input: string;
      readonly assessment: Assessment;
    }
  | { readonly kind: "failed"; readonly id: string; readonly input: string; readonly failure: Failure };

export interface ReportTextContext {
  readonly catalogue: Catalogue;
  readonly format: Formats;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The entry of an input, with its findings in words. */
export function reportEntry(input: AssessedInput, context: ReportTextContext): ReportEntry {
  const common = {
    format: 1,
    id: input.id,
    input: input.input,
    language: context.catalogue.language,
    assessedAt: new Date(context.now).toISOString(),
  } as const;
  if (input.kind === "failed") {
    const { code, message, retryable } = input.failure;
    const { remedy } = describeFailure(input.failure, context.catalogue);
    return {
      ...common,
      collectedAt: null,
      verdict: "failed",
      os: {
        family: null,
        distro: null,
        version: null,
        kind: null,
        build: null,
        name: null,
        edition: null,
        kernel: null,
        architecture: null,
        hostName: null,
      },
      platform: null,
      support: { onList: null, tier: "undetermined", entry: null },
      findings: [],
      disks: [],
      estimate: null,
      failure: { code, message, remedy, retryable, context: copyContext(input.failure) },
    };
  }
  const { assessment } = input;
  const { family, distro, version, kind, build, name, edition, kernel, architecture, hostName } =
    assessment.os;
  return {
    ...common,
    collectedAt: assessment.collectedAt,
    verdict: verdictOf(assessment.findings),
    os: { family, distro, version, kind, build, name, edition, kernel, architecture, hostName },
    platform: assessment.platform,
    support: assessment.support,
    findings: assessment.findings.map((finding) => {
      const words = describeFinding(finding, context.catalogue, context.format);
      const outcome =
        typeof words.outcome === "string" ? { block: words.outcome, file: words.outcome } : words.outcome;
      return {
        code: finding.code,
        message: finding.message,
        severity: finding.severity,
        subject: finding.subject,
        effects: finding.effects,
        title: words.title,
        outcome: { block: outcome.block, file: outcome.file },
        evidence: finding.evidence,
        remedy: words.remedy,
        params: { ...finding.params },
      };
    }),
    disks: assessment.disks,
    estimate: assessment.estimate,
    failure: null,
  };
}

function copyContext(failure: Failure): Record<string, string | number | boolean | string[]> {
  return Object.fromEntries(
    Object.entries(failure.context).map(([key, value]) => [
      key,
      typeof value === "object" ? [...value] : value,
    ]),
  );
}
