import { Worker } from "node:worker_threads";
import type { Logger } from "../log/log.ts";
import { isUnpacked, unpackChunk, type PackedChunk } from "./unpack.ts";

/** Where chunks are decompressed and hashed. */
export interface Unpacker {
  /**
   * As `unpackChunk`; `payload` and `into` lie in the arena's memory and belong to this call until it settles. The
   * number of calls under way is bounded by whoever lends that memory.
   */
  unpack(packed: PackedChunk, into: Buffer): Promise<string | null>;
  /** Calls that no thread has begun with. */
  readonly waiting: number;
  /** Every call settles. */
  close(): Promise<void>;
}

/** In the caller's thread: for tests, and where there are no workers. */
export const inlineUnpacker: Unpacker = {
  unpack: (packed, into) => Promise.resolve(unpackChunk(packed, into)),
  waiting: 0,
  close: () => Promise.resolve(),
};

/** A chunk on its way to a worker and back: places in the shared memory instead of bytes. */
export interface UnpackOrder {
  readonly id: number;
  readonly chunk: number;
  readonly codec: number;
  readonly hash: Uint8Array | null;
  readonly payloadAt: number;
  readonly payloadBytes: number;
  readonly rawAt: number;
  readonly rawBytes: number;
}

export interface UnpackAnswer {
  readonly id: number;
  readonly problem: string | null;
}

interface Pending {
  readonly packed: PackedChunk;
  readonly into: Buffer;
  settle(problem: string | null): void;
}

/** One thread, with what it has been given. */
class Hand {
  readonly pending = new Map<number, Pending>();
  readonly worker: Worker;
  isGone = false;

  constructor(memory: SharedArrayBuffer, onGone: (why: string) => void) {
    this.worker = new Worker(new URL("./unpack-worker.ts", import.meta.url), {
      workerData: memory,
      // It keeps nothing: a large heap would only be garbage.
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
    });
    this.worker.unref();
    this.worker.on("message", ({ id, problem }: UnpackAnswer) => {
      const pending = this.pending.get(id);
      this.pending.delete(id);
      pending?.settle(problem);
    });
    const gone = (why: string): void => {
      if (this.isGone) return;
      this.isGone = true;
      // Nothing is lost with the thread: packed and unpacked bytes are in the shared memory.
      for (const { packed, into, settle } of this.pending.values()) settle(unpackChunk(packed, into));
      this.pending.clear();
      onGone(why);
    };
    this.worker.on("error", (error) => gone(error instanceof Error ? error.message : "unknown"));
    this.worker.on("exit", (code) => gone(`exit ${code}`));
  }
}

/**
 * Worker threads that unpack what the main thread received: it is left with TLS, frames and the volume. `memory` is
 * the arena's. A thread that dies is done without, and with the last one gone the caller's thread does the work.
 */
export function startUnpackers(threads: number, memory: SharedArrayBuffer, logger: Logger): Unpacker {
  let closing = false;
  let nextId = 0;
  const hands = Array.from(
    { length: threads },
    () =>
      new Hand(memory, (why) => {
        if (!closing) logger.warn("unpacker-gone", { why });
      }),
  );
  const idlest = (): Hand | undefined =>
    hands
      .filter((hand) => !hand.isGone)
      .reduce<Hand | undefined>(
        (best, hand) => (best !== undefined && best.pending.size <= hand.pending.size ? best : hand),
        undefined,
      );

  return {
    get waiting() {
      return hands.reduce((sum, { pending }) => sum + Math.max(0, pending.size - 1), 0);
    },
    unpack(packed, into) {
      if (isUnpacked(packed, into)) return Promise.resolve(null);
      const hand = idlest();
      if (hand === undefined || packed.payload.buffer !== memory || into.buffer !== memory) {
        return inlineUnpacker.unpack(packed, into);
      }
      return new Promise((settle) => {
        nextId += 1;
        hand.pending.set(nextId, { packed, into, settle });
        const order: UnpackOrder = {
          id: nextId,
          chunk: packed.chunk,
          codec: packed.codec,
          hash: packed.hash === null ? null : new Uint8Array(packed.hash),
          payloadAt: packed.payload.byteOffset,
          payloadBytes: packed.payload.length,
          rawAt: into.byteOffset,
          rawBytes: into.length,
        };
        hand.worker.postMessage(order);
      });
    },
    async close() {
      closing = true;
      await Promise.all(hands.map((hand) => hand.worker.terminate()));
    },
  };
}
