import { randomUUID } from "node:crypto";
import { ifThereIsRoom } from "../../common/out-of-room.ts";
import type { Result } from "../../common/result.ts";
import type { JobStore } from "../store/job-store.ts";

const heartbeatMs = 2_000;

/**
 * Runs `act` while this process holds the job, so that no run of the job and no other cutover of it happens meanwhile.
 * `job-held-elsewhere` where somebody else holds it. The signal that `act` gets fires when the hold is lost.
 */
export async function holdingJob<T>(
  jobs: JobStore,
  jobId: string,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<Result<T>>,
): Promise<Result<T>> {
  const token = randomUUID();
  const held = jobs.leases.acquire(jobId, { token, pid: process.pid });
  if (!held.ok) return held;
  const lost = new AbortController();
  const beat = () => {
    if (!jobs.leases.renew(jobId, token)) lost.abort();
    // A stop asked for from another process ends a cutover like Ctrl-C: it can be gone on with.
    if (jobs.leases.takeRequests(jobId).some((kind) => kind === "stop" || kind === "cancel")) lost.abort();
  };
  // While there is no room nobody else can take the job either.
  const heartbeat = setInterval(() => ifThereIsRoom(beat), heartbeatMs);
  try {
    return await act(AbortSignal.any([signal, lost.signal]));
  } finally {
    clearInterval(heartbeat);
    ifThereIsRoom(() => jobs.leases.release(jobId, token));
  }
}
