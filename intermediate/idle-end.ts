/** What a daemon is doing, as far as its end is concerned. */
export interface Activity {
  /** An agent is connected, a task runs, or somebody asked something since the last look. */
  readonly busy: boolean;
  /** A job's sync waits for its agent, which may come back after a reboot or a cut line. */
  readonly awaitsAgent: boolean;
}

/** How long an agent goes on trying to come back; see `agentRetrySeconds` of the assistant. */
export const awaitedAgentMs = 3 * 24 * 3_600_000;

/**
 * When a daemon that was started for jobs has nothing more to do. Times are monotonic: a machine that sleeps does not
 * age it. Whatever it ends with is on disk, and whoever wants it again starts it again.
 */
export class IdleEnd {
  readonly #idleMs: number;
  #activeAtMs: number;

  constructor(idleMs: number, nowMs: number) {
    this.#idleMs = idleMs;
    this.#activeAtMs = nowMs;
  }

  /** True once nothing has happened for so long that nothing more is expected. */
  isDue(nowMs: number, { busy, awaitsAgent }: Activity): boolean {
    if (busy) this.#activeAtMs = nowMs;
    const limitMs = awaitsAgent ? Math.max(this.#idleMs, awaitedAgentMs) : this.#idleMs;
    return nowMs - this.#activeAtMs >= limitMs;
  }
}
