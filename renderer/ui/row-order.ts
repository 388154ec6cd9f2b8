/** Fifty jobs of a thousand tell something every moment, and hardly ever does that move a row of the table. */

/** What decides which rows of a table are shown, and in which order. */
export interface RowOrder<T> {
  idOf(row: T): string;
  /** Of the columns that the table is sorted by now; empty: the rows stand as they came. */
  readonly sortedBy: readonly ((row: T) => string | number)[];
  /** What the filter looks in; null while nothing is filtered. */
  readonly textOf: ((row: T) => string) | null;
  /** Null while nothing is grouped. */
  readonly groupsOf: ((row: T) => readonly string[]) | null;
}

/** True where `next`, in the place of `previous`, would be shown in the same order. Rows that are the same object cost nothing. */
export function keepsOrder<T>(previous: readonly T[], next: readonly T[], order: RowOrder<T>): boolean {
  if (previous.length !== next.length) return false;
  return next.every((row, index) => {
    const before = previous[index];
    if (before === undefined || row === before) return row === before;
    return (
      order.idOf(row) === order.idOf(before) &&
      order.sortedBy.every((sortBy) => sortBy(row) === sortBy(before)) &&
      (order.textOf === null || order.textOf(row) === order.textOf(before)) &&
      (order.groupsOf === null || isSame(order.groupsOf(row), order.groupsOf(before)))
    );
  });
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each, index) => each === b[index]);
