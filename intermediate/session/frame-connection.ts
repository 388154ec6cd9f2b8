import type { TLSSocket } from "node:tls";
import { encodeFrame } from "../protocol/codec.ts";
import { FrameReader } from "../protocol/frame-reader.ts";
import { abortFrame, type AbortName, type Frame, type Side } from "../protocol/frames.ts";

export interface FrameHandlers {
  /** Called for one frame at a time; nothing more is read from the socket until the promise settles. */
  onFrame(frame: Frame): void | Promise<void>;
  /** The peer sent something that is no frame; ABORT was sent and the connection is being closed. */
  onViolation(reason: string): void;
  /** `onFrame` threw: a bug here, answered with ABORT `internal` so that it ends this connection alone. */
  onDefect(error: unknown): void;
  /** Once, when the connection is over for whatever reason; `why` is for the log. */
  onClosed(why: string): void;
}

/** How long a peer may take to read a last ABORT before the socket is destroyed. */
const lingerMs = 2_000;

/**
 * Frees what a socket handed out. Node gives every read a buffer of its own; one that shares its memory is left alone.
 */
function freeNow({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** What may wait for a peer that does not read; far above any honest backlog. */
const unreadBytesMost = 8_388_608;

/**
 * One frame connection: cuts the incoming stream, numbers the outgoing frames, and keeps backpressure: while a handler
 * is busy the socket is paused, so the peer's TCP window closes instead of memory filling here.
 */
export class FrameConnection {
  readonly #socket: TLSSocket;
  readonly #reader: FrameReader;
  readonly #handlers: FrameHandlers;
  #sequence = 0;
  #pumping = false;
  #over = false;
  #closeReason = "the peer closed the connection";
  /** Monotonic milliseconds of the last bytes from the peer. */
  lastHeardAt = performance.now();

  constructor(socket: TLSSocket, side: Side, handlers: FrameHandlers) {
    this.#socket = socket;
    this.#reader = new FrameReader(side);
    this.#handlers = handlers;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.on("data", (piece: Buffer) => {
      // After a close the rest is read, so that the peer gets our last word, and dropped.
      if (this.#over) return;
      this.lastHeardAt = performance.now();
      this.#reader.append(piece);
      if (!this.#pumping) this.#pump();
      // Everything of it was consumed or copied: free it now, the garbage collector would stop the world for it.
      if (!this.#pumping && this.#reader.bufferedBytes === 0) freeNow(piece);
    });
    socket.on("error", (error) => {
      this.#closeReason = error.message;
    });
    socket.on("close", () => {
      this.#over = true;
      this.#handlers.onClosed(this.#closeReason);
    });
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? "unknown";
  }

  send(frame: Frame): void {
    if (this.#over) return;
    if (this.#socket.writableLength > unreadBytesMost) {
      this.#closeReason = "the peer does not read what it is sent";
      this.#socket.destroy();
      return;
    }
    this.#socket.write(encodeFrame(frame, this.#sequence));
    this.#sequence = (this.#sequence + 1) >>> 0;
  }

  /** Resolves when what was sent has left this process's buffers, or the connection is over. */
  async drained(): Promise<void> {
    if (this.#over || !this.#socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        this.#socket.off("drain", settle);
        this.#socket.off("close", settle);
        resolve();
      };
      this.#socket.on("drain", settle);
      this.#socket.on("close", settle);
    });
  }

  /** Says why and closes. Frames that arrive from now on are dropped. */
  abort(name: AbortName, reason: string): void {
    this.send(abortFrame(name, reason));
    this.close(`${name}: ${reason}`);
  }

  /** Closes after what was sent so far. May be called twice. */
  close(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#closeReason = reason;
    this.#socket.end();
    // Incoming bytes must be read, or the peer's close would never be seen.
    this.#socket.resume();
    setTimeout(() => this.#socket.destroy(), lingerMs).unref();
  }

  /** Undefined where the frame was dealt with at once, which is worth no turn of the event loop. */
  #handle(frame: Frame): Promise<void> | undefined {
    try {
      const busy = this.#handlers.onFrame(frame);
      return busy === undefined ? undefined : this.#waitFor(busy);
    } catch (error) {
      this.#defect(error);
      return undefined;
    }
  }

  async #waitFor(busy: Promise<void>): Promise<void> {
    this.#socket.pause();
    try {
      await busy;
    } catch (error) {
      this.#defect(error);
    }
    this.#socket.resume();
  }

  #defect(error: unknown): void {
    this.#handlers.onDefect(error);
    this.abort("internal", "a defect in the intermediate; see its log");
  }

  /** Deals with the frames that are there. Without a promise of its own: it is called for every piece of 16 KiB. */
  #pump(): void {
    this.#pumping = true;
    for (;;) {
      const next = this.#over ? undefined : this.#reader.next();
      if (next === undefined) break;
      if (!next.ok) {
        this.abort("protocol", next.problem.detail);
        this.#handlers.onViolation(next.problem.detail);
        break;
      }
      const busy = this.#handle(next.value);
      if (busy !== undefined) {
        void busy.then(() => this.#pump());
        return;
      }
    }
    this.#pumping = false;
  }
}
