/** A thread that unpacks and hashes chunks in the memory that it shares with the daemon. */
import { parentPort, workerData } from "node:worker_threads";
import { leafOfMaybeZero } from "../replica/tree-hash.ts";
import { unpackChunk } from "./unpack.ts";
import type { Answer, Order, UnpackOrder } from "./unpacker.ts";

const memory = Buffer.from(workerData as SharedArrayBuffer);
const port = parentPort;
if (port === null) throw new Error("this file runs as a worker thread only");

function unpack(order: UnpackOrder): string | null {
  const packed = {
    chunk: order.chunk,
    codec: order.codec,
    hash: order.hash === null ? null : Buffer.from(order.hash),
    payload: memory.subarray(order.payloadAt, order.payloadAt + order.payloadBytes),
  };
  const into = memory.subarray(order.rawAt, order.rawAt + order.rawBytes);
  return unpackChunk(packed, into);
}

port.on("message", ({ id, work }: Order) => {
  const result =
    work.kind === "unpack" ? unpack(work) : leafOfMaybeZero(memory.subarray(work.at, work.at + work.bytes));
  const answer: Answer = { id, result };
  port.postMessage(answer);
});
