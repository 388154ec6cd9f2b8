/** What every act of a person has in common: it calls the engine, shows that it is under way, and tells a failure. */
import type { StoreApi } from "zustand/vanilla";
import type { Bridge } from "../../common/api/bridge.ts";
import type { ProcedureInput, ProcedureName, ProcedureOutput } from "../../common/api/procedures.ts";
import type { Result } from "../../common/result.ts";
import type { AppState, Notice } from "./app-state.ts";

export interface CallOptions {
  /** `act subject`; {@link AppState.busy} holds it meanwhile. */
  readonly key?: string;
  /** What to say when it is done. */
  readonly done?: string;
  /** The caller shows the failure where it belongs. */
  readonly isQuiet?: boolean;
}

export interface Act {
  readonly store: StoreApi<AppState>;
  readonly bridge: Bridge;
  call<N extends ProcedureName>(
    name: N,
    input: ProcedureInput<N>,
    options?: CallOptions,
  ): Promise<Result<ProcedureOutput<N>>>;
  notify(notice: Omit<Notice, "id">): void;
}

/** Three messages at once are as many as anybody reads. */
const shownNotices = 3;

export function createAct(bridge: Bridge, store: StoreApi<AppState>): Act {
  let notices = 0;
  const { setState } = store;

  const notify = (notice: Omit<Notice, "id">) => {
    notices += 1;
    const id = notices;
    setState((state) => ({ notices: [...state.notices, { ...notice, id }].slice(-shownNotices) }));
  };

  const setBusy = (key: string, isBusy: boolean) =>
    setState((state) => {
      const busy = new Set(state.busy);
      if (isBusy) busy.add(key);
      else busy.delete(key);
      return { busy };
    });

  return {
    store,
    bridge,
    notify,
    async call(name, input, options = {}) {
      if (options.key !== undefined) setBusy(options.key, true);
      const answer = await bridge.call(name, input);
      if (options.key !== undefined) setBusy(options.key, false);
      if (!answer.ok && options.isQuiet !== true)
        notify({ tone: "failed", text: answer.failure.message, failure: answer.failure });
      if (answer.ok && options.done !== undefined)
        notify({ tone: "done", text: options.done, failure: null });
      return answer;
    },
  };
}
