import type { AssistantEvent, ProcedureInput } from "../../common/api/procedures.ts";
import type { CutoverView } from "../../common/domain/cutover.ts";
import type { KeptRemark } from "../../common/domain/remark.ts";
import type { Result } from "../../common/result.ts";
import type { Act } from "./act.ts";

/** What a drill or cutover said last. */
export interface CutoverNote {
  readonly note: string;
  /** The note as data. */
  readonly said: KeptRemark | null;
  /** Bytes, both 0 where there is nothing to count. */
  readonly done: number;
  readonly total: number;
}

export function createCutoverActions({ store, bridge, call }: Act) {
  const { setState } = store;

  const takeCutover = (view: CutoverView) =>
    setState((state) => ({ cutovers: new Map(state.cutovers).set(view.job, view) }));

  const readCutover = async (job: string): Promise<Result<CutoverView>> => {
    const answer = await bridge.call("cutover.show", { job });
    if (answer.ok) takeCutover(answer.value);
    return answer;
  };

  /** Jobs whose cutover is being read, and those that changed again meanwhile. */
  const reading = new Map<string, "once" | "again">();
  const refreshCutover = async (job: string): Promise<void> => {
    if (reading.has(job)) {
      reading.set(job, "again");
      return;
    }
    reading.set(job, "once");
    await readCutover(job);
    const isStale = reading.get(job) === "again";
    reading.delete(job);
    if (isStale) await refreshCutover(job);
  };

  return {
    readCutover,

    /** Asks for it; the engine goes on with it whatever becomes of this page. The caller shows the failure. */
    async beginCutover(input: ProcedureInput<"cutover.begin">): Promise<Result<CutoverView>> {
      const answer = await call("cutover.begin", input, { key: `cutover ${input.job}`, isQuiet: true });
      if (answer.ok) takeCutover(answer.value);
      return answer;
    },

    cutoverEventsArrived(events: readonly AssistantEvent[]): void {
      const changed = new Set<string>();
      const notes = new Map<string, CutoverNote | null>();
      for (const event of events) {
        if (event.type === "cutover-note") {
          const { note, said, done, total } = event;
          notes.set(event.job, { note, said, done, total });
        }
        if (event.type !== "cutover-state") continue;
        changed.add(event.job);
        if (!event.isHeld) notes.set(event.job, null);
      }
      if (notes.size > 0) {
        setState((state) => {
          const cutoverNotes = new Map(state.cutoverNotes);
          for (const [job, note] of notes) {
            if (note === null) cutoverNotes.delete(job);
            else cutoverNotes.set(job, note);
          }
          return { cutoverNotes };
        });
      }
      // The history and what may be undone have changed as well.
      for (const job of changed) void refreshCutover(job);
    },
  };
}
