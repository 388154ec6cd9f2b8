/** What events do to the jobs on screen. Pure, so that it is tested without a browser. */
import type { AssistantEvent, JobRow, JobView } from "../../common/api/procedures.ts";

export type LogEntry = Extract<AssistantEvent, { type: "job-log" }>["entry"];

/** One point of the throughput chart. */
export interface RateSample {
  readonly atMs: number;
  readonly bytesPerSecond: number;
}

export interface JobFeed {
  readonly jobs: ReadonlyMap<string, JobRow>;
  readonly logs: ReadonlyMap<string, readonly LogEntry[]>;
  readonly rates: ReadonlyMap<string, readonly RateSample[]>;
}

/** As many lines of a job as a page holds. */
export const logLimit = 2_000;
/** At a sample a second: an hour. */
export const rateLimit = 3_600;
const sampleEveryMs = 1_000;

export interface AppliedEvents {
  readonly feed: JobFeed;
  /** Jobs whose view has to be read again: a state changed, or a job that is not known here. */
  readonly stale: ReadonlySet<string>;
}

export function applyEvents(feed: JobFeed, events: readonly AssistantEvent[]): AppliedEvents {
  const stale = new Set<string>();
  const jobs = new Map(feed.jobs);
  let { rates } = feed;
  const newEntries = new Map<string, LogEntry[]>();

  for (const event of events) {
    if (!("job" in event)) continue;
    const known = jobs.get(event.job);
    switch (event.type) {
      case "job-progress": {
        if (known === undefined) {
          stale.add(event.job);
          break;
        }
        jobs.set(event.job, { ...known, progress: event.progress });
        rates = withSample(rates, event.job, event.progress);
        break;
      }
      case "job-state":
        if (known !== undefined) jobs.set(event.job, { ...known, state: event.state });
        stale.add(event.job);
        break;
      case "job-log": {
        // A log that was never read has no beginning to add to.
        if (!feed.logs.has(event.job)) break;
        const entries = newEntries.get(event.job);
        if (entries === undefined) newEntries.set(event.job, [event.entry]);
        else entries.push(event.entry);
        break;
      }
    }
  }

  let { logs } = feed;
  if (newEntries.size > 0) {
    const merged = new Map(logs);
    for (const [job, entries] of newEntries) merged.set(job, mergeLog(merged.get(job) ?? [], entries));
    logs = merged;
  }
  return { feed: { jobs, logs, rates }, stale };
}

type Rates = JobFeed["rates"];

/** With the throughput that `progress` tells, where it is a second or more after the last one. */
export function withSample(rates: Rates, job: string, progress: JobView["progress"]): Rates {
  if (progress?.unit !== "bytes" || progress.ratePerSecond === null) return rates;
  const atMs = Date.parse(progress.at);
  const samples = rates.get(job) ?? [];
  const last = samples.at(-1);
  // Where the clock was set, or nobody looked for longer than the chart is wide, the chart begins anew.
  const isBroken = last !== undefined && (atMs < last.atMs || atMs - last.atMs > rateLimit * 1000);
  if (last !== undefined && !isBroken && atMs - last.atMs < sampleEveryMs) return rates;
  const sample = { atMs, bytesPerSecond: progress.ratePerSecond };
  return new Map(rates).set(job, [...(isBroken ? [] : samples.slice(1 - rateLimit)), sample]);
}

/** In order of `seq`, each line once, at most {@link logLimit} of the newest. */
export function mergeLog(known: readonly LogEntry[], added: readonly LogEntry[]): readonly LogEntry[] {
  const lastSeq = known.at(-1)?.seq ?? 0;
  const inOrder = added.every((entry, index) => entry.seq > (added[index - 1]?.seq ?? lastSeq));
  if (inOrder) return [...known, ...added].slice(-logLimit);
  const bySeq = new Map([...known, ...added].map((entry) => [entry.seq, entry]));
  return [...bySeq.values()].toSorted((a, b) => a.seq - b.seq).slice(-logLimit);
}
