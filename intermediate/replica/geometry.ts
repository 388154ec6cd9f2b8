/** A disk cut into chunks. */
export interface Geometry {
  readonly diskBytes: number;
  readonly chunkBytes: number;
}

export function chunkCount({ diskBytes, chunkBytes }: Geometry): number {
  return Math.ceil(diskBytes / chunkBytes);
}

/** Chunks that a disk may have: 64 TiB at 256 KiB. Beyond it, manifest and bookkeeping would outgrow this program. */
export const chunksMost = 2 ** 28;

/** Bytes of one chunk: the chunk size, or less for the disk's last. */
export function lengthOfChunk({ diskBytes, chunkBytes }: Geometry, chunk: number): number {
  return Math.min(chunkBytes, diskBytes - chunk * chunkBytes);
}

/** `count` chunks from `first` on. */
export interface ChunkRange {
  readonly first: number;
  readonly count: number;
}

export function bytesOfRange(geometry: Geometry, range: ChunkRange): { offset: number; length: number } {
  const offset = range.first * geometry.chunkBytes;
  const end = Math.min(geometry.diskBytes, (range.first + range.count) * geometry.chunkBytes);
  return { offset, length: end - offset };
}

/** The chunks that a byte range touches. */
export function rangeOfBytes(geometry: Geometry, offset: number, length: number): ChunkRange {
  const first = Math.floor(offset / geometry.chunkBytes);
  const end = Math.min(chunkCount(geometry), Math.ceil((offset + length) / geometry.chunkBytes));
  return { first, count: Math.max(0, end - first) };
}

/**
 * Collects chunks in ascending order as ranges. Beyond `most` ranges, new ones are merged into the last: the list then
 * covers more than was added, never less, and stays bounded.
 */
export class RangeCollector {
  readonly #most: number;
  readonly #ranges: { first: number; count: number }[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(first: number, count = 1): void {
    const last = this.#ranges.at(-1);
    if (last !== undefined && (first <= last.first + last.count || this.#ranges.length === this.#most)) {
      last.count = Math.max(last.count, first + count - last.first);
    } else {
      this.#ranges.push({ first, count });
    }
  }

  get ranges(): readonly ChunkRange[] {
    return this.#ranges;
  }
}
