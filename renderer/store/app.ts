/** The store and what changes it: the engine's messages, and the acts of a person. Runs without React and a browser. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Bridge, BridgeMessage } from "../../common/api/bridge.ts";
import type {
  AssistantEvent,
  ProcedureInput,
  ProcedureName,
  ProcedureOutput,
} from "../../common/api/procedures.ts";
import { languages } from "../../common/domain/report-text/catalogue.ts";
import type { Result } from "../../common/result.ts";
import {
  chooseLanguage,
  initialState,
  themes,
  type AppState,
  type Notice,
  type Preferences,
} from "./app-state.ts";
import { createEventBatch, type Scheduler } from "./event-batch.ts";
import { applyEvents, mergeLog } from "./job-feed.ts";
import { formatRoute, type Route } from "./route.ts";
import { emptyDraft, wizardDraftSchema, type WizardDraft } from "./wizard-draft.ts";

/** What is kept on this machine between two visits: a browser's local storage. */
export interface LocalMemory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export interface AppOptions {
  readonly bridge: Bridge;
  readonly schedule: Scheduler;
  readonly memory: LocalMemory;
  readonly route: Route;
  /** BCP 47 tags that the person's system asks for, the dearest first. */
  readonly systemLanguages: readonly string[];
  /** Shows another address; the store learns of it by `actions.routeChanged`. */
  go(hash: string): void;
}

export interface App {
  readonly store: StoreApi<AppState>;
  readonly bridge: Bridge;
  readonly actions: Actions;
  /** Follows the engine until the returned function is called. */
  start(): () => void;
}

export type Actions = ReturnType<typeof createActions>;

const preferencesKey = "sma.preferences";
const draftKey = "sma.wizard-draft";

export function createApp(options: AppOptions): App {
  const store = createStore<AppState>()(() => ({
    ...initialState(options.route, rememberedPreferences(options)),
    draft: rememberedDraft(options.memory),
  }));
  const actions = createActions(options, store);
  return {
    store,
    bridge: options.bridge,
    actions,
    start() {
      const batch = createEventBatch<AssistantEvent>(options.schedule, actions.eventsArrived);
      return options.bridge.subscribe((message: BridgeMessage) => {
        switch (message.type) {
          case "event":
            batch.add(message.event);
            break;
          case "connection": {
            const before = store.getState();
            store.setState({ connection: message.state });
            if (message.state === "open" && !before.isLoaded) void actions.reload();
            break;
          }
          case "resync":
            void actions.reload();
            break;
        }
      });
    },
  };
}

function rememberedPreferences({ memory, systemLanguages }: AppOptions): Preferences {
  const kept = readJson(memory, preferencesKey) as Partial<Preferences> | null;
  return {
    language: languages.find((language) => language === kept?.language) ?? chooseLanguage(systemLanguages),
    theme: themes.find((theme) => theme === kept?.theme) ?? "auto",
  };
}

function rememberedDraft(memory: LocalMemory): WizardDraft {
  const kept = wizardDraftSchema.safeParse(readJson(memory, draftKey));
  return kept.success ? kept.data : emptyDraft;
}

