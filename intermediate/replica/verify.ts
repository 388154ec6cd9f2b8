import { fail, type Result, ok } from "../../common/result.ts";
import type { Unpacker } from "../unpack/unpacker.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { AlignedArena, Lease } from "../volume/aligned-memory.ts";
import type { VolumeSink } from "../volume/volume-sink.ts";
import { bytesOfRange, lengthOfChunk, RangeCollector, type ChunkRange, type Geometry } from "./geometry.ts";
import type { Manifest } from "./manifest.ts";
import { recordStates } from "./manifest-format.ts";
import { leafBytes, TreeHasher, zeroLeaf } from "./tree-hash.ts";

const readBytes = 1_048_576;
/** Some are being read while others are being hashed. */
const readsInFlight = 8;
const differingRangesMost = 1_000;
/** Chunks whose records are fetched at once. */
const windowChunks = 1_024;

export interface VerifyOptions {
  readonly sink: VolumeSink;
  readonly manifest: Manifest;
  readonly arena: AlignedArena;
  readonly unpacker: Unpacker;
  readonly signal: AbortSignal;
  /** Bytes of the disk read so far. */
  onProgress(doneBytes: number): void;
}

export interface DiskVerdict {
  /** The tree hash of what the replica really holds. */
  readonly treeHash: Buffer;
  /** Chunks whose bytes are not what the manifest says, or that it does not know; merged beyond 1,000 ranges. */
  readonly differing: readonly ChunkRange[];
  /** Chunks among them whose hash is still the agent's word alone. */
  readonly uncheckedChunks: number;
}

interface Read {
  readonly range: ChunkRange;
  /** Undefined: a hole, which is zeros and not read. */
  readonly lease: Lease | undefined;
  readonly leaves: Promise<Result<readonly Buffer[]>>;
}

/**
 * Reads the whole replica back from its volume and compares it with the manifest, leaf by leaf; chunks that have their
 * recorded hash are marked as checked. Where the volume's
 * filesystem says that it stores nothing, and would give zeros to every reader, it is taken at its word: reading 16 TiB
 * of holes takes an hour. Fails with `storage-failed`, or `cancelled` when the signal fires.
 */
export async function verifyDisk(options: VerifyOptions): Promise<Result<DiskVerdict>> {
  const { manifest, signal } = options;
  const tree = new TreeHasher(manifest.geometry);
  const differing = new RangeCollector(differingRangesMost);
  let uncheckedChunks = 0;
  for (let first = 0; first < manifest.chunkCount; first += windowChunks) {
    if (signal.aborted) return fail("cancelled", told({ kind: "verification-stopped" }));
    const range = { first, count: Math.min(windowChunks, manifest.chunkCount - first) };
    const compared = await compareWindow(options, range, tree, differing);
    if (!compared.ok) return compared;
    const unchecked = await manifest.countUnchecked(range);
    if (!unchecked.ok) return unchecked;
    uncheckedChunks += unchecked.value;
    const { offset, length } = bytesOfRange(manifest.geometry, range);
    options.onProgress(offset + length);
  }
  const flushed = await manifest.flush();
  return flushed.ok ? ok({ treeHash: tree.finish(), differing: differing.ranges, uncheckedChunks }) : flushed;
}

/** The leaves that the manifest expects of a window; undefined where it knows none. */
export async function expectedLeaves(
  manifest: Manifest,
  range: ChunkRange,
): Promise<Result<(Buffer | undefined)[]>> {
  const runs = await manifest.known(range, 0);
  if (!runs.ok) return runs;
  const leaves: (Buffer | undefined)[] = [];
  for (const run of runs.value) {
    for (let index = 0; index < run.length; index += 1) {
      const chunk = range.first + leaves.length;
      if (run.state === recordStates.zero) leaves.push(zeroLeaf(lengthOfChunk(manifest.geometry, chunk)));
      else if (run.state === recordStates.unknown) leaves.push(undefined);
      else leaves.push(run.hashes.subarray(index * leafBytes, (index + 1) * leafBytes));
    }
  }
  return ok(leaves);
}

async function compareWindow(
  options: VerifyOptions,
  window: ChunkRange,
  tree: TreeHasher,
  differing: RangeCollector,
): Promise<Result<void>> {
  const { manifest, sink, arena } = options;
  const { geometry } = manifest;
  const expected = await expectedLeaves(manifest, window);
  if (!expected.ok) return expected;
  const chunksPerRead = Math.max(1, Math.floor(readBytes / geometry.chunkBytes));
  const reads: Read[] = [];
  const end = window.first + window.count;
  let next = window.first;
  let outcome: Result<void> = ok();
  const equal = new RangeCollector(window.count);
  while (reads.length > 0 || (next < end && outcome.ok)) {
    while (outcome.ok && next < end && reads.length < readsInFlight) {
      const range = { first: next, count: Math.min(chunksPerRead, end - next) };
      const { offset, length } = bytesOfRange(geometry, range);
      // One by one: of a large filesystem every few gigabytes hold something, and little.
      if (await sink.isHole(offset, length)) {
        const leaves = lengthsOf(geometry, range).map(zeroLeaf);
        reads.push({ range, lease: undefined, leaves: Promise.resolve(ok(leaves)) });
        next += range.count;
        continue;
      }
      // Waiting for memory while holding some could lock up several verifications: wait only with empty hands.
      const isEmptyHanded = reads.every((read) => read.lease === undefined);
      const lease = isEmptyHanded ? await arena.lease(length) : arena.tryLease(length);
      if (lease === undefined) break;
      reads.push({ range, lease, leaves: readLeaves(options, range, lease) });
      next += range.count;
    }
    const read = reads.shift();
    if (read === undefined) break;
    const leaves = await read.leaves;
    if (!leaves.ok) outcome = leaves;
    else if (outcome.ok) {
      for (const [index, leaf] of leaves.value.entries()) {
        const chunk = read.range.first + index;
        tree.addLeaf(leaf);
        const isEqual = expected.value[chunk - window.first]?.equals(leaf) === true;
        (isEqual ? equal : differing).add(chunk);
      }
    }
    read.lease?.release();
  }
  return outcome.ok ? manifest.markChecked(equal.ranges) : outcome;
}

function lengthsOf(geometry: Geometry, { first, count }: ChunkRange): number[] {
  return Array.from({ length: count }, (_, index) => lengthOfChunk(geometry, first + index));
}

/** Reads chunks into the lease, which goes on belonging to the caller, and hashes them on whatever threads there are. */
async function readLeaves(
  { manifest: { geometry }, sink, unpacker }: VerifyOptions,
  range: ChunkRange,
  { bytes }: Lease,
): Promise<Result<readonly Buffer[]>> {
  const read = await sink.read(bytesOfRange(geometry, range).offset, bytes);
  if (!read.ok) return read;
  const parts = lengthsOf(geometry, range).map((length, index) => {
    const start = index * geometry.chunkBytes;
    return bytes.subarray(start, start + length);
  });
  return ok(await Promise.all(parts.map((part) => unpacker.leafOf(part))));
}
