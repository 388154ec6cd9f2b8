import { verdictOf } from "../../common/domain/assessment.ts";
import type { AssessedInput } from "../../common/domain/report.ts";
import { describeFailure } from "../../common/domain/report-text/failure-texts.ts";
import { describeFinding } from "../../common/domain/report-text/languages.ts";
import { osTitle } from "../compatibility/os-matrix.ts";
import type { ReportContext, ReportSink } from "./report-sink.ts";
import type { TextOutput } from "./text-output.ts";

/**
 * A field by RFC 4180. A field that a spreadsheet would take for a formula gets an apostrophe in front, which
 * spreadsheets hide: host names come from outside.
 */
export function csvField(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[\s]*[=+\-@]|^[\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const row = (fields: readonly (string | number | null)[]): string => `${fields.map(csvField).join(",")}\r\n`;

/**
 * One row for each source: sizes in bytes, times in seconds, so that a spreadsheet can calculate. It opens with a byte
 * order mark, without which spreadsheets read Japanese and Chinese wrongly.
 */
export function createCsvReport(output: TextOutput, context: ReportContext): ReportSink {
  const { report } = context.catalogue;
  const { columns } = report;
  let begun = false;
  const begin = async (): Promise<void> => {
    if (begun) return;
    begun = true;
    await output.write(
      `\ufeff${row([
        columns.source,
        report.host,
        columns.system,
        columns.support,
        columns.verdict,
        columns.blockers,
        columns.warnings,
        columns.disks,
        `${columns.size} (B)`,
        `${columns.data} (B): ${columns.expected}`,
        `${columns.time} (s): ${columns.optimistic}`,
        `${columns.time} (s): ${columns.expected}`,
        `${columns.time} (s): ${columns.pessimistic}`,
        report.findings,
      ])}`,
    );
  };
  return {
    async write(input) {
      await begin();
      await output.write(sourceRow(input, context));
    },
    finish: begin,
  };
}

function sourceRow(input: AssessedInput, context: ReportContext): string {
  const { catalogue, format } = context;
  const { report } = catalogue;
  if (input.kind === "failed") {
    const empty = Array.from({ length: 8 }, () => null);
    const { title } = describeFailure(input.failure, catalogue);
    const problem = `${title}: ${input.failure.message}`;
    return row([input.id, null, null, null, report.verdicts.failed, ...empty, problem]);
  }
  const { assessment } = input;
  const copied = assessment.disks.filter((disk) => disk.treatment === "copied");
  const sizes = copied.map((disk) => disk.sizeBytes);
  const mode = assessment.estimate.block ?? assessment.estimate.file;
  return row([
    input.id,
    assessment.os.hostName,
    osTitle(assessment.os),
    report.tiers[assessment.support.tier],
    report.verdicts[verdictOf(assessment.findings)],
    assessment.findings.filter((finding) => finding.severity === "blocker").length,
    assessment.findings.filter((finding) => finding.severity === "warning").length,
    copied.length,
    sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
    mode?.dataBytes.expected ?? null,
    mode?.totalSeconds.optimistic ?? null,
    mode?.totalSeconds.expected ?? null,
    mode?.totalSeconds.pessimistic ?? null,
    assessment.findings
      .filter((finding) => finding.severity !== "info")
      .map((finding) => describeFinding(finding, catalogue, format).title)
      .join("; "),
  ]);
}
