import { Worker } from "node:worker_threads";
import type { Logger } from "../log/log.ts";
import { leafOfMaybeZero } from "../replica/tree-hash.ts";
import { isUnpacked, unpackChunk, type PackedChunk } from "./unpack.ts";

/** Where chunks are decompressed and hashed. */
export interface Unpacker {
  /**
   * As `unpackChunk`; `payload` and `into` lie in the arena's memory and belong to this call until it settles. The
   * number of calls under way is bounded by whoever lends that memory.
   */
  unpack(packed: PackedChunk, into: Buffer): Promise<string | null>;
  /** The leaf of a chunk in the arena's memory, which belongs to this call until it settles. */
  leafOf(bytes: Buffer): Promise<Buffer>;
  /** Calls that no thread has begun with. */
  readonly waiting: number;
  /** Every call settles. */
  close(): Promise<void>;
}

/** In the caller's thread: for tests, and where there are no workers. */
export const inlineUnpacker: Unpacker = {
  unpack: (packed, into) => Promise.resolve(unpackChunk(packed, into)),
  leafOf: (bytes) => Promise.resolve(leafOfMaybeZero(bytes)),
  waiting: 0,
  close: () => Promise.resolve(),
};

/** A chunk on its way to a worker and back: places in the shared memory instead of bytes. */
export interface UnpackOrder {
  readonly kind: "unpack";
  readonly chunk: number;
  readonly codec: number;
  readonly hash: Uint8Array | null;
  readonly payloadAt: number;
  readonly payloadBytes: number;
  readonly rawAt: number;
  readonly rawBytes: number;
}

interface LeafOrder {
  readonly kind: "leaf";
  readonly at: number;
  readonly bytes: number;
}

export interface Order {
  readonly id: number;
  readonly work: UnpackOrder | LeafOrder;
}

/** What is wrong with the chunk, or the leaf. */
export interface Answer {
  readonly id: number;
  readonly result: string | null | Uint8Array;
}

interface Pending {
  settle(result: Answer["result"]): void;
  /** The same in the caller's thread. */
  here(): Answer["result"];
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
    this.worker.on("message", ({ id, result }: Answer) => {
      const pending = this.pending.get(id);
      this.pending.delete(id);
      pending?.settle(result);
    });
    const gone = (why: string): void => {
      if (this.isGone) return;
      this.isGone = true;
      // Nothing is lost with the thread: packed and unpacked bytes are in the shared memory.
      for (const { settle, here } of this.pending.values()) settle(here());
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

  const give = (hand: Hand, work: Order["work"], here: () => Answer["result"]): Promise<Answer["result"]> =>
    new Promise((settle) => {
      nextId += 1;
      hand.pending.set(nextId, { settle, here });
      const order: Order = { id: nextId, work };
      hand.worker.postMessage(order);
    });

  return {
    get waiting() {
      return hands.reduce((sum, { pending }) => sum + Math.max(0, pending.size - 1), 0);
    },
    async unpack(packed, into) {
      if (isUnpacked(packed, into)) return null;
      const hand = idlest();
      if (hand === undefined || packed.payload.buffer !== memory || into.buffer !== memory) {
        return inlineUnpacker.unpack(packed, into);
      }
      const work: UnpackOrder = {
        kind: "unpack",
        chunk: packed.chunk,
        codec: packed.codec,
        hash: packed.hash === null ? null : new Uint8Array(packed.hash),
        payloadAt: packed.payload.byteOffset,
        payloadBytes: packed.payload.length,
        rawAt: into.byteOffset,
        rawBytes: into.length,
      };
      const problem = await give(hand, work, () => unpackChunk(packed, into));
      return typeof problem === "string" ? problem : null;
    },
    async leafOf(bytes) {
      const hand = idlest();
      if (hand === undefined || bytes.buffer !== memory) return inlineUnpacker.leafOf(bytes);
      const work = { kind: "leaf", at: bytes.byteOffset, bytes: bytes.length } as const;
      const leaf = await give(hand, work, () => leafOfMaybeZero(bytes));
      return leaf instanceof Uint8Array
        ? Buffer.from(leaf.buffer, leaf.byteOffset, leaf.length)
        : leafOfMaybeZero(bytes);
    },
    async close() {
      closing = true;
      await Promise.all(hands.map((hand) => hand.worker.terminate()));
    },
  };
}
