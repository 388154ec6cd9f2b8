import { Button, Switch } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { memo, useMemo, useState } from "react";
import type { JobRow } from "../../../common/api/procedures.ts";
import { isQueued, isUnfinished } from "../../../common/domain/job.ts";
import { useActions, useApp, useAppCalmly } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { DataTable, type Column } from "../../ui/data-table.tsx";
import { etaOf, rateOf, shareOf, stepOf } from "../../ui/job-figures.ts";
import { JobStatusBadge, needsAttention, statusOf } from "../../ui/job-status.tsx";
import { Empty, Page } from "../../ui/page.tsx";
import { ProgressBar } from "../../ui/progress-bar.tsx";
import { useNow } from "../../ui/use-now.ts";

/** What needs the admin comes first, then what runs. */
const order = ["in-error", "orphaned", "stopped", "paused", "running", "waiting", "ready", "deleting"];
const rankOf = (job: JobRow): number => {
  const rank = order.indexOf(statusOf(job));
  return rank === -1 ? order.length : rank;
};

/** When it was last heard of: of a running job that is its progress. To the minute, so that not every event is a new date. */
const heardAt = (job: JobRow): string =>
  statusOf(job) === "running" && job.progress !== null && job.progress.at > job.updatedAt
    ? `${job.progress.at.slice(0, 16)}:00Z`
    : job.updatedAt;

const idOf = (job: JobRow) => job.id;
const nameOf = (job: JobRow) => job.sourceName;

