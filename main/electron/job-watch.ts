import type { EngineClient } from "../engine/engine-client.ts";
import type { JobView } from "../../common/api/procedures.ts";
import type { JobState } from "../../common/domain/job.ts";

export interface JobNews {
  readonly job: string;
  readonly title: string;
  readonly body: string;
}

export interface JobWatchListener {
  /** How many jobs run or are cut over now. */
  onRunning(count: number): void;
  onNews(news: JobNews): void;
}

/** Follows the engine for the tray and for notifications, with or without a window. */
export function watchJobs(engine: EngineClient, listener: JobWatchListener): () => void {
  const running = new Set<string>();
  const tell = () => listener.onRunning(running.size);

  const nameOf = async (job: string): Promise<string> => {
    const shown = await engine.call("job.show", { job }).result;
    return shown.ok ? (shown.value as JobView).sourceName : job;
  };
  const change = async (job: string, state: JobState): Promise<void> => {
    if (state.name === "running") running.add(job);
    else running.delete(job);
    tell();
    if (state.name === "finished")
      listener.onNews({ job, title: "Migration finished", body: `${await nameOf(job)} is migrated.` });
    if (state.name === "in-error")
      listener.onNews({
        job,
        title: "Migration stopped",
        body: `${await nameOf(job)}: ${state.failure.message}`,
      });
  };
  const readAll = async (): Promise<void> => {
    const jobs = await engine.call("job.list", {}).result;
    if (!jobs.ok) return;
    running.clear();
    for (const { id, isHeld } of jobs.value as readonly JobView[]) if (isHeld) running.add(id);
    tell();
  };

  return engine.follow({ engine: "", after: 0 }, (frame) => {
    if (frame.type === "hello" && frame.resync) void readAll();
    if (frame.type !== "events") return;
    for (const { event } of frame.events) {
      if (event.type === "job-state") void change(event.job, event.state);
      if (event.type !== "cutover-state") continue;
      if (event.isHeld) running.add(event.job);
      else running.delete(event.job);
      tell();
    }
  });
}
