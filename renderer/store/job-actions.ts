import type { AssistantEvent, JobView, ProcedureInput } from "../../common/api/procedures.ts";
import type { Act } from "./act.ts";
import { applyEvents, mergeLog, withSample } from "./job-feed.ts";

type Details = ReadonlyMap<string, JobView>;

/** Those looked at last stay, so that going back to one shows it at once. */
const keptDetails = 8;

function withDetails(details: Details, job: JobView): Details {
  const others = [...details].filter(([id]) => id !== job.id);
  return new Map([...others.slice(1 - keptDetails), [job.id, job]]);
}

/** Wishes that a job answers with its new view. */
export type JobWish = "job.start" | "job.pause" | "job.unpause" | "job.stop";

export function createJobActions({ store, bridge, call }: Act) {
  const { getState, setState } = store;

  const readAtMs = new Map<string, number>();
  /** The last line that was asked for and not told: up to there nothing is missing, whatever came by events. */
  const logReadTo = new Map<string, number>();
  /** How many parts of the screen show the whole of a job; plans and outputs of a thousand would be megabytes. */
  const watched = new Map<string, number>();

  const takeJob = (job: JobView) =>
    setState((state) => {
      const { plan, run, outputs, ...row } = job;
      return {
        jobs: new Map(state.jobs).set(job.id, row),
        ...(watched.has(job.id) ? { jobDetails: withDetails(state.jobDetails, job) } : {}),
        rates: withSample(state.rates, job.id, job.progress),
      };
    });

  const dropJob = (id: string) =>
    setState((state) => {
      const [jobs, logs, rates] = [new Map(state.jobs), new Map(state.logs), new Map(state.rates)];
      for (const map of [jobs, logs, rates]) map.delete(id);
      return { jobs, logs, rates };
    });

  const readJob = async (id: string): Promise<void> => {
    const answer = await bridge.call("job.show", { job: id });
    if (answer.ok) takeJob(answer.value);
    else if (answer.failure.code === "not-found") dropJob(id);
  };

  /** Jobs whose view is being read, and those that changed again meanwhile. */
  const reading = new Map<string, "once" | "again">();
  const refreshJob = async (id: string): Promise<void> => {
    if (reading.has(id)) {
      reading.set(id, "again");
      return;
    }
    reading.set(id, "once");
    await readJob(id);
    const isStale = reading.get(id) === "again";
    reading.delete(id);
    if (isStale) await refreshJob(id);
  };

  /** Events add to a log only from here on: of a job that nobody looks at they would be a piece without its beginning. */
  const readLog = async (job: string): Promise<void> => {
    const afterSeq = logReadTo.get(job) ?? 0;
    setState((state) => ({ logs: new Map(state.logs).set(job, state.logs.get(job) ?? []) }));
    const answer = await bridge.call("job.logs", { job, afterSeq });
    if (!answer.ok) return;
    logReadTo.set(job, answer.value.at(-1)?.seq ?? afterSeq);
    setState((state) => ({
      logs: new Map(state.logs).set(job, mergeLog(state.logs.get(job) ?? [], answer.value)),
    }));
  };

  return {
    takeJob,
    refreshJob,
    readLog,

    async readJobs(): Promise<boolean> {
      const answer = await bridge.call("job.rows", {});
      if (answer.ok) setState({ jobs: new Map(answer.value.map((job) => [job.id, job])) });
      for (const id of watched.keys()) void refreshJob(id);
      return answer.ok;
    },

    /** Keeps the job's whole view at hand until the returned function is called. */
    watchJob(id: string): () => void {
      watched.set(id, (watched.get(id) ?? 0) + 1);
      void refreshJob(id);
      return () => {
        const others = (watched.get(id) ?? 1) - 1;
        if (others === 0) watched.delete(id);
        else watched.set(id, others);
      };
    },

    jobEventsArrived(events: readonly AssistantEvent[]): void {
      const { feed, stale } = applyEvents(getState(), events);
      setState(feed);
      for (const id of stale) void refreshJob(id);
    },

    /**
     * Jobs that another process runs (the command line, another window's engine) send no events here: those whose
     * progress is older than `olderThanMs` are read again, the oldest first.
     */
    async refreshQuietJobs(nowMs: number, olderThanMs: number, most: number): Promise<void> {
      const quiet = [...getState().jobs.values()]
        .filter(
          ({ isHeld, progress, id }) =>
            isHeld &&
            progress !== null &&
            nowMs - Math.max(Date.parse(progress.at), readAtMs.get(id) ?? 0) > olderThanMs,
        )
        .toSorted((a, b) => (readAtMs.get(a.id) ?? 0) - (readAtMs.get(b.id) ?? 0));
      for (const { id } of quiet.slice(0, most)) {
        readAtMs.set(id, nowMs);
        await readJob(id);
        if (getState().logs.has(id)) await readLog(id);
      }
    },

    async askJob(name: JobWish, id: string): Promise<void> {
      const answer = await call(name, { job: id }, { key: `${name} ${id}` });
      if (answer.ok) takeJob(answer.value);
    },

    async replanJob(input: ProcedureInput<"job.replan">): Promise<boolean> {
      const answer = await call("job.replan", input);
      if (answer.ok) takeJob(answer.value);
      return answer.ok;
    },

    async cancelJob(id: string): Promise<boolean> {
      const answer = await call("job.cancel", { job: id }, { key: `job.cancel ${id}` });
      if (answer.ok) dropJob(id);
      else await readJob(id);
      return answer.ok;
    },
  };
}