export function JobList() {
  const { monitor, common, shell } = useTexts();
  const format = useFormats();
  const actions = useActions();
  const jobs = useAppCalmly((state) => state.jobs);
  const isLoaded = useApp((state) => state.isLoaded);
  const [isOpenOnly, setOpenOnly] = useState(false);
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set());
  const now = useNow(30_000);

  const rows = useMemo(() => {
    const all = [...jobs.values()];
    return isOpenOnly ? all.filter((job) => isUnfinished(job.state)) : all;
  }, [jobs, isOpenOnly]);

  const columns = useMemo<readonly Column<JobRow>[]>(
    () => [
      {
        id: "source",
        header: monitor.columns.source,
        width: "minmax(120px, 1.3fr)",
        sortBy: (job) => job.sourceName,
        cell: (job) => <strong>{job.sourceName}</strong>,
      },
      {
        id: "state",
        header: monitor.columns.state,
        width: "minmax(130px, 0.9fr)",
        sortBy: rankOf,
        cell: (job) => <JobStatusBadge job={job} />,
      },
      {
        id: "step",
        header: monitor.columns.step,
        width: "minmax(158px, 1.3fr)",
        sortBy: (job) => stepOf(job) ?? "",
        cell: (job) => {
          const step = stepOf(job);
          return step === null ? "" : common.steps[step];
        },
      },
      {
        id: "progress",
        header: monitor.columns.progress,
        width: "minmax(140px, 1.4fr)",
        sortBy: (job) => shareOf(job) ?? -1,
        cell: (job) => <ProgressCell job={job} />,
      },
      {
        id: "rate",
        header: monitor.columns.rate,
        width: "110px",
        isNumeric: true,
        sortBy: (job) => rateOf(job) ?? -1,
        cell: (job) => {
          const rate = rateOf(job);
          return rate === null ? "" : format.rate(rate);
        },
      },
      {
        id: "eta",
        header: monitor.columns.eta,
        width: "120px",
        isNumeric: true,
        sortBy: (job) => etaOf(job) ?? Number.MAX_SAFE_INTEGER,
        cell: (job) => {
          const eta = etaOf(job);
          return eta === null ? "" : format.duration(eta);
        },
      },
      {
        id: "updated",
        header: monitor.columns.updated,
        width: "120px",
        sortBy: (job) => -Date.parse(heardAt(job)),
        cell: (job) => <Updated at={heardAt(job)} now={now} />,
      },
    ],
    [monitor, common, format, now],
  );

  const running = rows.filter((job) => statusOf(job) === "running");
  const rate = running.reduce((sum, job) => sum + (rateOf(job) ?? 0), 0);
  const waiting = rows.filter(needsAttention).length;
  const chosen = [...selection].map((id) => jobs.get(id)).filter((job) => job !== undefined);
  const isCopying = (job: JobRow) => job.state.name === "running" && job.state.step === "sync" && job.isHeld;
  const pausable = chosen.filter((job) => isCopying(job) && statusOf(job) === "running");
  const paused = chosen.filter((job) => statusOf(job) === "paused");
  const stoppable = chosen.filter(
    ({ state, isHeld }) => (state.name === "running" && isHeld) || isQueued(state),
  );
  const askAll = (name: "job.pause" | "job.unpause" | "job.stop", these: readonly JobRow[]) => {
    for (const job of these) void actions.askJob(name, job.id);
  };

  return (
    <Page
      title={monitor.title}
      lead={monitor.lead(
        format.integer(running.length),
        rate === 0 ? null : format.rate(rate),
        format.integer(waiting),
      )}
      isFullHeight
      actions={
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => actions.open({ screen: "wizard" })}
        >
          {shell.newMigration}
        </Button>
      }
    >
      {jobs.size === 0 && isLoaded ? (
        <Empty title={monitor.empty}>
          <p>{monitor.emptyText}</p>
          <Button onClick={() => actions.open({ screen: "wizard" })}>{shell.newMigration}</Button>
        </Empty>
      ) : (
        <DataTable
          label={monitor.title}
          rows={rows}
          columns={columns}
          idOf={idOf}
          nameOf={nameOf}
          textOf={(job) => {
            const step = stepOf(job);
            return `${job.sourceName} ${job.id} ${common.stateNames[statusOf(job)]} ${step === null ? "" : common.steps[step]}`;
          }}
          filterLabel={monitor.filter}
          initialSort={{ id: "state", desc: false }}
          onOpen={(job) => actions.open({ screen: "job", job: job.id })}
          selection={selection}
          onSelection={setSelection}
          tools={
            <Switch
              label={monitor.onlyOpen}
              checked={isOpenOnly}
              onChange={(event) => setOpenOnly(event.currentTarget.checked)}
            />
          }
          selectionActs={
            <>
              <Button
                size="xs"
                variant="default"
                disabled={pausable.length === 0}
                onClick={() => askAll("job.pause", pausable)}
              >
                {monitor.selectedActs.pause} ({format.integer(pausable.length)})
              </Button>
              <Button
                size="xs"
                variant="default"
                disabled={paused.length === 0}
                onClick={() => askAll("job.unpause", paused)}
              >
                {monitor.selectedActs.unpause} ({format.integer(paused.length)})
              </Button>
              <Button
                size="xs"
                variant="default"
                disabled={stoppable.length === 0}
                onClick={() => askAll("job.stop", stoppable)}
              >
                {monitor.selectedActs.stop} ({format.integer(stoppable.length)})
              </Button>
            </>
          }
        />
      )}
    </Page>
  );
}

/** Dates are dear to write: only anew where they changed. */
const Updated = memo(function Updated({ at, now }: { readonly at: string; readonly now: number }) {
  const format = useFormats();
  const atMs = Date.parse(at);
  return (
    <span className="dim" title={format.dateTime(atMs)}>
      {format.ago(atMs, now)}
    </span>
  );
});

function ProgressCell({ job }: { readonly job: JobRow }) {
  const { monitor } = useTexts();
  const format = useFormats();
  const share = shareOf(job);
  if (statusOf(job) === "finished" || job.progress === null || share === null) return null;
  return (
    <div className="row progress-cell">
      <div className="grow">
        <ProgressBar
          share={share}
          label={format.labelled(monitor.progress, job.sourceName)}
          isHeld={statusOf(job) !== "running"}
        />
      </div>
      <span className="progress-percent">{format.percent(share)}</span>
    </div>
  );
}
