import { Button } from "@mantine/core";
import { useMemo } from "react";
import { isUnfinished } from "../../../common/domain/job.ts";
import { describeLogin, type Source } from "../../../common/domain/source.ts";
import { useActions, useApp, useAppCalmly } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { DataTable, type Column } from "../../ui/data-table.tsx";
import { DemoButton } from "../../ui/demo-button.tsx";
import { Empty } from "../../ui/page.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { VerdictBadge } from "../../ui/verdict-badge.tsx";
import { useFieldError } from "./draft-fields.tsx";

/** So many of the chosen ones are named below the table. */
const namedAtMost = 12;

const idOf = (source: Source) => source.id;
const nameOf = (source: Source) => source.name;

export function StepSource() {
  const { wizard, sources: text } = useTexts();
  const format = useFormats();
  const actions = useActions();
  const sources = useApp((state) => state.sources);
  const jobs = useAppCalmly((state) => state.jobs);
  const assessments = useApp((state) => state.assessments);
  const tests = useApp((state) => state.tests);
  const chosen = useApp((state) => state.draft.sources);
  const error = useFieldError("sources");
  const rows = useMemo(() => [...sources.values()], [sources]);
  const selection = useMemo(() => new Set(chosen.filter((id) => sources.has(id))), [chosen, sources]);
  const taken = useMemo(
    () => new Set([...jobs.values()].filter((job) => isUnfinished(job.state)).map((job) => job.sourceId)),
    [jobs],
  );
  const columns = useMemo<readonly Column<Source>[]>(
    () => [
      {
        id: "name",
        header: text.columns.name,
        width: "minmax(140px, 1.2fr)",
        sortBy: nameOf,
        cell: (source) => <strong>{source.name}</strong>,
      },
      {
        id: "address",
        header: text.columns.address,
        width: "minmax(150px, 1.2fr)",
        sortBy: describeLogin,
        cell: (source) => <span className="mono">{describeLogin(source)}</span>,
      },
      {
        id: "verdict",
        header: text.columns.verdict,
        width: "172px",
        sortBy: (source) => assessments.get(source.id)?.verdict ?? "~",
        cell: (source) => {
          const known = assessments.get(source.id);
          return tests.get(source.id)?.ok === false ? (
            <StatusBadge tone="bad">{text.connection.badLong}</StatusBadge>
          ) : known === undefined ? (
            <span className="dim">{text.notAssessed}</span>
          ) : (
            <VerdictBadge verdict={known.verdict} />
          );
        },
      },
      {
        id: "job",
        header: text.columns.job,
        width: "minmax(150px, 1fr)",
        sortBy: (source) => (taken.has(source.id) ? 1 : 0),
        cell: (source) =>
          taken.has(source.id) ? <StatusBadge tone="warn">{wizard.source.hasJob}</StatusBadge> : null,
      },
      {
        id: "tags",
        header: text.columns.tags,
        width: "minmax(100px, 1fr)",
        sortBy: (source) => source.tags.join(" "),
        cell: (source) => <span className="dim">{source.tags.join(", ")}</span>,
      },
    ],
    [text, wizard, assessments, taken, tests],
  );
  // The table shows a part of so many: what is chosen may be far down.
  const count = wizard.source.chosen(format.integer(selection.size));
  const named = format.list([...selection].slice(0, namedAtMost).map((id) => sources.get(id)?.name ?? id));
  const choose = (ids: ReadonlySet<string>) => actions.setDraft({ sources: [...ids], confirmed: false });

  if (rows.length === 0) {
    return (
      <Empty title={wizard.source.none}>
        <p>{text.emptyText}</p>
        <div className="row">
          <Button onClick={() => actions.open({ screen: "sources" })}>{wizard.source.add}</Button>
          <DemoButton />
        </div>
      </Empty>
    );
  }
  return (
    <>
      <p className="dim">{wizard.source.lead}</p>
      <DataTable
        label={text.title}
        rows={rows}
        columns={columns}
        idOf={idOf}
        nameOf={nameOf}
        textOf={(source) => `${source.name} ${describeLogin(source)} ${source.tags.join(" ")}`}
        filterLabel={text.filter}
        initialSort={{ id: "name", desc: false }}
        selection={selection}
        onSelection={choose}
        onOpen={(source) => {
          const next = new Set(selection);
          if (!next.delete(source.id)) next.add(source.id);
          choose(next);
        }}
      />
      <div role="alert" className="risk">
        {error}
      </div>
      <span className="dim" role="status">
        {named === "" ? count : format.labelled(count, named)}
      </span>
    </>
  );
}
