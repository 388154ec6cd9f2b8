/** Two reports of the same fleet: what was fixed, what is new, what remains, source by source. */
import { z } from "zod";
import type { Assessment, Verdict } from "../../common/domain/assessment.ts";
import { verdictOf } from "../../common/domain/assessment.ts";
import {
  findingIdentity,
  severities,
  severitySchema,
  subjectSchema,
  type Severity,
} from "../../common/domain/finding.ts";
import { reportFindingSchema } from "../../common/domain/report.ts";
import { describeFinding } from "../../common/domain/report-text/languages.ts";
import type { Catalogue, Formats } from "../../common/domain/report-text/catalogue.ts";
import type { Result } from "../../common/result.ts";
import { ok } from "../../common/result.ts";
import { readJsonArray } from "./json-array.ts";

/** As much of a finding as a comparison needs. Codes that a newer generation added are compared like any other. */
const comparedFindingSchema = reportFindingSchema
  .pick({ title: true })
  .extend({ code: z.string(), severity: severitySchema, subject: subjectSchema });
export type ComparedFinding = z.infer<typeof comparedFindingSchema>;

const comparedEntrySchema = z.object({
  id: z.string(),
  assessedAt: z.iso.datetime(),
  verdict: z.enum(["blocked", "needs-attention", "ready", "failed"]),
  findings: z.array(comparedFindingSchema),
});

export interface ComparedSource {
  readonly verdict: Verdict | "failed";
  readonly findings: ReadonlyMap<string, ComparedFinding>;
}

/** A whole report, reduced to what can be compared; a few hundred bytes for each finding. */
export interface ReportIndex {
  /** ISO 8601; null for an empty report. */
  readonly assessedAt: string | null;
  readonly sources: ReadonlyMap<string, ComparedSource>;
}

export interface SourceComparison {
  readonly id: string;
  readonly verdictBefore: Verdict | "failed" | null;
  readonly verdictNow: Verdict | "failed";
  readonly fixed: readonly ComparedFinding[];
  readonly added: readonly ComparedFinding[];
  readonly remaining: readonly ComparedFinding[];
  /** Those of the remaining whose severity rose. */
  readonly worse: readonly ComparedFinding[];
}

/**
 * Reads a report that `sma assess --json` wrote. Failures: `not-found`, and `input-invalid` naming the entry and field.
 */
export async function readReportIndex(path: string): Promise<Result<ReportIndex>> {
  const sources = new Map<string, ComparedSource>();
  let assessedAt: string | null = null;
  for await (const entry of readJsonArray(path, comparedEntrySchema)) {
    if (!entry.ok) return entry;
    assessedAt ??= entry.value.assessedAt;
    sources.set(entry.value.id, { verdict: entry.value.verdict, findings: byIdentity(entry.value.findings) });
  }
  return ok({ assessedAt, sources });
}

function byIdentity(findings: readonly ComparedFinding[]): ReadonlyMap<string, ComparedFinding> {
  return new Map(
    findings.map(({ code, severity, subject, title }) => [
      findingIdentity({ code, subject }),
      { code, severity, subject, title },
    ]),
  );
}

/** An assessment in the form that is compared. */
export function comparable(assessment: Assessment, catalogue: Catalogue, format: Formats): ComparedSource {
  return {
    verdict: verdictOf(assessment.findings),
    findings: byIdentity(
      assessment.findings.map((finding) => ({
        code: finding.code,
        severity: finding.severity,
        subject: finding.subject,
        title: describeFinding(finding, catalogue, format).title,
      })),
    ),
  };
}

/** Pure. A source that the earlier report did not have counts everything as new. */
export function compareSource(
  id: string,
  earlier: ComparedSource | undefined,
  later: ComparedSource,
): SourceComparison {
  const before = earlier?.findings ?? new Map<string, ComparedFinding>();
  const remaining = [...later.findings].filter(([identity]) => before.has(identity));
  return {
    id,
    verdictBefore: earlier?.verdict ?? null,
    verdictNow: later.verdict,
    fixed: [...before].filter(([identity]) => !later.findings.has(identity)).map(([, finding]) => finding),
    added: [...later.findings].filter(([identity]) => !before.has(identity)).map(([, finding]) => finding),
    remaining: remaining.map(([, finding]) => finding),
    worse: remaining
      .filter(
        ([identity, finding]) => rank(finding.severity) < rank(before.get(identity)?.severity ?? "info"),
      )
      .map(([, finding]) => finding),
  };
}

const rank = (severity: Severity): number => severities.indexOf(severity);

export interface ReportComparison {
  readonly earlierAt: string | null;
  readonly laterAt: string | null;
  readonly sources: readonly SourceComparison[];
  /** Sources that only one of the reports has. */
  readonly onlyEarlier: readonly string[];
  readonly onlyLater: readonly string[];
}

/** Compares two reports as a whole. */
export function compareReports(earlier: ReportIndex, later: ReportIndex): ReportComparison {
  const both = [...later.sources].filter(([id]) => earlier.sources.has(id));
  return {
    earlierAt: earlier.assessedAt,
    laterAt: later.assessedAt,
    sources: both.map(([id, source]) => compareSource(id, earlier.sources.get(id), source)),
    onlyEarlier: [...earlier.sources.keys()].filter((id) => !later.sources.has(id)),
    onlyLater: [...later.sources.keys()].filter((id) => !earlier.sources.has(id)),
  };
}
