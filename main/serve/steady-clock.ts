import { uptime } from "node:os";

/**
 * The time of day as it was at the start, and as long as it has been since, sleep included: a clock that is set
 * meanwhile neither signs anybody out nor keeps anybody in.
 */
export function steadyClock(
  clock: () => number = Date.now,
  sinceBoot: () => number = () => uptime() * 1000,
): () => number {
  const begunMs = clock() - sinceBoot();
  return () => begunMs + sinceBoot();
}
