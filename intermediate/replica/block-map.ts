import type { BlockMapCell } from "../../common/api/intermediate.ts";
import { ok, type Result } from "../../common/result.ts";
import type { ChunkRange } from "./geometry.ts";
import type { Manifest } from "./manifest.ts";
import {
  flagsAt,
  passAt,
  recordBytes,
  recordSentFlag,
  recordStates,
  recordUnusedFlag,
  stateAt,
} from "./manifest-format.ts";

const emptyCell = (): BlockMapCell => ({ sent: 0, zero: 0, same: 0, skipped: 0, failing: 0, pending: 0 });

/** What became of a chunk in `pass`, from its record. */
function fateOf(page: Buffer, at: number, pass: number): keyof BlockMapCell {
  const state = stateAt(page, at);
  if (state === recordStates.unknown || passAt(page, at) !== pass) return "pending";
  const flags = flagsAt(page, at);
  if (state === recordStates.zero) return (flags & recordUnusedFlag) !== 0 ? "skipped" : "zero";
  return (flags & recordSentFlag) !== 0 ? "sent" : "same";
}

/**
 * Counts a disk's chunks in at most `cells` equal stretches by what became of them in `pass`; chunks of `failing`
 * count as that. Reads the whole manifest once.
 */
export async function blockMap(
  manifest: Manifest,
  pass: number,
  cells: number,
  failing: readonly ChunkRange[],
): Promise<Result<readonly BlockMapCell[]>> {
  const count = Math.min(cells, manifest.chunkCount);
  const map = Array.from({ length: count }, emptyCell);
  const cellOf = (chunk: number): BlockMapCell =>
    map[Math.floor((chunk * count) / manifest.chunkCount)] ?? emptyCell();
  const isFailing = (chunk: number): boolean =>
    failing.some((range) => chunk >= range.first && chunk < range.first + range.count);
  const read = await manifest.eachPage((page, firstChunk, records) => {
    for (let index = 0, at = 0; index < records; index += 1, at += recordBytes) {
      const chunk = firstChunk + index;
      const fate = failing.length > 0 && isFailing(chunk) ? "failing" : fateOf(page, at, pass);
      cellOf(chunk)[fate] += 1;
    }
  });
  return read.ok ? ok(map) : read;
}
