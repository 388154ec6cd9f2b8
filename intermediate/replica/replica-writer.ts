import { fail, ok, type Failure, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { Lease } from "../volume/aligned-memory.ts";
import type { VolumeSink } from "../volume/volume-sink.ts";
import { bytesOfRange, type ChunkRange } from "./geometry.ts";
import { Invalidator } from "./invalidator.ts";
import type { Manifest, ManifestEntry } from "./manifest.ts";

/** When a batch is made durable: whichever comes first. */
export interface CommitLimits {
  readonly bytes: number;
  readonly ageMs: number;
  /** CHUNKs; below the agent's window, so that it never waits for the clock. */
  readonly chunks: number;
  /** Chunks of ranges (zero, unused, the same); below what an agent leaves open, for the same reason. */
  readonly rangeChunks: number;
}

/** A chunk and what the agent says of its bytes; `checked`: they were found to have that hash. */
export interface ChunkClaim {
  readonly chunk: number;
  /** Must stay as it is. */
  readonly hash: Buffer;
  readonly checked: boolean;
}

export interface DurableRun extends ChunkRange {
  readonly kind: ManifestEntry["kind"];
  /** False for bytes whose hash is the agent's word. */
  readonly checked: boolean;
  /** Zeros because nobody on the source uses them. */
  readonly unused: boolean;
  /** The data connection that brought it. */
  readonly stream: number;
}

export interface ReplicaWriterOptions {
  readonly sink: VolumeSink;
  readonly manifest: Manifest;
  readonly pass: number;
  readonly limits: CommitLimits;
  /** Bytes and records of these runs are on stable storage. */
  onDurable(runs: readonly DurableRun[]): void;
  /** A batch took this long from its last chunk to being durable; batches do not overlap. */
  onCommit(micros: number): void;
  /** Called once; the writer then refuses everything. What was durable before stays so. */
  onFailure(failure: Failure): void;
}

interface Batch {
  readonly entries: ManifestEntry[];
  readonly runs: DurableRun[];
  readonly work: Promise<Result<void>>[];
  readonly startedAt: number;
  bytes: number;
  chunks: number;
  rangeChunks: number;
  touchedVolume: boolean;
}

/**
 * Writes one disk's chunks of one pass and makes them durable in batches. For every chunk: invalidate its record if it
 * had one (durable), write, flush the volume, write the record, flush the manifest, report. A crash between any two of
 * these leaves the record unknown, never wrong. While one batch is being made durable the next is filling.
 *
 * The caller names each chunk at most once; this class does not check it.
 */
export class ReplicaWriter {
  readonly #options: ReplicaWriterOptions;
  readonly #invalidator: Invalidator;
  #batch: Batch | undefined;
  #committing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failure: Failure | undefined;
  #settling = false;
  #hurried = false;

  constructor(options: ReplicaWriterOptions) {
    this.#options = options;
    this.#invalidator = new Invalidator(options.manifest);
  }

  /** Takes over the lease; `lease.bytes` is the chunk. */
  writeChunk(claim: ChunkClaim, lease: Lease, stream: number): void {
    if (this.#failure !== undefined) {
      lease.release();
      return;
    }
    const batch = this.#currentBatch();
    const { chunk, checked } = claim;
    batch.entries.push({ kind: "data", ...claim });
    batch.runs.push({ kind: "data", checked, unused: false, first: chunk, count: 1, stream });
    batch.bytes += lease.bytes.length;
    batch.chunks += 1;
    batch.touchedVolume = true;
    batch.work.push(this.#place(chunk, lease));
    this.#schedule();
  }

  /**
   * Resolves when the range is zero on the volume (not yet durable): long ranges hold up their connection only.
   * @param unused nobody on the source uses it
   */
  async writeZeros(range: ChunkRange, unused: boolean, stream: number): Promise<void> {
    if (this.#failure !== undefined) return;
    const invalidated = await this.#invalidator.invalidate(range);
    const { offset, length } = bytesOfRange(this.#options.manifest.geometry, range);
    const result = invalidated.ok ? await this.#options.sink.zero(offset, length) : invalidated;
    if (!result.ok) return this.#fail(result.failure);
    this.#add({ kind: "zero", unused, ...range }, stream, true);
  }

  /** Notes that chunks are as recorded. `protocol-violation` where a chunk is not recorded at all. */
  async confirmSame(range: ChunkRange, stream: number): Promise<Result<void>> {
    if (this.#failure !== undefined) return ok();
    const known = await this.#options.manifest.isKnown(range);
    if (!known.ok) {
      this.#fail(known.failure);
      return ok();
    }
    if (!known.value) {
      return fail(
        "protocol-violation",
        told({ kind: "chunks-unknown", first: range.first, count: range.count }),
      );
    }
    this.#add({ kind: "same", ...range }, stream, false);
    return ok();
  }

  /** Nothing more is to come that could fill a batch: from now on none waits for the clock. */
  hurry(): void {
    this.#hurried = true;
    this.#schedule();
  }

  /** Resolves when nothing is under way any more: everything accepted is durable, or the writer has failed. */
  async settle(): Promise<void> {
    this.#settling = true;
    while (this.#batch !== undefined || this.#committing !== undefined) {
      this.#schedule();
      await this.#committing;
    }
    clearTimeout(this.#timer);
  }

  async #place(chunk: number, lease: Lease): Promise<Result<void>> {
    try {
      const { sink, manifest } = this.#options;
      const invalidated = await this.#invalidator.invalidate({ first: chunk, count: 1 });
      if (!invalidated.ok) return invalidated;
      return await sink.write(chunk * manifest.geometry.chunkBytes, lease.bytes);
    } finally {
      lease.release();
    }
  }

  #add(entry: ManifestEntry & ChunkRange, stream: number, touchedVolume: boolean): void {
    if (this.#failure !== undefined) return;
    const batch = this.#currentBatch();
    batch.entries.push(entry);
    const unused = entry.kind === "zero" && entry.unused;
    const { kind, first, count } = entry;
    batch.runs.push({ kind, checked: true, unused, first, count, stream });
    batch.rangeChunks += entry.count;
    batch.touchedVolume ||= touchedVolume;
    this.#schedule();
  }

  #currentBatch(): Batch {
    this.#batch ??= {
      entries: [],
      runs: [],
      work: [],
      startedAt: performance.now(),
      bytes: 0,
      chunks: 0,
      rangeChunks: 0,
      touchedVolume: false,
    };
    return this.#batch;
  }

  /** Starts a commit when one is due and none is running, else makes sure that the clock will. */
  #schedule(): void {
    const batch = this.#batch;
    if (batch === undefined || this.#committing !== undefined) return;
    const { limits } = this.#options;
    const age = performance.now() - batch.startedAt;
    const isFull =
      batch.bytes >= limits.bytes || batch.chunks >= limits.chunks || batch.rangeChunks >= limits.rangeChunks;
    const due = this.#settling || this.#hurried || isFull || age >= limits.ageMs;
    clearTimeout(this.#timer);
    if (!due) {
      this.#timer = setTimeout(() => this.#schedule(), Math.max(1, limits.ageMs - age));
      return;
    }
    this.#batch = undefined;
    this.#committing = this.#commit(batch).then(() => {
      this.#committing = undefined;
      this.#schedule();
    });
  }

  async #commit(batch: Batch): Promise<void> {
    // Every write is waited for even when one fails: their leases come back before the batch is given up.
    const begun = performance.now();
    const results = await Promise.all(batch.work);
    const failed = results.find((result) => !result.ok);
    const outcome = failed ?? (await this.#makeDurable(batch));
    this.#options.onCommit((performance.now() - begun) * 1_000);
    if (!outcome.ok) return this.#fail(outcome.failure);
    if (this.#failure === undefined) this.#options.onDurable(batch.runs);
  }

  async #makeDurable(batch: Batch): Promise<Result<void>> {
    const { sink, manifest, pass } = this.#options;
    if (this.#failure !== undefined) return { ok: false, failure: this.#failure };
    if (batch.touchedVolume) {
      const flushed = await sink.flush();
      if (!flushed.ok) return flushed;
    }
    const recorded = await manifest.record(batch.entries, pass);
    return recorded.ok ? manifest.flush() : recorded;
  }

  #fail(failure: Failure): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#options.onFailure(failure);
  }
}
