import { Button } from "@mantine/core";
import { useEffect, useMemo } from "react";
import type { JobRow } from "../../../common/api/procedures.ts";
import { useActions, useApp, useAppCalmly } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { DataTable, type Column } from "../../ui/data-table.tsx";
import { Empty, Page } from "../../ui/page.tsx";
import { useNow } from "../../ui/use-now.ts";
import { CutoverBadge } from "./cutover-badge.tsx";

const idOf = (job: JobRow) => job.id;
const nameOf = (job: JobRow) => job.sourceName;

/** A job whose result can be handed over. */
export function isHandable(job: JobRow): boolean {
  return job.state.name === "finished" || (job.state.name === "waiting" && job.hasImages);
}

export function CutoverScreen() {
  const { cutover: text } = useTexts();
  const format = useFormats();
  const { open, readCutover } = useActions();
  const jobs = useAppCalmly((state) => state.jobs);
  const isLoaded = useApp((state) => state.isLoaded);
  const views = useApp((state) => state.cutovers);
  const now = useNow(60_000);
  const rows = useMemo(() => [...jobs.values()].filter(isHandable), [jobs]);
  const wanted = rows.map(idOf).join(" ");

  useEffect(() => {
    let isWanted = true;
    void (async () => {
      for (const id of wanted.split(" ")) {
        if (id === "" || !isWanted) continue;
        await readCutover(id);
      }
    })();
    return () => {
      isWanted = false;
    };
  }, [readCutover, wanted]);

  const columns = useMemo<readonly Column<JobRow>[]>(() => {
    const stateOf = (job: JobRow) => views.get(job.id)?.state;
    return [
      {
        id: "source",
        header: text.columns.source,
        width: "minmax(150px, 1.4fr)",
        sortBy: nameOf,
        cell: (job) => <strong>{job.sourceName}</strong>,
      },
      {
        id: "state",
        header: text.columns.state,
        width: "minmax(190px, 1.4fr)",
        sortBy: (job) => stateOf(job)?.name ?? "",
        cell: (job) => {
          const state = stateOf(job);
          return state === undefined ? null : <CutoverBadge state={state} />;
        },
      },
      {
        id: "instance",
        header: text.columns.instance,
        width: "minmax(120px, 1fr)",
        sortBy: (job) => {
          const state = stateOf(job);
          return state !== undefined && "instance" in state ? state.instance : "";
        },
        cell: (job) => {
          const state = stateOf(job);
          return state !== undefined && "instance" in state ? state.instance : "";
        },
      },
      {
        id: "finished",
        header: text.columns.finished,
        width: "150px",
        sortBy: (job) => -Date.parse(job.updatedAt),
        cell: (job) => <span className="dim">{format.ago(Date.parse(job.updatedAt), now)}</span>,
      },
    ];
  }, [text, views, format, now]);

  if (rows.length === 0 && isLoaded) {
    return (
      <Page title={text.title} lead={text.lead}>
        <Empty title={text.empty}>
          <p>{text.emptyText}</p>
          <Button onClick={() => open({ screen: "jobs" })}>{text.toJobs}</Button>
        </Empty>
      </Page>
    );
  }
  return (
    <Page title={text.title} lead={text.lead} isFullHeight>
      <DataTable
        label={text.title}
        rows={rows}
        columns={columns}
        idOf={idOf}
        nameOf={nameOf}
        textOf={nameOf}
        filterLabel={text.filter}
        initialSort={{ id: "finished", desc: false }}
        onOpen={(job) => open({ screen: "job-cutover", job: job.id })}
      />
    </Page>
  );
}
