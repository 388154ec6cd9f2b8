import { constants } from "node:fs";
import { open, rename, type FileHandle } from "node:fs/promises";
import { fail, FailureError, ok, type Failure, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { preparedName, syncDirectoryOf } from "../durable-file.ts";
import { knownRecordedFlag, type KnownRun } from "../protocol/frames.ts";
import { SerialQueue } from "../serial-queue.ts";
import { errorCode, storageFailure } from "../volume/storage-failure.ts";
import { chunkCount, lengthOfChunk, RangeCollector, type ChunkRange, type Geometry } from "./geometry.ts";
import {
  decodeManifestHeader,
  encodeManifestHeader,
  flagsAt,
  hashAt,
  manifestHeaderBytes,
  passAt,
  putRecord,
  recordBytes,
  recordSentFlag,
  recordStates,
  recordUncheckedFlag,
  recordUnusedFlag,
  sanitisePage,
  stateAt,
} from "./manifest-format.ts";
import { TreeHasher, zeroLeaf } from "./tree-hash.ts";

const recordsPerPage = 1_024;
const pageBytes = recordsPerPage * recordBytes;
const cachedPagesMost = 64;
const surveyRangesMost = 1_000;
const noHashes = Buffer.alloc(0);

/** What is to be recorded of chunks whose bytes are durable in the replica. */
export type ManifestEntry =
  | { readonly kind: "data"; readonly chunk: number; readonly hash: Buffer; readonly checked: boolean }
  | ({ readonly kind: "zero"; readonly unused: boolean } & ChunkRange)
  /** Found the same as recorded: state and hash stay, the pass is noted. */
  | ({ readonly kind: "same" } & ChunkRange);

export interface ManifestSurvey {
  readonly unknownChunks: number;
  readonly recordedInPass: number;
  readonly sentInPass: number;
  /** At most 1,000; merged where there are more. */
  readonly sentRanges: readonly ChunkRange[];
  /** Over the recorded leaves; null while any chunk is unknown. */
  readonly treeHash: Buffer | null;
}

/**
 * One disk's manifest (the format is in manifest-format.ts). It may lag behind the replica, it never claims more than
 * the replica holds, provided that its owner keeps this order for every chunk:
 *
 * `invalidate` (durable) → write to the volume → flush the volume → `record` → `flush` → acknowledge
 *
 * Memory is bounded by 64 pages of 48 KiB, time for an act by the chunks that it names. Calls are carried out one
 * after another; `flush` covers what had settled when it was called. After a failure the file is still consistent and
 * the call may be repeated. One process owns the file.
 */
export class Manifest {
  readonly geometry: Geometry;
  readonly chunkCount: number;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #queue = new SerialQueue();
  /** Least recently used first. Always what the disk was told last. */
  readonly #pages = new Map<number, Buffer>();

  private constructor(path: string, handle: FileHandle, geometry: Geometry) {
    this.#path = path;
    this.#handle = handle;
    this.geometry = geometry;
    this.chunkCount = chunkCount(geometry);
  }

  /**
   * Opens the manifest, or creates it (prepared under `<path>.new`) where there is none. `manifest-damaged` where the
   * header cannot be trusted or belongs to another disk; `no-space` and `storage-failed` as for volumes.
   */
  static async open(path: string, geometry: Geometry): Promise<Result<Manifest>> {
    let handle: FileHandle | undefined;
    try {
      handle = await openOrCreate(path, geometry);
      const header = Buffer.alloc(manifestHeaderBytes);
      await handle.read(header, 0, header.length, 0);
      const found = decodeManifestHeader(header);
      const problem =
        typeof found === "string"
          ? found
          : found.diskBytes === geometry.diskBytes && found.chunkBytes === geometry.chunkBytes
            ? undefined
            : `it describes a disk of ${found.diskBytes} bytes in chunks of ${found.chunkBytes}`;
      if (problem === undefined) return ok(new Manifest(path, handle, geometry));
      await handle.close();
      return fail("manifest-damaged", told({ kind: "manifest-damaged-why", path, text: problem }), { path });
    } catch (error) {
      await handle?.close().catch(() => undefined);
      return storageFailure(error, "open", path);
    }
  }

  /** What the replica holds of `range`, as KNOWN says it; runs of equal state and flags, in order. */
  async known(range: ChunkRange, pass: number): Promise<Result<readonly KnownRun[]>> {
    return this.#act("read", async () => {
      const runs: { state: number; flags: number; length: number; hashes: Buffer[] }[] = [];
      await this.#each(range, (page, at) => {
        const state = stateAt(page, at);
        const recorded = state !== recordStates.unknown && passAt(page, at) === pass;
        const flags = recorded ? knownRecordedFlag : 0;
        let run = runs.at(-1);
        if (run?.state !== state || run.flags !== flags) {
          run = { state, flags, length: 0, hashes: [] };
          runs.push(run);
        }
        run.length += 1;
        if (state === recordStates.data) run.hashes.push(hashAt(page, at));
      });
      // Concatenating copies: the pages go on changing.
      return runs.map((run) => ({
        ...run,
        hashes: run.hashes.length > 0 ? Buffer.concat(run.hashes) : noHashes,
      }));
    });
  }

  /** True where no chunk of `range` is unknown. */
  async isKnown(range: ChunkRange): Promise<Result<boolean>> {
    return this.#act("read", async () => {
      let known = true;
      await this.#each(range, (page, at) => {
        known &&= stateAt(page, at) !== recordStates.unknown;
      });
      return known;
    });
  }

  /** Marks chunks unknown; durable when it resolves. Costs nothing where they are unknown already. */
  async invalidate(ranges: readonly ChunkRange[]): Promise<Result<void>> {
    let marked = false;
    const result = await this.#act("write", async () => {
      for (const range of ranges) {
        const changed = await this.#update(range, (page, at) => {
          if (stateAt(page, at) === recordStates.unknown) return false;
          page.fill(0, at, at + recordBytes);
          return true;
        });
        marked ||= changed;
      }
    });
    return result.ok && marked ? this.flush() : result;
  }

  /** Records chunks whose bytes are durable. The records themselves are durable after the next `flush`. */
  async record(entries: readonly ManifestEntry[], pass: number): Promise<Result<void>> {
    return this.#act("write", async () => {
      for (const entry of entries) await this.#recordEntry(entry, pass);
    });
  }

  async #recordEntry(entry: ManifestEntry, pass: number): Promise<void> {
    const range = entry.kind === "data" ? { first: entry.chunk, count: 1 } : entry;
    await this.#update(range, (page, at, chunk) => {
      if (entry.kind === "same") {
        const state = stateAt(page, at);
        if (state === recordStates.unknown) return false;
        const kept = passAt(page, at) === pass ? 0xff : recordUnusedFlag | recordUncheckedFlag;
        const flags = flagsAt(page, at) & kept;
        const hash = state === recordStates.data ? Buffer.from(hashAt(page, at)) : undefined;
        putRecord(page, at, chunk, { state, flags, pass, hash });
      } else if (entry.kind === "zero") {
        putRecord(page, at, chunk, {
          state: recordStates.zero,
          flags: entry.unused ? recordSentFlag | recordUnusedFlag : recordSentFlag,
          pass,
          hash: undefined,
        });
      } else {
        putRecord(page, at, chunk, {
          state: recordStates.data,
          flags: entry.checked ? recordSentFlag : recordSentFlag | recordUncheckedFlag,
          pass,
          hash: entry.hash,
        });
      }
      return true;
    });
  }

  /** Notes that the bytes of these chunks were read back and have their recorded hash. Durable after `flush`. */
  async markChecked(ranges: readonly ChunkRange[]): Promise<Result<void>> {
    return this.#act("write", async () => {
      for (const range of ranges) {
        await this.#update(range, (page, at, chunk) => {
          const flags = flagsAt(page, at);
          if ((flags & recordUncheckedFlag) === 0) return false;
          putRecord(page, at, chunk, {
            state: stateAt(page, at),
            flags: flags & ~recordUncheckedFlag,
            pass: passAt(page, at),
            hash: Buffer.from(hashAt(page, at)),
          });
          return true;
        });
      }
    });
  }

  /** How many chunks of `range` have a hash that is the agent's word alone. */
  async countUnchecked(range: ChunkRange): Promise<Result<number>> {
    return this.#act("read", async () => {
      let unchecked = 0;
      await this.#each(range, (page, at) => {
        if ((flagsAt(page, at) & recordUncheckedFlag) !== 0) unchecked += 1;
      });
      return unchecked;
    });
  }

  async flush(): Promise<Result<void>> {
    try {
      await this.#handle.datasync();
      return ok();
    } catch (error) {
      return storageFailure(error, "flush", this.#path);
    }
  }

  /** Reads the whole manifest once; time and input linear in the disk's chunks. */
  async survey(pass: number): Promise<Result<ManifestSurvey>> {
    const sent = new RangeCollector(surveyRangesMost);
    const tree = new TreeHasher(this.geometry);
    let unknownChunks = 0;
    let recordedInPass = 0;
    let sentInPass = 0;
    const read = await this.eachPage((page, firstChunk, records) => {
      for (let index = 0, at = 0; index < records; index += 1, at += recordBytes) {
        const chunk = firstChunk + index;
        const state = stateAt(page, at);
        if (state === recordStates.unknown) {
          unknownChunks += 1;
          continue;
        }
        const zero = state === recordStates.zero;
        if (unknownChunks === 0) {
          tree.addLeaf(zero ? zeroLeaf(lengthOfChunk(this.geometry, chunk)) : hashAt(page, at));
        }
        if (passAt(page, at) !== pass) continue;
        recordedInPass += 1;
        if ((flagsAt(page, at) & recordSentFlag) === 0) continue;
        sentInPass += 1;
        sent.add(chunk);
      }
    });
    if (!read.ok) return read;
    const treeHash = unknownChunks === 0 ? tree.finish() : null;
    return ok({ unknownChunks, recordedInPass, sentInPass, sentRanges: sent.ranges, treeHash });
  }

  /** Visits every page in order. The page is valid during the visit only; other acts may pass between visits. */
  async eachPage(visit: (page: Buffer, firstChunk: number, records: number) => void): Promise<Result<void>> {
    for (let first = 0; first < this.chunkCount; first += recordsPerPage) {
      const records = Math.min(recordsPerPage, this.chunkCount - first);
      const read = await this.#act("read", async () =>
        visit(await this.#page(first / recordsPerPage), first, records),
      );
      if (!read.ok) return read;
    }
    return ok();
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    await this.#handle.close();
  }

  #act<T>(what: string, act: () => Promise<T>): Promise<Result<T>> {
    return this.#queue.run(async () => {
      try {
        return ok(await act());
      } catch (error) {
        if (error instanceof FailureError) return { ok: false, failure: error.failure };
        return storageFailure(error, what, this.#path);
      }
    });
  }

  async #each(range: ChunkRange, visit: (page: Buffer, at: number) => void): Promise<void> {
    for (const part of this.#parts(range)) {
      const page = await this.#page(part.pageIndex);
      for (let at = part.from; at < part.to; at += recordBytes) visit(page, at);
    }
  }

  /** Changes records page by page and writes what changed. True where anything did. */
  async #update(
    range: ChunkRange,
    change: (page: Buffer, at: number, chunk: number) => boolean,
  ): Promise<boolean> {
    let any = false;
    for (const part of this.#parts(range)) {
      const page = await this.#page(part.pageIndex);
      let changed = false;
      for (let at = part.from; at < part.to; at += recordBytes) {
        changed = change(page, at, part.pageIndex * recordsPerPage + at / recordBytes) || changed;
      }
      if (!changed) continue;
      any = true;
      await this.#writePage(part.pageIndex, page, part.from, part.to);
    }
    return any;
  }

  async #writePage(pageIndex: number, page: Buffer, from: number, to: number): Promise<void> {
    const base = manifestHeaderBytes + pageIndex * pageBytes;
    try {
      for (let done = from; done < to;) {
        done += (await this.#handle.write(page, done, to - done, base + done)).bytesWritten;
      }
    } catch (error) {
      // What the disk holds now is unsure: read it again before believing it.
      this.#pages.delete(pageIndex);
      throw error;
    }
  }

  *#parts({ first, count }: ChunkRange): Generator<{ pageIndex: number; from: number; to: number }> {
    const end = first + count;
    if (first < 0 || end > this.chunkCount) throw new FailureError(outside(this.#path, first, count));
    for (let chunk = first; chunk < end;) {
      const pageIndex = Math.floor(chunk / recordsPerPage);
      const pageEnd = Math.min(end, (pageIndex + 1) * recordsPerPage);
      const base = pageIndex * recordsPerPage;
      yield { pageIndex, from: (chunk - base) * recordBytes, to: (pageEnd - base) * recordBytes };
      chunk = pageEnd;
    }
  }

  /** The memory of the page that was not used for longest: thousands of pages go by, and each would be garbage. */
  #blankPage(): Buffer {
    const oldest = this.#pages.entries().next();
    if (this.#pages.size < cachedPagesMost || oldest.done === true) return Buffer.alloc(pageBytes);
    const [index, page] = oldest.value;
    this.#pages.delete(index);
    return page.fill(0);
  }

  async #page(pageIndex: number): Promise<Buffer> {
    let page = this.#pages.get(pageIndex);
    if (page === undefined) {
      page = this.#blankPage();
      const records = Math.min(recordsPerPage, this.chunkCount - pageIndex * recordsPerPage);
      // What lies beyond a cut file's end stays zero, which is unknown.
      await readFully(
        this.#handle,
        page.subarray(0, records * recordBytes),
        manifestHeaderBytes + pageIndex * pageBytes,
      );
      sanitisePage(page, pageIndex * recordsPerPage);
    } else {
      this.#pages.delete(pageIndex);
    }
    this.#pages.set(pageIndex, page);
    return page;
  }
}

function outside(path: string, first: number, count: number): Failure {
  const refused = fail("storage-failed", told({ kind: "chunks-outside", first, count, path }), {
    path,
  });
  return refused.failure;
}

async function readFully(handle: FileHandle, into: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await handle.read(into, done, into.length - done, offset + done);
    if (bytesRead === 0) return;
    done += bytesRead;
  }
}

async function openOrCreate(path: string, geometry: Geometry): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  const prepared = preparedName(path);
  const handle = await open(
    prepared,
    constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await handle.write(encodeManifestHeader(geometry), 0, manifestHeaderBytes, 0);
    await handle.truncate(manifestHeaderBytes + chunkCount(geometry) * recordBytes);
    await handle.sync();
    await rename(prepared, path);
    await syncDirectoryOf(path);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
