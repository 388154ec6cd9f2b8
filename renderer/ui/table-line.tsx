/** A row of the table. Most frames change few of them, so each is drawn anew only where something of its own changed. */
import { memo, type KeyboardEvent, type MouseEvent, type ReactNode } from "react";
import { useTexts } from "../texts/use-texts.ts";

/** A column as a screen describes it. */
export interface Column<T> {
  readonly id: string;
  readonly header: string;
  /** A grid track: `minmax(160px, 2fr)`, `110px`. */
  readonly width: string;
  /** What it is sorted by. */
  sortBy(row: T): string | number;
  /** Of the row alone, and of what the columns are made anew for. */
  cell(row: T): ReactNode;
  readonly isNumeric?: boolean;
  /** A narrow column whose header is written upwards. */
  readonly isUpright?: boolean;
}

export interface LineActs<T> {
  open(row: T): void;
  select(row: T, isSelected: boolean): void;
  /** Arrows and the like, on the line `index`. */
  move(event: KeyboardEvent, index: number): void;
  /** The line `index` has the focus. */
  arrive(index: number): void;
}

export function cellClass<T>(column: Column<T>): string {
  if (column.isUpright === true) return "table-cell upright";
  return column.isNumeric === true ? "table-cell num" : "table-cell";
}

interface TableLineProps<T> {
  readonly row: T;
  readonly name: string;
  readonly columns: readonly Column<T>[];
  readonly index: number;
  /** Pixels from the top of the body. */
  readonly top: number;
  readonly template: string;
  readonly isOpen: boolean;
  /** The one row that Tab comes to; arrows go on from there. */
  readonly isTabStop: boolean;
  /** Null: rows cannot be selected. */
  readonly isSelected: boolean | null;
  readonly acts: LineActs<T>;
}

function Line<T>(props: TableLineProps<T>) {
  const { row, name, columns, index, top, template, isOpen, isTabStop, isSelected, acts } = props;
  const { common } = useTexts();
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected ?? undefined}
      data-index={index}
      data-open={isOpen ? "" : undefined}
      tabIndex={isTabStop ? 0 : -1}
      className={isSelected === true ? "table-row table-line row-selected" : "table-row table-line"}
      style={{ transform: `translateY(${top}px)`, gridTemplateColumns: template }}
      onClick={() => acts.open(row)}
      onFocus={() => acts.arrive(index)}
      onMouseOver={tellWhatIsCut}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        if (event.key === "Enter") acts.open(row);
        else if (event.key === " " && isSelected !== null) {
          event.preventDefault();
          acts.select(row, !isSelected);
        } else acts.move(event, index);
      }}
    >
      {isSelected === null ? null : (
        <div role="cell" className="table-cell" onClick={(event) => event.stopPropagation()}>
          <input
            type="checkbox"
            className="line-check"
            tabIndex={-1}
            aria-label={common.table.selectRow(name)}
            checked={isSelected}
            onChange={(event) => acts.select(row, event.currentTarget.checked)}
          />
        </div>
      )}
      {columns.map((column) => (
        <div key={column.id} role="cell" className={cellClass(column)}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

/** A cell's whole text as its tooltip, where it does not fit. */
function tellWhatIsCut({ target }: MouseEvent): void {
  const cell = target instanceof Element ? target.closest<HTMLElement>(".table-cell") : null;
  if (cell === null) return;
  const isCut = [cell, ...cell.children].some((each) => each.scrollWidth > each.clientWidth + 1);
  cell.title = isCut ? (cell.textContent ?? "") : "";
}

// `memo` forgets that a component is generic.
export const TableLine = memo(Line) as typeof Line;
