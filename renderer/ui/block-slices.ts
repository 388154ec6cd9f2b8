/** What a cell of a block map is filled with. Pure. */

/** What became of the chunks of a stretch of disk; failing ones are seen first, however few. */
export const blockKinds = ["failing", "pending", "sent", "same", "zero", "skipped"] as const;
export type BlockKind = (typeof blockKinds)[number];
/** Chunks of each kind in one cell. */
export type BlockCell = Readonly<Record<BlockKind, number>>;

/** A kind with fewer pixels in its cell could not be told. */
const leastSlice = 2;
const drawnUpwards = ["sent", "same", "zero", "skipped", "pending"] as const satisfies readonly BlockKind[];

/**
 * The kinds in a cell from its bottom to its top, each with its share of `height` pixels. On a large disk a cell is
 * many chunks: what is in it is seen, however little. One that fails is all that counts of its cell.
 */
export function slicesOf(cell: BlockCell, height: number): readonly (readonly [BlockKind, number])[] {
  if (cell.failing > 0) return [["failing", height]];
  const kinds = drawnUpwards.filter((kind) => cell[kind] > 0);
  const total = kinds.reduce((sum, kind) => sum + cell[kind], 0);
  if (total === 0) return [["pending", height]];
  const heights = kinds.map((kind) => Math.max(leastSlice, Math.round((cell[kind] / total) * height)));
  const excess = heights.reduce((sum, each) => sum + each, 0) - height;
  const largest = heights.indexOf(Math.max(...heights));
  return kinds.map((kind, index) => [kind, (heights[index] ?? 0) - (index === largest ? excess : 0)]);
}
