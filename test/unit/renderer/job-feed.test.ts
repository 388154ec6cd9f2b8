import { describe, expect, it } from "vitest";
import type { AssistantEvent, JobView } from "../../../common/api/procedures.ts";
import { jobProgressSchema } from "../../../common/domain/progress.ts";
import { createEventBatch } from "../../../renderer/store/event-batch.ts";
import {
  applyEvents,
  logLimit,
  mergeLog,
  type JobFeed,
  type LogEntry,
} from "../../../renderer/store/job-feed.ts";

const startMs = Date.parse("2026-01-01T00:00:00.000Z");

function progressEvent(job: string, second: number, rate: number): AssistantEvent {
  const progress = jobProgressSchema.parse({
    step: "sync",
    phase: "syncing",
    note: "copying",
    done: second,
    total: 1000,
    unit: "bytes",
    round: 1,
    ratePerSecond: rate,
    etaSeconds: 10,
    at: new Date(startMs + second * 1000).toISOString(),
  });
  return { type: "job-progress", job, progress };
}

const entry = (seq: number): LogEntry =>
  ({
    seq,
    run: 1,
    at: "2026-01-01T00:00:00.000Z",
    level: "info",
    message: `line ${seq}`,
    said: null,
    context: {},
  }) as LogEntry;

const feedOf = (...ids: readonly string[]): JobFeed => ({
  jobs: new Map(
    ids.map((id) => [id, { id, progress: null, state: { name: "ready" } } as unknown as JobView]),
  ),
  logs: new Map(),
  rates: new Map(),
});

describe("events of jobs", () => {
  it("leave the newest progress, and a sample of the throughput for each second", () => {
    const events = [0, 0.1, 0.5, 1, 1.2, 2.5].map((second) => progressEvent("a", second, 100 + second));
    const { feed, stale } = applyEvents(feedOf("a"), events);
    expect(feed.jobs.get("a")?.progress?.done).toBe(2.5);
    expect(feed.rates.get("a")?.map(({ bytesPerSecond }) => bytesPerSecond)).toEqual([100, 101, 102.5]);
    expect([...stale]).toEqual([]);
  });

  it("name the jobs that must be read anew: unknown ones, and those whose state changed", () => {
    const { stale, feed } = applyEvents(feedOf("a", "b"), [
      progressEvent("c", 0, 1),
      { type: "job-state", job: "b", state: { name: "finished" } },
    ]);
    expect([...stale].toSorted()).toEqual(["b", "c"]);
    expect(feed.jobs.get("b")?.state.name).toBe("finished");
    expect(feed.jobs.has("c")).toBe(false);
  });

  it("keep log lines in order and each once, whichever way they came", () => {
    const merged = mergeLog([entry(1), entry(4)], [entry(3), entry(4), entry(2)]);
    expect(merged.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it("forget the oldest log lines beyond the limit", () => {
    const many = Array.from({ length: logLimit + 5 }, (_, index) => entry(index + 1));
    const merged = mergeLog([], many);
    expect(merged).toHaveLength(logLimit);
    expect(merged[0]?.seq).toBe(6);
  });

  it("are applied together once a frame, however many came", () => {
    const applied: number[] = [];
    const frames: (() => void)[] = [];
    const batch = createEventBatch<number>(
      (act) => frames.push(act),
      (events) => applied.push(events.length),
    );
    for (let at = 0; at < 500; at++) batch.add(at);
    expect(applied).toEqual([]);
    for (const frame of frames) frame();
    expect(applied).toEqual([500]);
    batch.add(1);
    batch.flush();
    expect(applied).toEqual([500, 1]);
  });
});

it("a chart begins anew where the clock was set back, or where a night lies between", () => {
  const feed = (...seconds: readonly number[]) =>
    applyEvents(
      feedOf("a"),
      seconds.map((second) => progressEvent("a", second, 7)),
    ).feed.rates.get("a")?.length;
  expect(feed(5, 6, 7)).toBe(3);
  expect(feed(5, 6, 3)).toBe(1);
  expect(feed(5, 6, 8 * 3_600, 8 * 3_600 + 1)).toBe(2);
});
