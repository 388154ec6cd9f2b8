/**
 * A table for a thousand rows and more: only the rows in view exist in the page. Filtering, sorting, grouping and
 * selecting are TanStack Table's; what is drawn, and how the keyboard moves, is here.
 */
import { Checkbox, CloseButton, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import {
  IconArrowDown,
  IconArrowUp,
  IconChevronDown,
  IconChevronRight,
  IconSearch,
} from "@tabler/icons-react";
import {
  createFilteredRowModel,
  createSortedRowModel,
  globalFilteringFeature,
  columnFilteringFeature,
  rowSelectionFeature,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
  type ColumnDef,
  type RowSelectionState,
  type SortingState,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useFormats, useTexts } from "../texts/use-texts.ts";
import { keepsOrder } from "./row-order.ts";
import { cellClass, TableLine, type Column, type LineActs } from "./table-line.tsx";
import "./data-table.css";

export type { Column };

const features = tableFeatures({
  columnFilteringFeature,
  globalFilteringFeature,
  rowSortingFeature,
  rowSelectionFeature,
  filteredRowModel: createFilteredRowModel(),
  sortedRowModel: createSortedRowModel(),
  sortFns,
});

export interface DataTableProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  idOf(row: T): string;
  nameOf(row: T): string;
  /** Everything that the filter looks in. */
  textOf(row: T): string;
  readonly filterLabel: string;
  /** Groups that a row belongs to; null where nothing is grouped. */
  readonly groupsOf?: ((row: T) => readonly string[]) | null;
  readonly groupChoices?: readonly { readonly value: string; readonly label: string }[];
  readonly group?: string;
  onGroup?(value: string): void;
  onOpen?(row: T): void;
  /** Null: rows cannot be selected. */
  readonly selection?: ReadonlySet<string> | null;
  onSelection?(ids: ReadonlySet<string>): void;
  readonly initialSort?: { readonly id: string; readonly desc: boolean };
  /** Further filters beside the text. */
  readonly tools?: ReactNode;
  /** What can be done with the selected rows. */
  readonly selectionActs?: ReactNode;
  readonly openId?: string | null;
}

type Line =
  | { readonly kind: "group"; readonly key: string; readonly name: string; readonly count: number }
  | { readonly kind: "row"; readonly key: string; readonly id: string };

const rowHeight = 38;
const noRows: never[] = [];

/** Narrower than this a table scrolls sideways. */
const narrowestPx = 760;

/** The first number of each track is the least that it takes. */
function leastWidthOf(columns: readonly { readonly width: string }[]): number {
  return columns.reduce((sum, { width }) => sum + Number(/\d+/.exec(width)?.[0] ?? 0), 0);
}

