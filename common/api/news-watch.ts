/** From the engine's events to what a person should be told of. */
import type { News } from "../domain/news.ts";
import type { Result } from "../result.ts";
import type { AssistantEvent, ProcedureInput, ProcedureName, ProcedureOutput } from "./procedures.ts";

export interface NewsWatchOptions {
  call<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<Result<ProcedureOutput<N>>>;
  onNews(news: News): void;
}

/** Takes every event as it comes; what needs a person, and what is done, is told once each. */
export function createNewsWatch({ call, onNews }: NewsWatchOptions): (event: AssistantEvent) => void {
  /** Jobs whose drill or cutover is under way here. */
  const held = new Set<string>();
  const nameOf = async (job: string): Promise<string> => {
    const shown = await call("job.show", { job });
    return shown.ok ? shown.value.sourceName : job;
  };
  const cutoverEnded = async (job: string): Promise<void> => {
    const shown = await call("cutover.show", { job });
    if (!shown.ok) return;
    const { lastFailure, state } = shown.value;
    const name = await nameOf(job);
    if (lastFailure !== null) onNews({ kind: "cutover-stopped", job, name });
    else if (state.name === "cut-over") onNews({ kind: "cut-over", job, name });
    else if (state.name === "ready-for-cutover") onNews({ kind: "drilled", job, name });
  };
  return (event) => {
    switch (event.type) {
      case "job-state": {
        const { job, state } = event;
        if (state.name === "finished")
          void nameOf(job).then((name) => onNews({ kind: "finished", job, name }));
        if (state.name === "in-error")
          void nameOf(job).then((name) => onNews({ kind: "stopped", job, name, code: state.failure.code }));
        return;
      }
      case "host-key-question":
        onNews({ kind: "host-key", host: event.question.host });
        return;
      case "cutover-state":
        if (event.isHeld) held.add(event.job);
        else if (held.delete(event.job)) void cutoverEnded(event.job);
        return;
    }
  };
}
