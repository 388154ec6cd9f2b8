/**
 * The partitions that file replication makes, as a picture that follows the hand and a table that says and takes the
 * same in words. What is changed is kept in the wizard's draft, wherever this is shown.
 */
import { Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { useEffect } from "react";
import type { LayoutProposal } from "../../common/api/layout-procedures.ts";
import { targetFilesystems } from "../../common/domain/target-layout.ts";
import {
  planLayout,
  withEdit,
  writeSize,
  type PartitionEdit,
  type PlannedDisk,
  type PlannedPartition,
} from "../store/layout-edit.ts";
import { proposalKey } from "../store/plan-actions.ts";
import { useActions, useApp, useBusy } from "../store/use-app.tsx";
import { useFormats, useRemarkWords, useReportTexts, useTexts } from "../texts/use-texts.ts";
import { FailureCard } from "./failure-card.tsx";
import { PlannedBar, usePartitionName } from "./planned-bar.tsx";
import { Remark } from "./remark.tsx";
import "./layout-planner.css";

const noEdits: readonly PartitionEdit[] = [];

export function LayoutPlanner({ source }: { readonly source: string }) {
  const { layout: text } = useTexts().compatibility;
  const { proposeLayout } = useActions();
  const disks = useApp((state) => state.draft.disks[source]);
  const key = proposalKey(source, disks);
  const answer = useApp((state) => state.layoutProposals.get(key));
  const isReading = useBusy(`layout ${key}`);
  useEffect(() => {
    if (answer === undefined) void proposeLayout(source, disks);
    // Once for each source and choice of disks: a failure is shown and tried again by hand.
  }, [key]);
  return (
    <div className="stack">
      {answer === undefined ? (
        <p className="dim" role="status">
          {text.reading}
        </p>
      ) : answer.ok ? (
        <PlannedDisks source={source} proposal={answer.value} />
      ) : (
        <FailureCard failure={answer.failure} title={text.failed} />
      )}
      <div>
        <Button
          size="xs"
          variant="default"
          loading={isReading}
          onClick={() => void proposeLayout(source, disks)}
        >
          {text.readAgain}
        </Button>
      </div>
    </div>
  );
}

function PlannedDisks({ source, proposal }: { readonly source: string; readonly proposal: LayoutProposal }) {
  const { layout: text } = useTexts().compatibility;
  const { report } = useReportTexts();
  const format = useFormats();
  const { setDraft } = useActions();
  const layouts = useApp((state) => state.draft.layouts);
  const edits = layouts[source] ?? noEdits;
  const planned = planLayout(proposal, edits);
  const set = (next: readonly PartitionEdit[]) =>
    setDraft({ layouts: { ...layouts, [source]: [...next] }, confirmed: false });
  const change = (partition: PlannedPartition, what: Partial<Omit<PartitionEdit, "partition">>) => {
    if (partition.edit !== null) set(withEdit(edits, partition.edit, what));
  };
  return (
    <>
      {planned.disks.map((disk, index) => (
        <div key={index} className="stack-tight planned-disk">
          <h3>
            {text.disk(format.integer(index + 1))}{" "}
            <span className="dim">
              {disk.sizeBytes === 0
                ? text.notMade
                : `${report.tables[disk.table]} · ${format.bytes(disk.sizeBytes)}`}
            </span>
          </h3>
          <PlannedBar
            disk={disk}
            label={text.disk(format.integer(index + 1))}
            proposedBytes={proposal.proposed.disks[index]?.sizeBytes ?? 0}
            onResize={(partition, sizeBytes) => change(partition, { size: writeSize(sizeBytes) })}
          />
          <PartitionTable disk={disk} edits={edits} onChange={change} />
        </div>
      ))}
      <div role="status">
        {planned.problems.map((problem) => (
          <p key={problem.what} className="risk">
            <Remark told={problem} />
          </p>
        ))}
      </div>
      {edits.length === 0 ? null : (
        <div>
          <Button size="xs" variant="subtle" onClick={() => set([])}>
            {text.reset}
          </Button>
        </div>
      )}
    </>
  );
}

function PartitionTable({
  disk,
  edits,
  onChange,
}: {
  readonly disk: PlannedDisk;
  readonly edits: readonly PartitionEdit[];
  onChange(partition: PlannedPartition, what: Partial<Omit<PartitionEdit, "partition">>): void;
}) {
  const { layout: text } = useTexts().compatibility;
  return (
    <div className="table-overflow">
      <table className="results-table planner-table">
        <thead>
          <tr>
            <th scope="col">{text.columns.partition}</th>
            <th scope="col">{text.columns.filesystem}</th>
            <th scope="col">{text.columns.size}</th>
            <th scope="col" className="num">
              {text.columns.used}
            </th>
            <th scope="col">{text.columns.joined}</th>
          </tr>
        </thead>
        <tbody>
          {disk.partitions.map((planned) => (
            <PartitionRow
              key={planned.key}
              planned={planned}
              typed={edits.find(({ partition }) => partition === planned.edit)?.size ?? ""}
              onChange={(what) => onChange(planned, what)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function PartitionRow({
  planned,
  typed,
  onChange,
}: {
  readonly planned: PlannedPartition;
  readonly typed: string;
  onChange(what: Partial<Omit<PartitionEdit, "partition">>): void;
}) {
  const { layout: text } = useTexts().compatibility;
  const format = useFormats();
  const remark = useRemarkWords();
  const name = usePartitionName()(planned);
  const { partition, problem, joinedInto, edit } = planned;
  const words =
    problem === null
      ? null
      : problem.kind === "size"
        ? text.sizeProblem
        : problem.kind === "too-small"
          ? text.tooSmall(writeSize(problem.leastBytes))
          : (remark(problem.message.said) ?? problem.message.what);
  return (
    <tr>
      <th scope="row" className="mono">
        {name}
      </th>
      <td>
        {partition.role !== "data" ? (
          partition.role === "esp" ? (
            "vfat"
          ) : (
            ""
          )
        ) : joinedInto !== null ? (
          ""
        ) : (
          <NativeSelect
            size="xs"
            aria-label={format.labelled(text.columns.filesystem, name)}
            value={partition.filesystem}
            data={[...targetFilesystems]}
            onChange={(event) =>
              onChange({
                filesystem: targetFilesystems.find((each) => each === event.currentTarget.value) ?? null,
              })
            }
          />
        )}
      </td>
      <td>
        {joinedInto !== null ? (
          <span className="dim">{text.joinedInto(joinedInto)}</span>
        ) : edit === null ? (
          format.bytes(partition.sizeBytes)
        ) : (
          <TextInput
            size="xs"
            className="planner-size"
            aria-label={format.labelled(text.columns.size, name)}
            value={typed}
            placeholder={format.bytes(partition.sizeBytes)}
            error={words}
            spellCheck={false}
            onChange={(event) => onChange({ size: event.currentTarget.value })}
          />
        )}
      </td>
      <td className="num">
        {partition.role === "data" && joinedInto === null ? format.bytes(planned.usedBytes) : ""}
      </td>
      <td>
        {partition.role !== "data" || partition.mountPoint === "/" || edit === null ? null : (
          <Checkbox
            size="xs"
            aria-label={format.labelled(text.columns.joined, name)}
            checked={joinedInto !== null}
            onChange={(event) => onChange({ joined: event.currentTarget.checked })}
          />
        )}
      </td>
    </tr>
  );
}
