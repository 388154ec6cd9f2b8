import { useCallback, useMemo } from "react";
import type { ImportLine } from "../../../common/api/source-procedures.ts";
import { useFormats, useRemarkWords, useTexts } from "../../texts/use-texts.ts";
import { DataTable, type Column } from "../../ui/data-table.tsx";
import { StatusBadge, type Tone } from "../../ui/status-badge.tsx";

const tones: Readonly<Record<ImportLine["verdict"], Tone>> = {
  added: "ok",
  exists: "neutral",
  duplicate: "warn",
  invalid: "bad",
  skipped: "neutral",
};

const lineId = (line: ImportLine) => String(line.line);

/** What each line of an imported list comes to. */
export function ImportLines({
  lines,
  isProblemsOnly,
}: {
  readonly lines: readonly ImportLine[];
  readonly isProblemsOnly: boolean;
}) {
  const { common, sources } = useTexts();
  const text = sources.importer;
  const format = useFormats();
  const remark = useRemarkWords();
  const problemOf = useCallback(
    ({ message }: ImportLine) => remark(message?.said) ?? message?.what ?? "",
    [remark],
  );
  const columns = useMemo<readonly Column<ImportLine>[]>(
    () => [
      {
        id: "line",
        header: text.columns.line,
        width: "56px",
        isNumeric: true,
        sortBy: (line) => line.line,
        cell: (line) => format.integer(line.line),
      },
      {
        id: "verdict",
        header: text.columns.verdict,
        width: "164px",
        sortBy: (line) => text.verdicts[line.verdict],
        cell: (line) => <StatusBadge tone={tones[line.verdict]}>{text.verdicts[line.verdict]}</StatusBadge>,
      },
      {
        id: "name",
        header: text.columns.name,
        width: "minmax(96px, 0.8fr)",
        sortBy: (line) => line.name ?? "",
        cell: (line) => line.name,
      },
      {
        id: "address",
        header: text.columns.address,
        width: "minmax(190px, 1.2fr)",
        sortBy: (line) => line.address ?? "",
        cell: (line) => <span className="mono">{line.address}</span>,
      },
      {
        id: "problem",
        header: text.columns.problem,
        width: "minmax(200px, 3.6fr)",
        sortBy: problemOf,
        cell: (line) => <span title={problemOf(line)}>{problemOf(line)}</span>,
      },
    ],
    [text, format, problemOf],
  );
  const shown = useMemo(
    () => lines.filter((line) => !isProblemsOnly || !["added", "skipped"].includes(line.verdict)),
    [lines, isProblemsOnly],
  );
  return (
    <div className="import-lines">
      <DataTable
        label={text.title}
        rows={shown}
        columns={columns}
        idOf={lineId}
        nameOf={(line) => line.name ?? lineId(line)}
        textOf={(line) => `${line.name} ${line.address} ${problemOf(line)}`}
        filterLabel={common.table.filter}
      />
    </div>
  );
}
