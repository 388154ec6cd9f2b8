import { availableParallelism } from "node:os";
import type { SessionSettings } from "./session/session-host.ts";

/** What a daemon may use and how patient it is. Tests shorten the times. */
export interface IntermediateSettings extends SessionSettings {
  /** Bound on data of all jobs that waits for the volumes; sockets are paused beyond it. */
  readonly pendingBytesMost: number;
  /** Threads that unpack chunks; 0 does it in the main thread. */
  readonly unpackThreads: number;
  /** Copying stops with `no-space` when less is free, so that manifests and records can still be written. */
  readonly reserveBytes: number;
  /** From the TCP connection to the end of the TLS handshake. */
  readonly handshakeMs: number;
  /** From an admin connection or its last answer to the next complete request. */
  readonly requestMs: number;
  readonly requestBytesMost: number;
  /** Open connections a port, handshakes included. */
  readonly connectionsMost: number;
  /** Unfinished TLS handshakes a port. */
  readonly handshakesMost: number;
}

const mebi = 1_048_576;

export const defaultSettings: IntermediateSettings = {
  heartbeatMs: 5_000,
  lostAfterHeartbeats: 6,
  greetingMs: 10_000,
  attachMs: 60_000,
  goodbyeMs: 10_000,
  window: 1_024,
  // An acknowledgement is due after 500 ms; the rest of that is for the flush itself.
  commit: { bytes: 64 * mebi, ageMs: 200, chunks: 512, rangeChunks: 8_192 },
  pendingBytesMost: 48 * mebi,
  // More than four would only wait for the one thread that receives.
  unpackThreads: Math.min(4, availableParallelism()),
  reserveBytes: 64 * mebi,
  handshakeMs: 10_000,
  requestMs: 30_000,
  requestBytesMost: mebi,
  connectionsMost: 1_024,
  handshakesMost: 128,
};