function readJson(memory: LocalMemory, key: string): unknown {
  try {
    return JSON.parse(memory.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function createActions({ bridge, memory, go }: AppOptions, store: StoreApi<AppState>) {
  const { getState, setState } = store;
  let notices = 0;

  const notify = (notice: Omit<Notice, "id">) => {
    notices += 1;
    const id = notices;
    // Three at once are as many as anybody reads.
    setState((state) => ({ notices: [...state.notices, { ...notice, id }].slice(-3) }));
  };

  const setBusy = (key: string, isBusy: boolean) =>
    setState((state) => {
      const busy = new Set(state.busy);
      if (isBusy) busy.add(key);
      else busy.delete(key);
      return { busy };
    });

  /** Calls the engine, marks `key` busy meanwhile, and shows a failure unless `isQuiet`. */
  const call = async <N extends ProcedureName>(
    name: N,
    input: ProcedureInput<N>,
    how: { readonly key?: string; readonly done?: string; readonly isQuiet?: boolean } = {},
  ): Promise<Result<ProcedureOutput<N>>> => {
    if (how.key !== undefined) setBusy(how.key, true);
    const answer = await bridge.call(name, input);
    if (how.key !== undefined) setBusy(how.key, false);
    if (!answer.ok && how.isQuiet !== true)
      notify({ tone: "failed", text: answer.failure.message, failure: answer.failure });
    if (answer.ok && how.done !== undefined) notify({ tone: "done", text: how.done, failure: null });
    return answer;
  };

  const takeJob = (job: ProcedureOutput<"job.show">) =>
    setState((state) => ({ jobs: new Map(state.jobs).set(job.id, job) }));

  const dropJob = (id: string) =>
    setState((state) => {
      const jobs = new Map(state.jobs);
      jobs.delete(id);
      return { jobs };
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

  const actions = {
    call,
    notify,
    takeJob,
    refreshJob,

    dismiss: (id: number) =>
      setState((state) => ({ notices: state.notices.filter((notice) => notice.id !== id) })),

    /** Shows another screen. */
    open: (route: Route) => go(formatRoute(route)),
    routeChanged: (route: Route) => setState({ route }),

    setPreferences(change: Partial<Preferences>) {
      const preferences = { ...getState().preferences, ...change };
      setState({ preferences });
      memory.setItem(preferencesKey, JSON.stringify(preferences));
    },

    setDraft(change: Partial<WizardDraft>) {
      const draft = { ...getState().draft, ...change };
      setState({ draft });
      memory.setItem(draftKey, JSON.stringify(draft));
    },

    /** Reads everything anew: at the start, and after events were missed. */
    async reload(): Promise<void> {
      const [sources, jobs] = await Promise.all([
        bridge.call("source.list", {}),
        bridge.call("job.list", {}),
      ]);
      setState((state) => ({
        sources: sources.ok ? new Map(sources.value.map((source) => [source.id, source])) : state.sources,
        jobs: jobs.ok ? new Map(jobs.value.map((job) => [job.id, job])) : state.jobs,
        isLoaded: state.isLoaded || (sources.ok && jobs.ok),
      }));
      await actions.readAssessments();
    },

    async readAssessments(): Promise<void> {
      await Promise.resolve();
    },

    eventsArrived(events: readonly AssistantEvent[]) {
      const { feed, stale } = applyEvents(getState(), events);
      setState(feed);
      for (const id of stale) void refreshJob(id);
    },

    async readLog(job: string): Promise<void> {
      const afterSeq = getState().logs.get(job)?.at(-1)?.seq ?? 0;
      const answer = await bridge.call("job.logs", { job, afterSeq });
      if (!answer.ok) return;
      setState((state) => ({
        logs: new Map(state.logs).set(job, mergeLog(state.logs.get(job) ?? [], answer.value)),
      }));
    },

    async testSource(id: string): Promise<void> {
      const answer = await call("source.test", { source: id }, { key: `test ${id}`, isQuiet: true });
      setState((state) => ({ tests: new Map(state.tests).set(id, answer) }));
    },

    async assessSource(id: string): Promise<boolean> {
      const answer = await call("source.assess", { source: id }, { key: `assess ${id}`, isQuiet: true });
      setState((state) => {
        const assessments = new Map(state.assessments);
        const assessmentFailures = new Map(state.assessmentFailures);
        if (answer.ok) {
          assessments.set(id, answer.value);
          assessmentFailures.delete(id);
        } else {
          assessmentFailures.set(id, answer.failure);
        }
        return { assessments, assessmentFailures };
      });
      return answer.ok;
    },

    async addSource(input: ProcedureInput<"source.add">): Promise<Result<ProcedureOutput<"source.add">>> {
      const answer = await call("source.add", input, { key: "add source", isQuiet: true });
      if (answer.ok)
        setState((state) => ({ sources: new Map(state.sources).set(answer.value.id, answer.value) }));
      return answer;
    },

    async removeSource(id: string): Promise<void> {
      const answer = await call("source.remove", { source: id }, { key: `remove ${id}` });
      if (!answer.ok) return;
      setState((state) => {
        const sources = new Map(state.sources);
        sources.delete(id);
        return { sources };
      });
    },

    async forgetHostKey(id: string): Promise<void> {
      const answer = await call("source.forget-host-key", { source: id });
      if (answer.ok) setState((state) => ({ sources: new Map(state.sources).set(id, answer.value) }));
    },

    /** Passes a wish on to the job and takes what the engine says of it. */
    async askJob(name: "job.pause" | "job.unpause" | "job.stop" | "job.replan", id: string): Promise<void> {
      const answer = await call(name, { job: id }, { key: `${name} ${id}` });
      if (answer.ok) takeJob(answer.value);
    },

    async cancelJob(id: string): Promise<boolean> {
      const answer = await call("job.cancel", { job: id }, { key: `job.cancel ${id}` });
      if (answer.ok) dropJob(id);
      else await readJob(id);
      return answer.ok;
    },
  };
  return actions;
}
