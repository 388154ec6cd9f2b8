/** Where btrfs-progs' own reading of a filesystem says that its extents lie on the disk. */
import { numberIn, tool } from "./tools.ts";

export interface DiskRange {
  readonly start: number;
  readonly length: number;
}

interface Chunk {
  readonly logical: number;
  readonly length: number;
  readonly type: string;
  readonly stripes: readonly number[];
}

const mebibyte = 1024 * 1024;

async function dumpTree(image: string, tree: "chunk" | "extent"): Promise<string[]> {
  return (await tool("btrfs", ["inspect-internal", "dump-tree", "-t", tree, image])).split("\n");
}

async function chunksOf(image: string): Promise<Chunk[]> {
  const text = (await dumpTree(image, "chunk")).join("\n");
  return text
    .split(/^\s+item \d+ key /m)
    .filter((item) => item.includes(" CHUNK_ITEM "))
    .map((item) => ({
      logical: numberIn(item, /CHUNK_ITEM (\d+)\)/),
      length: numberIn(item, /length (\d+)/),
      type: /type (\S+)/.exec(item)?.[1] ?? "",
      stripes: [...item.matchAll(/stripe \d+ devid 1 offset (\d+)/g)].map((stripe) => Number(stripe[1])),
    }));
}

async function extentsOf(image: string, nodeBytes: number): Promise<DiskRange[]> {
  return (await dumpTree(image, "extent")).flatMap((line) => {
    const item = /^\s+item \d+ key \((\d+) (EXTENT_ITEM|METADATA_ITEM) (\d+)\)/.exec(line);
    if (item === null) return [];
    return [{ start: Number(item[1]), length: item[2] === "EXTENT_ITEM" ? Number(item[3]) : nodeBytes }];
  });
}

/** In order, those that touch joined. */
export function joined(ranges: readonly DiskRange[]): DiskRange[] {
  const result: { start: number; length: number }[] = [];
  for (const { start, length } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && start <= last.start + last.length)
      last.length = Math.max(last.length, start + length - last.start);
    else result.push({ start, length });
  }
  return result;
}

export interface BtrfsTruth {
  /** What a copy needs: every copy of every extent, the first MiB and the super blocks. */
  readonly needed: DiskRange[];
  /** Bytes of extents, one copy of each, by the kinds of their chunks: data, metadata, system. */
  readonly usedBytes: Readonly<Record<"DATA" | "METADATA" | "SYSTEM", number>>;
}

/** Of a filesystem on one device, of a profile without stripes. */
export async function btrfsTruth(image: string, sizeBytes: number): Promise<BtrfsTruth> {
  const superblock = await tool("btrfs", ["inspect-internal", "dump-super", image]);
  const deviceBytes = numberIn(superblock, /^dev_item\.total_bytes\s+(\d+)/m);
  const chunks = await chunksOf(image);
  const extents = await extentsOf(image, numberIn(superblock, /^nodesize\s+(\d+)/m));
  const usedBytes = { DATA: 0, METADATA: 0, SYSTEM: 0 };
  const copies = extents.flatMap(({ start, length }) => {
    const chunk = chunks.find((one) => start >= one.logical && start + length <= one.logical + one.length);
    if (chunk === undefined) throw new Error(`the extent at ${start} is in no chunk`);
    for (const kind of ["DATA", "METADATA", "SYSTEM"] as const)
      if (chunk.type.split("|").includes(kind)) usedBytes[kind] += length;
    return chunk.stripes.map((offset) => ({ start: offset + (start - chunk.logical), length }));
  });
  const fixed = [
    { start: 0, length: mebibyte },
    { start: 64 * mebibyte, length: 4096 },
    { start: deviceBytes, length: sizeBytes - deviceBytes },
  ];
  const inside = [...copies, ...fixed].filter(({ start, length }) => length > 0 && start < sizeBytes);
  return { needed: joined(inside), usedBytes };
}
