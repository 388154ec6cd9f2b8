import { isRestReason, type StepTime } from "../common/api/insight-procedures.ts";
import type { JournalEntry } from "./store/job-records.ts";

/**
 * How long each step of each run worked, and how long it waited for somebody. Where a process died instead of saying
 * that it rests, its copy went on without it: that time counts as work.
 */
export function stepTimesOf(journal: readonly JournalEntry[]): StepTime[] {
  const times = new Map<string, StepTime>();
  for (const entry of journal) {
    const key = `${entry.run} ${entry.step}`;
    const next = timeAfter(times.get(key), entry);
    if (next !== undefined) times.set(key, next);
  }
  return [...times.values()];
}

function timeAfter(
  known: StepTime | undefined,
  { run, step, kind, at, data }: JournalEntry,
): StepTime | undefined {
  if (known === undefined) {
    return kind === "begin"
      ? { run, step, beganAt: at, endedAt: null, workedMs: 0, workingSince: at, restedMs: 0, rest: null }
      : undefined;
  }
  switch (kind) {
    case "begin":
      return known.rest === null
        ? known
        : {
            ...known,
            restedMs: known.restedMs + between(known.rest.since, at),
            rest: null,
            workingSince: at,
          };
    case "rest":
      // What is stopped while it is paused rests on, for the later reason.
      return {
        ...atRest(known, at),
        rest: { since: known.rest?.since ?? at, why: reasonIn(data) },
      };
    case "done":
      return { ...atRest(known, at), endedAt: at };
    case "note":
      return known;
  }
}

const atRest = (time: StepTime, at: string): StepTime => ({
  ...time,
  workedMs: time.workedMs + (time.workingSince === null ? 0 : between(time.workingSince, at)),
  workingSince: null,
});

/** A clock that was set back must not take time away. */
const between = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));

function reasonIn(data: unknown) {
  const why = typeof data === "object" && data !== null && "why" in data ? String(data.why) : "";
  return isRestReason(why) ? why : "stopped";
}