export function DataTable<T>(props: DataTableProps<T>) {
  const { common } = useTexts();
  const format = useFormats();
  const [typed, setTyped] = useState("");
  const [filter] = useDebouncedValue(typed, 120);
  const [sorting, setSorting] = useState<SortingState>(
    props.initialSort === undefined ? [] : [{ ...props.initialSort }],
  );
  const [visited, setVisited] = useState(0);
  const [closedGroups, setClosedGroups] = useState<ReadonlySet<string>>(new Set());
  const scroller = useRef<HTMLDivElement>(null);
  const isSelectable = props.selection !== undefined && props.selection !== null;
  const { idOf, textOf, columns, groupsOf } = props;

  const definitions = useMemo(
    () =>
      columns.map((column): ColumnDef<typeof features, { row: T }> => ({
        id: column.id,
        accessorFn: ({ row }) => column.sortBy(row),
        // Numbers sort as numbers, names as people read them: web-2 before web-10.
        sortFn: (a, b) => compare(a.getValue(column.id), b.getValue(column.id)),
      })),
    [columns],
  );
  // A row that changed without moving is drawn anew below; the table need not be filtered and sorted for it.
  const ordered = useRef<readonly T[]>(props.rows);
  const order = {
    idOf,
    sortedBy: columns.filter(({ id }) => sorting.some((each) => each.id === id)).map(({ sortBy }) => sortBy),
    textOf: filter === "" ? null : textOf,
    groupsOf: groupsOf ?? null,
  };
  if (!keepsOrder(ordered.current, props.rows, order)) ordered.current = props.rows;
  const orderedRows = ordered.current;
  const data = useMemo(() => orderedRows.map((row) => ({ row })), [orderedRows]);
  const present = useMemo(() => new Map(props.rows.map((row) => [idOf(row), row])), [props.rows, idOf]);
  const rowSelection = useMemo<RowSelectionState>(
    () => Object.fromEntries([...(props.selection ?? noRows)].map((id) => [id, true])),
    [props.selection],
  );
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const table = useTable({
    features,
    columns: definitions,
    data,
    getRowId: ({ row }) => idOf(row),
    state: { sorting, globalFilter: filter, rowSelection },
    onSortingChange: setSorting,
    getColumnCanGlobalFilter: (column) => column.id === columns[0]?.id,
    globalFilterFn: ({ original }) => {
      const text = textOf(original.row).toLowerCase();
      return words.every((word) => text.includes(word));
    },
  });
  const found = table.getRowModel().rows;

  const lines = useMemo<readonly Line[]>(() => {
    const asRow = (row: T, group = ""): Line => ({ kind: "row", key: `${group}${idOf(row)}`, id: idOf(row) });
    if (groupsOf === undefined || groupsOf === null) return found.map(({ original }) => asRow(original.row));
    const groups = new Map<string, T[]>();
    for (const { original } of found) {
      for (const group of groupsOf(original.row)) {
        const members = groups.get(group);
        if (members === undefined) groups.set(group, [original.row]);
        else members.push(original.row);
      }
    }
    return [...groups]
      .toSorted(([a], [b]) => compare(a, b))
      .flatMap(([name, members]): Line[] => [
        { kind: "group", key: `group ${name}`, name, count: members.length },
        ...(closedGroups.has(name) ? [] : members.map((row) => asRow(row, `${name} `))),
      ]);
  }, [found, groupsOf, idOf, closedGroups]);

  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => lines[index]?.key ?? index,
    overscan: 8,
    // A frame later is early enough; at once would be once more within every frame.
    useFlushSync: false,
  });

  const template = [isSelectable ? "34px" : "", ...columns.map((column) => column.width)].join(" ");
  const minWidth = Math.max(narrowestPx, leastWidthOf(columns) + (isSelectable ? 34 : 0));
  const isUpright = columns.some((column) => column.isUpright);
  const select = (ids: readonly string[], isSelected: boolean) => {
    const next = new Set(props.selection ?? noRows);
    for (const id of ids) {
      if (isSelected) next.add(id);
      else next.delete(id);
    }
    props.onSelection?.(next);
  };
  const shownIds = found.map((row) => row.id);
  const selectedShown = shownIds.filter((id) => props.selection?.has(id)).length;
  const toggleGroup = (name: string) =>
    setClosedGroups((closed) =>
      closed.has(name) ? new Set([...closed].filter((each) => each !== name)) : new Set([...closed, name]),
    );

  // Tab comes to one row alone: the one that was last in use, or the first that is to be seen.
  const items = virtualizer.getVirtualItems();
  const isThere = items.some(({ index }) => index === visited && lines[index]?.kind === "row");
  const tabStop = isThere ? visited : items.find(({ index }) => lines[index]?.kind === "row")?.index;

  /** A line far away is drawn some frames after it was scrolled to. */
  const focusLine = (index: number, frames: number): void => {
    requestAnimationFrame(() => {
      const line = scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
      if (line != null) line.focus({ preventScroll: true });
      else if (frames > 0) focusLine(index, frames - 1);
    });
  };

  /** Arrows move between rows; those out of view are scrolled to first. */
  const move = (event: KeyboardEvent, index: number) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: lines.length - 1,
    };
    const wanted = steps[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    const target = Math.max(0, Math.min(lines.length - 1, wanted));
    virtualizer.scrollToIndex(target);
    focusLine(target, framesToWait);
  };

  // The lines are drawn anew only where something of theirs changed: what they do must stay the same thing.
  const latest = useRef<LineActs<T>>(null);
  useEffect(() => {
    latest.current = {
      open: (row) => props.onOpen?.(row),
      select: (row, isSelected) => select([idOf(row)], isSelected),
      move,
      arrive: setVisited,
    };
  });
  const acts = useMemo<LineActs<T>>(
    () => ({
      open: (row) => latest.current?.open(row),
      select: (row, isSelected) => latest.current?.select(row, isSelected),
      move: (event, index) => latest.current?.move(event, index),
      arrive: (index) => latest.current?.arrive(index),
    }),
    [],
  );

  return (
    <div className="table-frame">
      <div className="row-between">
        <div className="row grow">
          <TextInput
            data-filter
            className="table-filter"
            aria-label={props.filterLabel}
            placeholder={props.filterLabel}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            leftSection={<IconSearch size={16} aria-hidden />}
            rightSection={
              typed === "" ? null : (
                <CloseButton size="sm" aria-label={common.table.clearFilter} onClick={() => setTyped("")} />
              )
            }
          />
          {props.tools}
          {props.groupChoices === undefined ? null : (
            <NativeSelect
              aria-label={common.table.groupBy}
              value={props.group ?? ""}
              onChange={(event) => props.onGroup?.(event.currentTarget.value)}
              data={[{ value: "", label: common.table.noGroup }, ...props.groupChoices]}
            />
          )}
        </div>
        <span className="dim" role="status">
          {common.table.rows(format.integer(found.length), format.integer(props.rows.length))}
        </span>
      </div>
      {isSelectable && (props.selection?.size ?? 0) > 0 ? (
        <div className="selection-bar" role="group">
          <strong>{common.table.selected(format.integer(props.selection?.size ?? 0))}</strong>
          {props.selectionActs}
          <button type="button" className="text-button" onClick={() => props.onSelection?.(new Set())}>
            {common.table.clearSelection}
          </button>
        </div>
      ) : null}
      <div
        ref={scroller}
        className="table-scroll"
        role="table"
        aria-label={props.label}
        aria-rowcount={lines.length + 1}
      >
        <div
          className={isUpright ? "table-head table-head-upright" : "table-head"}
          role="rowgroup"
          style={{ minWidth }}
        >
          <div className="table-row" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
            {isSelectable ? (
              <div role="columnheader" className="table-cell">
                <Checkbox
                  size="xs"
                  aria-label={common.table.selectAll}
                  checked={selectedShown > 0 && selectedShown === shownIds.length}
                  indeterminate={selectedShown > 0 && selectedShown < shownIds.length}
                  onChange={(event) => select(shownIds, event.currentTarget.checked)}
                />
              </div>
            ) : null}
            {columns.map((column) => {
              const sorted = sorting.find((each) => each.id === column.id);
              return (
                <div
                  key={column.id}
                  role="columnheader"
                  className={cellClass(column)}
                  aria-sort={sorted === undefined ? "none" : sorted.desc ? "descending" : "ascending"}
                >
                  <button
                    type="button"
                    className="head-button"
                    onClick={() =>
                      setSorting([{ id: column.id, desc: sorted !== undefined && !sorted.desc }])
                    }
                  >
                    <span className="clip">{column.header}</span>
                    {sorted === undefined ? null : sorted.desc ? (
                      <IconArrowDown size={14} aria-hidden />
                    ) : (
                      <IconArrowUp size={14} aria-hidden />
                    )}
                  </button>
                </div>
              );
            })}
          </div>
        </div>
        <div role="rowgroup" className="table-body" style={{ height: virtualizer.getTotalSize(), minWidth }}>
          {items.map((item) => {
            const line = lines[item.index];
            if (line === undefined) return null;
            const place = { transform: `translateY(${item.start}px)`, gridTemplateColumns: template };
            if (line.kind === "group") {
              const isClosed = closedGroups.has(line.name);
              return (
                <div
                  key={item.key}
                  role="row"
                  aria-rowindex={item.index + 2}
                  className="table-row table-line table-group"
                  style={place}
                >
                  <div role="cell" className="table-cell group-cell">
                    <button
                      type="button"
                      className="head-button"
                      data-index={item.index}
                      aria-expanded={!isClosed}
                      onClick={() => toggleGroup(line.name)}
                      onKeyDown={(event) => move(event, item.index)}
                    >
                      {isClosed ? (
                        <IconChevronRight size={16} aria-hidden />
                      ) : (
                        <IconChevronDown size={16} aria-hidden />
                      )}
                      <strong className="clip">{line.name}</strong>
                      <span className="dim">{format.integer(line.count)}</span>
                    </button>
                  </div>
                </div>
              );
            }
            const row = present.get(line.id);
            if (row === undefined) return null;
            return (
              <TableLine
                key={item.key}
                row={row}
                name={props.nameOf(row)}
                columns={columns}
                index={item.index}
                top={item.start}
                template={template}
                isOpen={props.openId === line.id}
                isTabStop={item.index === tabStop}
                isSelected={isSelectable ? (props.selection?.has(line.id) ?? false) : null}
                acts={acts}
              />
            );
          })}
        </div>
        {lines.length === 0 ? <p className="dim table-nothing">{common.table.nothingMatches}</p> : null}
      </div>
    </div>
  );
}

const framesToWait = 60;
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function compare(a: unknown, b: unknown): number {
  return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
}
