import { Button, SegmentedControl } from "@mantine/core";
import { useMemo, useState } from "react";
import type { AssessmentSummary } from "../../../common/api/assessment-procedures.ts";
import { verdicts } from "../../../common/domain/assessment.ts";
import { assessmentKey } from "../../store/assessment-actions.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { DataTable, type Column } from "../../ui/data-table.tsx";
import { Empty, Page } from "../../ui/page.tsx";
import { useNow } from "../../ui/use-now.ts";
import { VerdictBadge } from "../../ui/verdict-badge.tsx";
import { ExportMenu } from "./export-menu.tsx";
import { HeatMap } from "./heat-map.tsx";

const idOf = assessmentKey;
const nameOf = (summary: AssessmentSummary) => summary.name;
const countOf = (summary: AssessmentSummary, severity: string) =>
  summary.findings.filter((finding) => finding.severity === severity).length;

/** All assessments: as a list, or as a map of who has which finding. */
export function CompatibilityScreen() {
  const { compatibility: text } = useTexts();
  const format = useFormats();
  const { open } = useActions();
  const assessments = useApp((state) => state.assessments);
  const isLoaded = useApp((state) => state.isLoaded);
  const [view, setView] = useState<"list" | "map">("map");
  const now = useNow(60_000);
  const rows = useMemo(() => [...assessments.values()], [assessments]);

  const columns = useMemo<readonly Column<AssessmentSummary>[]>(
    () => [
      {
        id: "name",
        header: text.columns.name,
        width: "minmax(140px, 1.4fr)",
        sortBy: nameOf,
        cell: (summary) => <strong>{summary.name}</strong>,
      },
      {
        id: "system",
        header: text.columns.system,
        width: "minmax(140px, 1.4fr)",
        sortBy: (summary) => summary.os ?? "",
        cell: (summary) => summary.os,
      },
      {
        id: "verdict",
        header: text.columns.verdict,
        width: "172px",
        sortBy: (summary) => verdicts.indexOf(summary.verdict),
        cell: (summary) => <VerdictBadge verdict={summary.verdict} />,
      },
      {
        id: "blockers",
        header: text.columns.blockers,
        width: "100px",
        isNumeric: true,
        sortBy: (summary) => -countOf(summary, "blocker"),
        cell: (summary) => format.integer(countOf(summary, "blocker")),
      },
      {
        id: "warnings",
        header: text.columns.warnings,
        width: "100px",
        isNumeric: true,
        sortBy: (summary) => -countOf(summary, "warning"),
        cell: (summary) => format.integer(countOf(summary, "warning")),
      },
      {
        id: "disks",
        header: text.columns.disks,
        width: "110px",
        isNumeric: true,
        sortBy: (summary) => summary.diskBytes,
        cell: (summary) => format.bytes(summary.diskBytes),
      },
      {
        id: "assessed",
        header: text.columns.assessed,
        width: "180px",
        sortBy: (summary) => -Date.parse(summary.assessedAt),
        cell: (summary) => (
          <span className="dim">
            {format.ago(Date.parse(summary.assessedAt), now)} · {text.origin[summary.origin]}
          </span>
        ),
      },
    ],
    [text, format, now],
  );

  if (rows.length === 0 && isLoaded) {
    return (
      <Page title={text.title} lead={text.lead}>
        <Empty title={text.empty}>
          <p>{text.emptyText}</p>
          <Button onClick={() => open({ screen: "sources" })}>{text.toSources}</Button>
        </Empty>
      </Page>
    );
  }
  const openOne = (summary: AssessmentSummary) =>
    open({ screen: "assessment", source: assessmentKey(summary) });
  return (
    <Page title={text.title} lead={text.lead} isFullHeight actions={<ExportMenu assessments={[]} />}>
      <div>
        <SegmentedControl
          aria-label={text.title}
          value={view}
          onChange={(value) => setView(value as "list" | "map")}
          data={[
            { value: "map", label: text.heatMap },
            { value: "list", label: text.list },
          ]}
        />
      </div>
      {view === "list" ? (
        <DataTable
          label={text.title}
          rows={rows}
          columns={columns}
          idOf={idOf}
          nameOf={nameOf}
          textOf={(summary) =>
            `${summary.name} ${summary.os ?? ""} ${summary.findings.map(({ code }) => code).join(" ")}`
          }
          filterLabel={text.filter}
          initialSort={{ id: "verdict", desc: false }}
          onOpen={openOne}
        />
      ) : (
        <HeatMap summaries={rows} onOpen={openOne} />
      )}
    </Page>
  );
}
