/**
 * A qcow2 file laid out beforehand: what is on the disk is known before any of it is read, so all of the format's own
 * tables come first and the clusters follow in the disk's order. Such a file is written, and hashed, from its first byte
 * to its last. Version 3, clusters of 64 KiB, as qemu-img makes them. Pure.
 */
import type { ImagePart } from "./fill-image.ts";
import type { SourceExtent } from "./source-extents.ts";

const clusterBytes = 65_536;
const entriesPerTable = clusterBytes / 8;
const refcountsPerBlock = clusterBytes / 2;
const headerBytes = 104;
/** "QFI\xfb" */
const magic = 0x51_46_49_fb;
/** A cluster that nothing else uses. */
const copied = 1n << 63n;

export interface Qcow2Layout {
  readonly fileBytes: number;
  /** In the file's order. */
  parts(): Iterable<ImagePart>;
}

/** `extents` in order, none over another. */
export function qcow2Layout(virtualBytes: number, extents: readonly SourceExtent[]): Qcow2Layout {
  const dataClusters = count(usedClusters(extents));
  const tableCount = count(usedTables(extents));
  const l1Entries = Math.max(1, Math.ceil(virtualBytes / clusterBytes / entriesPerTable));
  const l1Clusters = Math.ceil(l1Entries / entriesPerTable);
  let [blocks, blockTables, total] = [1, 1, 0];
  for (;;) {
    total = 1 + blockTables + blocks + l1Clusters + tableCount + dataClusters;
    const needed = Math.ceil(total / refcountsPerBlock);
    if (needed === blocks) break;
    blocks = needed;
    blockTables = Math.ceil(blocks / entriesPerTable);
  }
  const blockTableAt = 1;
  const blocksAt = blockTableAt + blockTables;
  const l1At = blocksAt + blocks;
  const l2At = l1At + l1Clusters;
  const dataAt = l2At + tableCount;

  function* parts(): Generator<ImagePart> {
    const header = Buffer.alloc(clusterBytes);
    header.writeUInt32BE(magic, 0);
    header.writeUInt32BE(3, 4);
    header.writeUInt32BE(16, 20);
    header.writeBigUInt64BE(BigInt(virtualBytes), 24);
    header.writeUInt32BE(l1Entries, 36);
    header.writeBigUInt64BE(BigInt(l1At * clusterBytes), 40);
    header.writeBigUInt64BE(BigInt(blockTableAt * clusterBytes), 48);
    header.writeUInt32BE(blockTables, 56);
    header.writeUInt32BE(4, 96);
    header.writeUInt32BE(headerBytes, 100);
    yield { imageOffset: 0, bytes: header };
    yield* tables(range(blocks, blocksAt), 0n, (number) => blockTableAt + number);
    for (let block = 0; block < blocks; block += 1) {
      const bytes = Buffer.alloc(clusterBytes);
      const used = Math.min(refcountsPerBlock, total - block * refcountsPerBlock);
      for (let index = 0; index < used; index += 1) bytes.writeUInt16BE(1, index * 2);
      yield { imageOffset: (blocksAt + block) * clusterBytes, bytes };
    }
    yield* tables(placed(usedTables(extents), l2At), copied, (number) => l1At + number);
    yield* tables(placed(usedClusters(extents), dataAt), copied, (_, ordinal) => l2At + ordinal);
    let [cluster, place] = [-1, dataAt - 1];
    for (const { path, offset, length, fileOffset } of extents) {
      const first = Math.floor(offset / clusterBytes);
      if (first !== cluster) place += 1;
      yield { imageOffset: place * clusterBytes + (offset % clusterBytes), path, fileOffset, length };
      cluster = Math.floor((offset + length - 1) / clusterBytes);
      place += cluster - first;
    }
  }

  return { fileBytes: total * clusterBytes, parts };
}

/** Numbers of the clusters that are not all zeros, in order. */
function* usedClusters(extents: readonly SourceExtent[]): Generator<number> {
  let next = 0;
  for (const { offset, length } of extents) {
    next = Math.max(next, Math.floor(offset / clusterBytes));
    for (; next * clusterBytes < offset + length; next += 1) yield next;
  }
}

/** Numbers of the tables that these clusters need. */
function* usedTables(extents: readonly SourceExtent[]): Generator<number> {
  let last = -1;
  for (const cluster of usedClusters(extents)) {
    const number = Math.floor(cluster / entriesPerTable);
    if (number !== last) yield number;
    last = number;
  }
}

/** Each with its place in the file, one behind the other. */
function* placed(numbers: Iterable<number>, first: number): Generator<readonly [number, number]> {
  let place = first;
  for (const number of numbers) yield [number, place++];
}

function* range(length: number, first: number): Generator<readonly [number, number]> {
  for (let index = 0; index < length; index += 1) yield [index, first + index];
}

/** Tables of clusters' places, a cluster each. `at` tells where one lies, by its number and by how many come before it. */
function* tables(
  entries: Iterable<readonly [number, number]>,
  flags: bigint,
  at: (number: number, ordinal: number) => number,
): Generator<ImagePart> {
  let current: { readonly number: number; readonly bytes: Buffer } | null = null;
  let ordinal = 0;
  for (const [index, place] of entries) {
    const number = Math.floor(index / entriesPerTable);
    if (current !== null && current.number !== number) {
      yield { imageOffset: at(current.number, ordinal++) * clusterBytes, bytes: current.bytes };
      current = null;
    }
    current ??= { number, bytes: Buffer.alloc(clusterBytes) };
    current.bytes.writeBigUInt64BE(BigInt(place * clusterBytes) | flags, (index % entriesPerTable) * 8);
  }
  if (current !== null)
    yield { imageOffset: at(current.number, ordinal) * clusterBytes, bytes: current.bytes };
}

function count(items: Iterable<unknown>): number {
  let number = 0;
  for (const _ of items) number += 1;
  return number;
}
