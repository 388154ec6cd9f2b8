/** A set of a disk's chunks, one bit each, with its size. */
export class ChunkSet {
  readonly #bits: Uint8Array;
  #size = 0;

  constructor(chunks: number) {
    this.#bits = new Uint8Array(Math.ceil(chunks / 8));
  }

  get size(): number {
    return this.#size;
  }

  has(chunk: number): boolean {
    return ((this.#bits[chunk >>> 3] ?? 0) & (1 << (chunk & 7))) !== 0;
  }

  /** False where the chunk was in the set already. */
  add(chunk: number): boolean {
    if (this.has(chunk)) return false;
    this.#bits[chunk >>> 3] = (this.#bits[chunk >>> 3] ?? 0) | (1 << (chunk & 7));
    this.#size += 1;
    return true;
  }

  /** How many of the range were not in the set before. */
  addRange(first: number, count: number): number {
    const before = this.#size;
    const end = first + count;
    for (let chunk = first; chunk < end;) {
      // Whole bytes at once: ranges name thousands of chunks.
      if ((chunk & 7) === 0 && end - chunk >= 8 && this.#bits[chunk >>> 3] === 0) {
        this.#bits[chunk >>> 3] = 0xff;
        this.#size += 8;
        chunk += 8;
      } else {
        this.add(chunk);
        chunk += 1;
      }
    }
    return this.#size - before;
  }

  removeRange(first: number, count: number): void {
    if (this.#size === 0) return;
    for (let chunk = first; chunk < first + count; chunk += 1) {
      if (!this.has(chunk)) continue;
      this.#bits[chunk >>> 3] = (this.#bits[chunk >>> 3] ?? 0) & ~(1 << (chunk & 7));
      this.#size -= 1;
    }
  }

  hasAnyOf(first: number, count: number): boolean {
    const end = first + count;
    for (let chunk = first; chunk < end;) {
      if ((chunk & 7) === 0 && end - chunk >= 8 && this.#bits[chunk >>> 3] === 0) chunk += 8;
      else if (this.has(chunk)) return true;
      else chunk += 1;
    }
    return false;
  }
}
