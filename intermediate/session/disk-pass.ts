import { fail, failure, ok, type Failure, type Result, type Saying } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { codecs, type FrameOf, type KnownRun } from "../protocol/frames.ts";
import { lengthOfChunk, type ChunkRange } from "../replica/geometry.ts";
import type { Manifest, ManifestSurvey } from "../replica/manifest.ts";
import {
  ReplicaWriter,
  type ChunkClaim,
  type CommitLimits,
  type DurableRun,
} from "../replica/replica-writer.ts";
import type { PackedChunk } from "../unpack/unpack.ts";
import type { Unpacker } from "../unpack/unpacker.ts";
import { copyBytes, type AlignedArena, type Lease } from "../volume/aligned-memory.ts";
import type { VolumeSink } from "../volume/volume-sink.ts";
import { ChunkSet } from "./chunk-set.ts";
import type { PassBook } from "./pass-book.ts";

/** Long ranges are worked off in parts, so that acknowledgements and progress keep coming. */
const rangePartChunks = 1_024;

/** More than any compression makes of that many bytes. */
const longestPayload = (rawLength: number): number => rawLength + Math.ceil(rawLength / 128) + 1_024;

export interface DiskPassOptions {
  readonly sink: VolumeSink;
  readonly manifest: Manifest;
  readonly book: PassBook;
  readonly arena: AlignedArena;
  readonly unpacker: Unpacker;
  readonly limits: CommitLimits;
  /** CHUNKs that may be unacknowledged. */
  readonly window: number;
  /** Whether a chunk that arrives now is hashed before it is written, or left to the read-back. */
  hashesOnArrival(): boolean;
  /** A chunk of so many bytes had the hash that CHUNK says. */
  onChecked(rawBytes: number): void;
  onAcknowledged(stream: number, runs: readonly ChunkRange[]): void;
  /** A batch took this long to become durable. */
  onCommit(micros: number): void;
  /** Of the volume, or `protocol-violation` for a chunk that is not what it says. */
  onFailure(failure: Failure): void;
}

/** What the agent did wrong, as a failed result with the code `protocol-violation`. */
type Checked = Result<void>;

const violation = (message: Saying): Checked => fail("protocol-violation", message);

/**
 * One pass over one disk within one session: checks what the agent reports, hands bytes to the replica writer, and
 * tells which chunks became durable. Checks that need the disk or the pass happen here; the codec has checked the rest.
 */
