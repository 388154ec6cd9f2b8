import { useMemo } from "react";
import type { JobRow } from "../../../common/api/procedures.ts";
import { describeLogin, type Source } from "../../../common/domain/source.ts";
import { useApp, useAppCalmly } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import type { Column } from "../../ui/data-table.tsx";
import { JobStatusBadge } from "../../ui/job-status.tsx";
import { VerdictBadge } from "../../ui/verdict-badge.tsx";
import { ConnectionCell } from "./connection-cell.tsx";

const verdictOrder = ["blocked", "needs-attention", "ready"];

function lastJobOfSource(jobs: ReadonlyMap<string, JobRow>): ReadonlyMap<string, JobRow> {
  const last = new Map<string, JobRow>();
  for (const job of jobs.values()) {
    const known = last.get(job.sourceId);
    if (known === undefined || known.createdAt < job.createdAt) last.set(job.sourceId, job);
  }
  return last;
}

export function useSourceColumns(): readonly Column<Source>[] {
  const { sources: text } = useTexts();
  const format = useFormats();
  const assessments = useApp((state) => state.assessments);
  const runs = useApp((state) => state.assessmentRuns);
  const jobs = useAppCalmly((state) => state.jobs);
  const tests = useApp((state) => state.tests);
  const lastJobs = useMemo(() => lastJobOfSource(jobs), [jobs]);

  return useMemo<readonly Column<Source>[]>(
    () => [
      {
        id: "name",
        header: text.columns.name,
        width: "minmax(92px, 1fr)",
        sortBy: (source) => source.name,
        cell: (source) => <strong>{source.name}</strong>,
      },
      {
        id: "address",
        header: text.columns.address,
        width: "minmax(170px, 1.2fr)",
        sortBy: describeLogin,
        // The usual port says nothing, and a narrow screen has no room for it.
        cell: (source) => <span className="mono">{describeLogin(source).replace(/:22$/, "")}</span>,
      },
      {
        id: "system",
        header: text.columns.system,
        width: "minmax(104px, 1.1fr)",
        sortBy: (source) => assessments.get(source.id)?.os ?? "",
        cell: (source) => assessments.get(source.id)?.os ?? "",
      },
      {
        id: "verdict",
        header: text.columns.verdict,
        width: "minmax(142px, 0.7fr)",
        sortBy: (source) => {
          const rank = verdictOrder.indexOf(assessments.get(source.id)?.verdict ?? "");
          return rank === -1 ? verdictOrder.length : rank;
        },
        cell: (source) => {
          const run = runs.get(source.id);
          const known = assessments.get(source.id);
          if (run !== undefined && run.state !== "failed") return text.assessing[run.state];
          if (known !== undefined) return <VerdictBadge verdict={known.verdict} />;
          return run?.state === "failed" ? <VerdictBadge verdict="failed" /> : null;
        },
      },
      {
        id: "data",
        header: text.columns.data,
        width: "78px",
        isNumeric: true,
        sortBy: (source) => assessments.get(source.id)?.diskBytes ?? -1,
        cell: (source) => {
          const bytes = assessments.get(source.id)?.diskBytes;
          return bytes === undefined ? "" : format.bytes(bytes);
        },
      },
      {
        id: "connection",
        header: text.columns.connection,
        width: "104px",
        sortBy: (source) => {
          const test = tests.get(source.id);
          return test === undefined ? 2 : test.ok ? 1 : 0;
        },
        cell: (source) => <ConnectionCell id={source.id} />,
      },
      {
        id: "job",
        header: text.columns.job,
        width: "minmax(116px, 0.7fr)",
        sortBy: (source) => lastJobs.get(source.id)?.state.name ?? "",
        cell: (source) => {
          const job = lastJobs.get(source.id);
          return job === undefined ? null : <JobStatusBadge job={job} />;
        },
      },
      {
        id: "tags",
        header: text.columns.tags,
        width: "minmax(146px, 1.2fr)",
        sortBy: (source) => source.tags.join(" "),
        cell: (source) => <span className="dim">{source.tags.join(", ")}</span>,
      },
    ],
    [text, assessments, runs, lastJobs, tests, format],
  );
}
