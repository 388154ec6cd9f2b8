import type { Writable } from "node:stream";
import { MarkerSplitter } from "./marker-splitter.ts";

/** One output of a command behind its marker, in memory up to a limit or passed on to a stream. */
export class OutputCollector {
  readonly splitter: MarkerSplitter;
  readonly #sink: Writable | null;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(marker: string, sink: Writable | null) {
    this.splitter = new MarkerSplitter(marker);
    this.#sink = sink;
  }

  /** Bytes that are held in memory. */
  get heldBytes(): number {
    return this.#bytes;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString("utf8");
  }

  /** Takes bytes as they come from the channel. False: the sink is full; go on after its `drain`. */
  push(chunk: Buffer): boolean {
    const payload = this.splitter.push(chunk);
    if (payload.length === 0) return true;
    if (this.#sink !== null) return this.#sink.write(payload);
    this.#chunks.push(payload);
    this.#bytes += payload.length;
    return true;
  }
}