export class DiskPass {
  readonly diskId: number;
  readonly pass: number;
  readonly #options: DiskPassOptions;
  readonly #writer: ReplicaWriter;
  /** Reported in this session: each chunk at most once. */
  readonly #reported: ChunkSet;
  /** Recorded before this session, so that the agent may leave them out. */
  readonly #recordedBefore: number;
  #unacknowledged = 0;
  #closing = false;
  /** Calls that wait for memory, the volume or the manifest. */
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(options: DiskPassOptions) {
    this.#options = options;
    this.diskId = options.book.diskId;
    this.pass = options.book.pass;
    this.#reported = new ChunkSet(options.manifest.chunkCount);
    this.#recordedBefore = options.book.recorded.size;
    this.#writer = new ReplicaWriter({
      sink: options.sink,
      manifest: options.manifest,
      pass: this.pass,
      limits: options.limits,
      onDurable: (runs) => this.#durable(runs),
      onCommit: options.onCommit,
      onFailure: options.onFailure,
    });
  }

  get book(): PassBook {
    return this.#options.book;
  }

  known(query: FrameOf<"QUERY">): Promise<Result<readonly KnownRun[]>> {
    return this.#track(this.#known(query));
  }

  async #known(query: FrameOf<"QUERY">): Promise<Result<readonly KnownRun[]>> {
    const range = { first: query.firstChunk, count: query.count };
    const checked = this.#check(query, range, "QUERY");
    return checked.ok ? this.#options.manifest.known(range, this.pass) : checked;
  }

  /** Takes a chunk's bytes. A promise means that memory has to be waited for: read nothing more until then. */
  chunk(frame: FrameOf<"CHUNK">, stream: number): Checked | Promise<Checked> {
    const checked = this.#accept(frame, { first: frame.chunk, count: 1 }, "CHUNK");
    if (!checked.ok) return checked;
    const length = lengthOfChunk(this.#options.manifest.geometry, frame.chunk);
    if (frame.rawLength !== length) {
      return violation(
        told({ kind: "chunk-length-other", chunk: frame.chunk, length, said: frame.rawLength }),
      );
    }
    if (frame.payload.length > longestPayload(length)) {
      return violation(
        told({ kind: "chunk-packed-too-long", chunk: frame.chunk, length: frame.payload.length }),
      );
    }
    if (this.#unacknowledged >= this.#options.window) {
      return violation(told({ kind: "window-exceeded", most: this.#options.window }));
    }
    this.#unacknowledged += 1;
    const needed = frame.codec === codecs.raw ? length : length + frame.payload.length;
    const lease = this.#options.arena.tryLease(needed);
    if (lease !== undefined) return this.#store(frame, lease, stream);
    return this.#track(this.#options.arena.lease(needed).then((late) => this.#store(frame, late, stream)));
  }

  /**
   * Copies what arrived out of the frame, which is valid only now, and has it unpacked. For codec raw it goes where the
   * raw bytes belong, otherwise behind them.
   */
  #store(frame: FrameOf<"CHUNK">, lease: Lease, stream: number): Checked {
    const { chunk, codec, rawLength } = frame;
    const raw = lease.bytes.subarray(0, rawLength);
    const at = codec === codecs.raw ? 0 : rawLength;
    const payload = lease.bytes.subarray(at, at + frame.payload.length);
    copyBytes(frame.payload, payload);
    const hash = Buffer.from(frame.hash);
    const claim: ChunkClaim = { chunk, hash, checked: this.#options.hashesOnArrival() };
    const packed = { chunk, codec, hash: claim.checked ? hash : null, payload };
    void this.#track(this.#unpack(packed, claim, { bytes: raw, release: lease.release }, stream));
    return ok();
  }

  async #unpack(packed: PackedChunk, claim: ChunkClaim, lease: Lease, stream: number): Promise<void> {
    const problem = await this.#options.unpacker.unpack(packed, lease.bytes);
    if (problem === null) {
      if (claim.checked) this.#options.onChecked(lease.bytes.length);
      return this.#writer.writeChunk(claim, lease, stream);
    }
    lease.release();
    this.#options.onFailure(failure("protocol-violation", told({ kind: "chunk-unpackable", text: problem })));
  }

  zero(frame: FrameOf<"ZERO">, stream: number): Promise<Checked> {
    return this.#eachPart(frame, async (part) => {
      await this.#writer.writeZeros(part, false, stream);
      return ok();
    });
  }

  /** Chunks that nobody on the source uses: they read as zeros here. */
  unused(frame: FrameOf<"UNUSED">, stream: number): Promise<Checked> {
    return this.#eachPart(frame, async (part) => {
      await this.#writer.writeZeros(part, true, stream);
      return ok();
    });
  }

  same(frame: FrameOf<"SAME">, stream: number): Promise<Checked> {
    return this.#eachPart(frame, (part) => this.#writer.confirmSame(part, stream));
  }

  async #eachPart(
    frame: FrameOf<"ZERO"> | FrameOf<"UNUSED"> | FrameOf<"SAME">,
    act: (part: ChunkRange) => Promise<Checked>,
  ): Promise<Checked> {
    const range = { first: frame.firstChunk, count: frame.count };
    const accepted = this.#accept(frame, range, frame.type);
    if (!accepted.ok) return accepted;
    for (const part of parts(range)) {
      if (this.#closing) break;
      const done = await this.#track(act(part));
      if (!done.ok) return done;
    }
    return ok();
  }

  /**
   * Checks the agent's PASS_DONE against the durable records: every chunk recorded in this pass and the same tree hash
   * over what was recorded.
   */
  async finish(frame: FrameOf<"PASS_DONE">): Promise<Result<ManifestSurvey>> {
    const { manifest, book } = this.#options;
    if (frame.disk !== this.diskId || frame.pass !== this.pass) return this.#wrongPass(frame, "PASS_DONE");
    const missing = manifest.chunkCount - book.recorded.size;
    if (missing > 0) return fail("protocol-violation", told({ kind: "pass-incomplete", missing }));
    const survey = await this.#track(manifest.survey(this.pass));
    if (!survey.ok) return survey;
    if (survey.value.treeHash?.equals(frame.treeHash) !== true) {
      return fail("protocol-violation", told({ kind: "pass-hash-other" }), {
        expected: survey.value.treeHash?.toString("hex") ?? "incomplete",
        received: frame.treeHash.toString("hex"),
      });
    }
    return survey;
  }

  /** Resolves when nothing is under way: all that was accepted is durable, or has failed. Then closes the files. */
  async close(): Promise<void> {
    this.#closing = true;
    // A chunk that waits for memory is not with the writer yet.
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    await this.#writer.settle();
    await this.#options.sink.close();
    await this.#options.manifest.close();
  }

  #track<T>(promise: Promise<T>): Promise<T> {
    this.#underWay.add(promise);
    return promise.finally(() => this.#underWay.delete(promise));
  }

  #accept(frame: { readonly disk: number; readonly pass: number }, range: ChunkRange, name: string): Checked {
    const checked = this.#check(frame, range, name);
    if (!checked.ok) return checked;
    if (this.#reported.hasAnyOf(range.first, range.count)) {
      return violation(told({ kind: "chunks-twice", frame: name, first: range.first, count: range.count }));
    }
    this.#reported.addRange(range.first, range.count);
    // The agent ends the pass when all of it is acknowledged.
    if (this.#reported.size + this.#recordedBefore >= this.#options.manifest.chunkCount) this.#writer.hurry();
    return ok();
  }

  #check(frame: { readonly disk: number; readonly pass: number }, range: ChunkRange, name: string): Checked {
    if (frame.disk !== this.diskId || frame.pass !== this.pass) return this.#wrongPass(frame, name);
    const chunks = this.#options.manifest.chunkCount;
    if (range.first + range.count > chunks) {
      return violation(
        told({ kind: "chunks-beyond", frame: name, first: range.first, count: range.count, chunks }),
      );
    }
    return ok();
  }

  #wrongPass(frame: { readonly disk: number; readonly pass: number }, name: string) {
    return fail(
      "protocol-violation",
      told({
        kind: "frame-of-other-pass",
        frame: name,
        disk: frame.disk,
        pass: frame.pass,
        wantedDisk: this.diskId,
        wantedPass: this.pass,
      }),
    );
  }

  #durable(runs: readonly DurableRun[]): void {
    const byStream = new Map<number, ChunkRange[]>();
    for (const run of runs) {
      if (run.kind === "data") this.#unacknowledged -= run.count;
      this.book.recorded.addRange(run.first, run.count);
      this.book.noteChecked(run);
      if (run.kind !== "same") this.book.sent.addRange(run.first, run.count);
      const fate = run.kind === "data" ? "sent" : run.unused ? "unused" : run.kind;
      this.book.tally[fate] += run.count;
      const list = byStream.get(run.stream) ?? [];
      const last = list.at(-1);
      if (last !== undefined && last.first + last.count === run.first) {
        list[list.length - 1] = { first: last.first, count: last.count + run.count };
      } else {
        list.push({ first: run.first, count: run.count });
      }
      byStream.set(run.stream, list);
    }
    for (const [stream, list] of byStream) this.#options.onAcknowledged(stream, list);
  }
}

function* parts(range: ChunkRange): Generator<ChunkRange> {
  const end = range.first + range.count;
  for (let first = range.first; first < end; first += rangePartChunks) {
    yield { first, count: Math.min(rangePartChunks, end - first) };
  }
}
