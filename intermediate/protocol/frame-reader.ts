import { decodeHeader, decodePayload, type Decoded, type FrameHead } from "./codec.ts";
import { headerBytes, type Frame, type Side } from "./frames.ts";

/**
 * Cuts a byte stream into frames. Feed it what the socket gives with `append`, then call `next` until it returns
 * undefined. A payload inside one appended piece is not copied at all, otherwise once, into a buffer that is kept for
 * the next frame: byte arrays in a frame are valid until the following `next`. After a problem the reader is spent.
 *
 * Memory: what was appended and not yet taken, and one buffer of the largest payload seen (the caps hold before it is
 * allocated).
 */
export class FrameReader {
  readonly #side: Side;
  #sequence = 0;
  /** Pieces not yet consumed; of the first, `#offset` bytes are. */
  #pieces: Buffer[] = [];
  #offset = 0;
  #available = 0;
  readonly #headBytes = Buffer.alloc(headerBytes);
  #head: FrameHead | undefined;
  #assembly = Buffer.alloc(0);
  #assembled = 0;
  #problem: Decoded<never> | undefined;

  constructor(side: Side) {
    this.#side = side;
  }

  /** Bytes appended and not yet part of a returned frame. */
  get bufferedBytes(): number {
    return this.#available;
  }

  append(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#available += piece.length;
  }

  /** The next whole frame, a violation, or undefined while more bytes are needed. */
  next(): Decoded<Frame> | undefined {
    if (this.#problem !== undefined) return this.#problem;
    if (this.#head === undefined) {
      if (this.#available < headerBytes) return undefined;
      this.#copy(this.#headBytes, headerBytes);
      const head = decodeHeader(this.#side, this.#headBytes, this.#sequence);
      if (!head.ok) return (this.#problem = head);
      this.#head = head.value;
      this.#sequence = (this.#sequence + 1) >>> 0;
    }
    const { name, payloadBytes } = this.#head;
    const payload = this.#takePayload(payloadBytes);
    if (payload === undefined) return undefined;
    this.#head = undefined;
    const frame = decodePayload(name, payload);
    if (!frame.ok) this.#problem = frame;
    return frame;
  }

  /** The whole payload, or undefined after what is there of it has moved into the assembly buffer. */
  #takePayload(length: number): Buffer | undefined {
    const first = this.#pieces[0];
    if (length === 0) return this.#assembly.subarray(0, 0);
    if (this.#assembled === 0 && first !== undefined && first.length - this.#offset >= length) {
      const view = first.subarray(this.#offset, this.#offset + length);
      this.#consume(length);
      return view;
    }
    // A slow peer's tiny pieces are not collected: each would cost far more than its bytes.
    if (this.#assembly.length < length) this.#assembly = Buffer.allocUnsafeSlow(length);
    const part = Math.min(length - this.#assembled, this.#available);
    this.#copy(this.#assembly.subarray(this.#assembled), part);
    this.#assembled += part;
    if (this.#assembled < length) return undefined;
    this.#assembled = 0;
    return this.#assembly.subarray(0, length);
  }

  #copy(into: Buffer, length: number): void {
    let done = 0;
    while (done < length) {
      const piece = this.#pieces[0];
      if (piece === undefined) throw new Error("the frame reader was asked for bytes that it does not have");
      const part = Math.min(length - done, piece.length - this.#offset);
      piece.copy(into, done, this.#offset, this.#offset + part);
      done += part;
      this.#consume(part);
    }
  }

  /** Drops bytes that lie within the first piece. */
  #consume(length: number): void {
    this.#offset += length;
    this.#available -= length;
    if (this.#offset === this.#pieces[0]?.length) {
      this.#pieces.shift();
      this.#offset = 0;
    }
  }
}
