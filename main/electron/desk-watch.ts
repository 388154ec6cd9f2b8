import type { Settings, SettingsView } from "../../common/api/desk-procedures.ts";
import { createNewsWatch } from "../../common/api/news-watch.ts";
import type { AssistantEvent, JobRow, ProcedureOutput } from "../../common/api/procedures.ts";
import type { News } from "../../common/domain/news.ts";
import type { Result } from "../../common/result.ts";
import type { EngineClient } from "../engine/engine-client.ts";

/** How many jobs keep the engine busy. */
export interface Busyness {
  /** They run, or are cut over. */
  readonly running: number;
  /** They go on by themselves later: at their next run, in their transfer window, or when a slot is free. */
  readonly waiting: number;
}

export interface DeskWatchListener {
  onBusyness(busyness: Busyness): void;
  onNews(news: News): void;
  onSettings(settings: Settings): void;
}

/** Follows the engine for tray, menu and notifications, with or without a window. Returns what ends it. */
export function watchDesk(engine: EngineClient, listener: DeskWatchListener): () => void {
  const running = new Set<string>();
  const waiting = new Set<string>();
  const tell = () => listener.onBusyness({ running: running.size, waiting: waiting.size });
  const put = (set: Set<string>, job: string, isIn: boolean) => {
    if (isIn) set.add(job);
    else set.delete(job);
  };
  const news = createNewsWatch({
    // The engine checks every answer against the procedure's schema.
    call: (name, input) => engine.call(name, input).result as Promise<Result<ProcedureOutput<typeof name>>>,
    onNews: (item) => listener.onNews(item),
  });

  const readAll = async (): Promise<void> => {
    const [jobs, settings] = await Promise.all([
      engine.call("job.rows", {}).result,
      engine.call("settings.get", {}).result,
    ]);
    if (settings.ok) listener.onSettings((settings.value as SettingsView).settings);
    if (!jobs.ok) return;
    running.clear();
    waiting.clear();
    for (const { id, isHeld, state } of jobs.value as readonly JobRow[]) {
      put(running, id, isHeld);
      put(waiting, id, !isHeld && state.name === "waiting");
    }
    tell();
  };
  const take = (event: AssistantEvent): void => {
    news(event);
    switch (event.type) {
      case "job-state":
        put(running, event.job, event.state.name === "running");
        put(waiting, event.job, event.state.name === "waiting");
        tell();
        return;
      case "cutover-state":
        put(running, event.job, event.isHeld);
        tell();
        return;
      case "settings-changed":
        listener.onSettings(event.settings);
        return;
    }
  };

  return engine.follow({ engine: "", after: 0 }, (frame) => {
    if (frame.type === "hello" && frame.resync) void readAll();
    if (frame.type === "events") for (const { event } of frame.events) take(event);
  });
}
