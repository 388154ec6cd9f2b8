const maxNoiseBytes = 1024 * 1024;

/** Splits a byte stream at the end of the first line that begins with a marker. */
export class MarkerSplitter {
  readonly #marker: Buffer;
  #noise: Buffer = Buffer.alloc(0);
  #rest: string | null = null;

  constructor(marker: string) {
    this.#marker = Buffer.from(marker, "latin1");
  }

  /** What came before the marker, as text for people. */
  get noise(): string {
    return this.#noise.toString("utf8");
  }

  /** What followed the marker on its line; null until the whole line has been seen. */
  get markerRest(): string | null {
    return this.#rest;
  }

  /** True when so much came before the marker that it will not come. */
  get isHopeless(): boolean {
    return this.#rest === null && this.#noise.length > maxNoiseBytes;
  }

  /** Takes the next bytes; gives those that follow the marker's line (empty until it was seen). */
  push(chunk: Buffer): Buffer {
    if (this.#rest !== null) return chunk;
    this.#noise = Buffer.concat([this.#noise, chunk]);
    const start = this.#noise.indexOf(this.#marker);
    if (start < 0) return Buffer.alloc(0);
    const end = this.#noise.indexOf(0x0a, start);
    if (end < 0) return Buffer.alloc(0);
    this.#rest = this.#noise.toString("latin1", start + this.#marker.length, end).trim();
    const after = this.#noise.subarray(end + 1);
    this.#noise = this.#noise.subarray(0, start);
    return after;
  }
}
