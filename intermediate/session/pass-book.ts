import { ok, type Result } from "../../common/result.ts";
import type { Manifest } from "../replica/manifest.ts";
import type { DurableRun } from "../replica/replica-writer.ts";
import {
  flagsAt,
  passAt,
  recordBytes,
  recordSentFlag,
  recordStates,
  recordUncheckedFlag,
  recordUnusedFlag,
  stateAt,
} from "../replica/manifest-format.ts";
import { ChunkSet } from "./chunk-set.ts";

/** Chunks by what the agent said of them; zeros that the replica had already are `same`. */
export type Tally = { sent: number; zero: number; unused: number; same: number };

/**
 * What one pass over one disk has come to, from durable records alone; it outlives sessions, so progress never runs
 * backwards when an agent comes back and reads again.
 */
export class PassBook {
  readonly diskId: number;
  readonly pass: number;
  readonly recorded: ChunkSet;
  readonly sent: ChunkSet;
  /** Of the whole replica, whatever pass they came in: chunks whose bytes nobody has hashed here yet. */
  readonly unchecked: ChunkSet;
  readonly tally: Tally = { sent: 0, zero: 0, unused: 0, same: 0 };

  private constructor(diskId: number, pass: number, chunks: number) {
    this.diskId = diskId;
    this.pass = pass;
    this.recorded = new ChunkSet(chunks);
    this.sent = new ChunkSet(chunks);
    this.unchecked = new ChunkSet(chunks);
  }

  /** What became durable says whether its bytes were hashed; what was found the same is as checked as before. */
  noteChecked(run: DurableRun): void {
    if (run.kind === "same") return;
    if (run.checked) this.unchecked.removeRange(run.first, run.count);
    else this.unchecked.addRange(run.first, run.count);
  }

  /** Reads the manifest once. */
  static async load(diskId: number, pass: number, manifest: Manifest): Promise<Result<PassBook>> {
    const book = new PassBook(diskId, pass, manifest.chunkCount);
    const read = await manifest.eachPage((page, firstChunk, records) => {
      for (let index = 0, at = 0; index < records; index += 1, at += recordBytes) {
        if (stateAt(page, at) === recordStates.unknown) continue;
        const flags = flagsAt(page, at);
        if ((flags & recordUncheckedFlag) !== 0) book.unchecked.add(firstChunk + index);
        if (passAt(page, at) !== pass) continue;
        book.recorded.add(firstChunk + index);
        const isSent = (flags & recordSentFlag) !== 0;
        if (isSent) book.sent.add(firstChunk + index);
        const isZero = stateAt(page, at) === recordStates.zero;
        const isUnused = (flags & recordUnusedFlag) !== 0;
        book.tally[!isSent ? "same" : !isZero ? "sent" : isUnused ? "unused" : "zero"] += 1;
      }
    });
    return read.ok ? ok(book) : read;
  }
}
