import { useCallback, useMemo } from "react";
import type { AssessmentSummary } from "../../../common/api/assessment-procedures.ts";
import { verdicts } from "../../../common/domain/assessment.ts";
import { findingNameIn } from "../../../common/domain/report-text/languages.ts";
import { severities, type Severity } from "../../../common/domain/finding.ts";
import { assessmentKey } from "../../store/assessment-actions.ts";
import { useFormats, useReportTexts, useTexts } from "../../texts/use-texts.ts";
import { DataTable, type Column } from "../../ui/data-table.tsx";
import { VerdictBadge } from "../../ui/verdict-badge.tsx";
import "./compatibility.css";

interface CodeColumn {
  readonly code: string;
  readonly severity: Severity;
  readonly count: number;
}

/** The letter stands beside the colour, so that neither is alone. */
const signs: Readonly<Record<Severity, string>> = { blocker: "×", warning: "!", info: "·" };

/** Codes that occur, the gravest and most frequent first. */
function codesOf(summaries: readonly AssessmentSummary[]): readonly CodeColumn[] {
  const codes = new Map<string, { severity: Severity; count: number }>();
  for (const { findings } of summaries) {
    for (const { code, severity } of findings) {
      const known = codes.get(code);
      if (known === undefined) codes.set(code, { severity, count: 1 });
      else {
        known.count += 1;
        if (severities.indexOf(severity) < severities.indexOf(known.severity)) known.severity = severity;
      }
    }
  }
  return [...codes]
    .map(([code, rest]) => ({ code, ...rest }))
    .filter(({ severity }) => severity !== "info")
    .toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || b.count - a.count);
}

/** Who has which finding: a row for each source, a column for each blocker and warning. */
export function HeatMap({
  summaries,
  onOpen,
}: {
  readonly summaries: readonly AssessmentSummary[];
  onOpen(summary: AssessmentSummary): void;
}) {
  const { compatibility: text } = useTexts();
  const { report, findingNames } = useReportTexts();
  const format = useFormats();
  const codes = useMemo(() => codesOf(summaries), [summaries]);
  const nameOfCode = useCallback((code: string) => findingNameIn(findingNames, code), [findingNames]);
  const columns = useMemo<readonly Column<AssessmentSummary>[]>(
    () => [
      {
        id: "name",
        header: text.columns.name,
        width: "190px",
        sortBy: (summary) => summary.name,
        cell: (summary) => <strong>{summary.name}</strong>,
      },
      {
        id: "verdict",
        header: text.columns.verdict,
        width: "172px",
        // The gravest first, and among those with the same verdict the ones with the most to do.
        sortBy: (summary) =>
          verdicts.indexOf(summary.verdict) * 1_000 -
          summary.findings.filter(({ severity }) => severity !== "info").length,
        cell: (summary) => <VerdictBadge verdict={summary.verdict} />,
      },
      ...codes.map(({ code, count }): Column<AssessmentSummary> => ({
        id: code,
        header: `${nameOfCode(code)} (${format.integer(count)})`,
        width: "minmax(34px, 124px)",
        isUpright: true,
        sortBy: (summary) => {
          const found = summary.findings.find((finding) => finding.code === code);
          return found === undefined ? severities.length : severities.indexOf(found.severity);
        },
        cell: (summary) => {
          const found = summary.findings.find((finding) => finding.code === code);
          if (found === undefined) return null;
          const name = report.severities[found.severity];
          return (
            <span
              className={`heat heat-${found.severity}`}
              title={text.cell(summary.name, nameOfCode(code), name)}
            >
              <span aria-hidden>{signs[found.severity]}</span>
              <span className="visually-hidden">{name}</span>
            </span>
          );
        },
      })),
    ],
    [codes, text, report, format, nameOfCode],
  );
  return (
    <DataTable
      label={text.heatMap}
      rows={summaries}
      columns={columns}
      idOf={assessmentKey}
      nameOf={(summary) => summary.name}
      textOf={(summary) =>
        `${summary.name} ${summary.os ?? ""} ${summary.findings.map(({ code }) => `${code} ${nameOfCode(code)}`).join(" ")}`
      }
      filterLabel={text.filter}
      initialSort={{ id: "verdict", desc: false }}
      onOpen={onOpen}
    />
  );
}
