import type { FrameName } from "../protocol/frames.ts";

/**
 * The states of an agent's session, as data: which control frames are welcome in each (PING, PONG and ABORT always
 * are) and what may follow. HELLO comes before a session exists. `dead` alone owns cleaning up.
 */
export const sessionStates = {
  /** WELCOME and PLAN were sent. */
  planning: { accepts: ["PLAN_ACCEPTED"], next: ["attaching", "dead"] },
  /** The plan is agreed; no data connection yet. */
  attaching: { accepts: ["PROGRESS"], next: ["opening", "finishing", "dead"] },
  /** The next disk's replica is being opened, or the sync is found to be over. */
  opening: { accepts: ["PROGRESS"], next: ["copying", "idle", "dead"] },
  /** PASS_START was sent. */
  copying: { accepts: ["USED", "QUERY", "PROGRESS", "NOTICE", "PASS_DONE"], next: ["opening", "dead"] },
  /** Everything is copied; the agent waits for another sync or FINISH. */
  idle: { accepts: ["PROGRESS"], next: ["opening", "finishing", "dead"] },
  /** FINISH was sent. */
  finishing: { accepts: ["PROGRESS", "GOODBYE"], next: ["dead"] },
  dead: { accepts: [], next: [] },
} as const satisfies Record<
  string,
  { readonly accepts: readonly FrameName[]; readonly next: readonly string[] }
>;

export type SessionState = keyof typeof sessionStates;

export function mayFollow(from: SessionState, to: SessionState): boolean {
  return sessionStates[from].next.some((state) => state === to);
}

export function isWelcome(state: SessionState, name: FrameName): boolean {
  if (state === "dead") return false;
  if (name === "PING" || name === "PONG" || name === "ABORT") return true;
  return sessionStates[state].accepts.some((accepted) => accepted === name);
}
