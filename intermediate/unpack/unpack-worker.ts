/** A thread that unpacks chunks in the memory that it shares with the daemon. */
import { parentPort, workerData } from "node:worker_threads";
import { unpackChunk } from "./unpack.ts";
import type { UnpackAnswer, UnpackOrder } from "./unpacker.ts";

const memory = Buffer.from(workerData as SharedArrayBuffer);
const port = parentPort;
if (port === null) throw new Error("this file runs as a worker thread only");

port.on("message", (order: UnpackOrder) => {
  const packed = {
    chunk: order.chunk,
    codec: order.codec,
    hash: order.hash === null ? null : Buffer.from(order.hash),
    payload: memory.subarray(order.payloadAt, order.payloadAt + order.payloadBytes),
  };
  const into = memory.subarray(order.rawAt, order.rawAt + order.rawBytes);
  const answer: UnpackAnswer = { id: order.id, problem: unpackChunk(packed, into) };
  port.postMessage(answer);
});
