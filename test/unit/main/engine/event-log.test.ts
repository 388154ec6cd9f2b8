import { describe, expect, it } from "vitest";
import type { AssistantEvent } from "../../../../common/api/procedures.ts";
import type { NumberedEvent } from "../../../../common/api/bridge.ts";
import { EventLog } from "../../../../main/engine/event-log.ts";

const state = (job: string): AssistantEvent => ({ type: "job-state", job, state: { name: "ready" } });
const progress = (job: string, done: number): AssistantEvent => ({
  type: "job-progress",
  job,
  progress: {
    run: 1,
    step: "sync",
    phase: "syncing",
    note: "",
    said: null,
    done,
    total: 100,
    unit: "bytes",
    round: 0,
    ratePerSecond: null,
    etaSeconds: null,
    etaIntervalSeconds: null,
    bottleneck: null,
    stages: null,
    savings: null,
    at: "2026-01-01T00:00:00.000Z",
  },
});

/** A log whose timers run when the test says so. */
function logWithTicks(capacity?: number) {
  const waiting: (() => void)[] = [];
  const log = new EventLog({
    ...(capacity === undefined ? {} : { capacity }),
    after: (_ms, act) => {
      waiting.push(act);
      return () => undefined;
    },
  });
  const seen: NumberedEvent[] = [];
  log.subscribe((event) => seen.push(event));
  return { log, seen, tick: () => waiting.splice(0).forEach((act) => act()) };
}

describe("the engine's event log", () => {
  it("numbers events from 1 without gaps", () => {
    const { log, seen } = logWithTicks();
    for (const job of ["a", "b", "c"]) log.append(state(job));
    expect(seen.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it("keeps only the newest progress of a job until the tick", () => {
    const { log, seen, tick } = logWithTicks();
    for (let done = 1; done <= 10; done += 1) log.append(progress("a", done));
    log.append(progress("b", 1));
    expect(seen).toEqual([]);
    tick();
    expect(seen.map(({ event }) => event)).toEqual([progress("a", 10), progress("b", 1)]);
  });

  it("lets no event of a job overtake the progress before it", () => {
    const { log, seen } = logWithTicks();
    log.append(progress("a", 5));
    log.append(progress("b", 5));
    log.append(state("a"));
    expect(seen.map(({ event }) => event)).toEqual([progress("a", 5), state("a")]);
  });

  it("gives what followed an event, and null for what it no longer or not yet knows", () => {
    const { log } = logWithTicks(10);
    for (let n = 0; n < 15; n += 1) log.append(state(String(n)));
    expect(log.since(15)).toEqual([]);
    expect(log.since(12)?.map(({ seq }) => seq)).toEqual([13, 14, 15]);
    expect(log.since(0)?.length).toBe(15);
    for (let n = 15; n < 25; n += 1) log.append(state(String(n)));
    expect(log.since(0)).toBeNull();
    expect(log.since(20)?.map(({ seq }) => seq)).toEqual([21, 22, 23, 24, 25]);
    expect(log.since(26)).toBeNull();
  });
});
