/** The store and what changes it: the engine's messages, and the acts of a person. Runs without React and a browser. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Bridge, BridgeMessage } from "../../common/api/bridge.ts";
import { createNewsWatch } from "../../common/api/news-watch.ts";
import type { AssistantEvent } from "../../common/api/procedures.ts";
import { newsText, placeOfNews, type NewsText } from "../../common/domain/news.ts";
import { catalogues } from "../../common/domain/report-text/languages.ts";
import { createAct, type Act } from "./act.ts";
import { initialState, type AppState } from "./app-state.ts";
import { createAssessmentActions } from "./assessment-actions.ts";
import { createCloudActions } from "./cloud-actions.ts";
import { createCutoverActions } from "./cutover-actions.ts";
import {
  createDeskActions,
  rememberedDraft,
  rememberedPreferences,
  type LocalMemory,
} from "./desk-actions.ts";
import { createEventBatch, type Scheduler } from "./event-batch.ts";
import { createJobActions } from "./job-actions.ts";
import { createPlanActions } from "./plan-actions.ts";
import { formatRoute, type Route } from "./route.ts";
import { createSourceActions } from "./source-actions.ts";

/** Tells the person who does not look at the page; `place` is the part of the address after `#`. */
export type Notifier = (text: NewsText, place: string) => void;

export interface AppOptions {
  readonly bridge: Bridge;
  readonly schedule: Scheduler;
  readonly memory: LocalMemory;
  readonly route: Route;
  /** BCP 47 tags that the person's system asks for, the dearest first. */
  readonly systemLanguages: readonly string[];
  /** Shows another address; the store learns of it by `actions.routeChanged`. */
  go(hash: string): void;
  /** Null: the host has somebody else who tells, or nothing to tell with. */
  readonly notifier: Notifier | null;
}

export interface App {
  readonly store: StoreApi<AppState>;
  readonly actions: Actions;
  /** Follows the engine until the returned function is called. */
  start(): () => void;
}

export type Actions = ReturnType<typeof createActions>;

/** A job that runs here tells ten times a second; one that does not is asked, so many at a time. */
const quietAfterMs = 3_000;
const quietAtOnce = 10;

export function createApp(options: AppOptions): App {
  const store = createStore<AppState>()(() => ({
    ...initialState(options.route, rememberedPreferences(options.memory, options.systemLanguages)),
    draft: rememberedDraft(options.memory),
  }));
  const actions = createActions(options, createAct(options.bridge, store));
  return {
    store,
    actions,
    start() {
      let reading = options.bridge.isPlaced ? actions.reload() : Promise.resolve();
      const batch = createEventBatch<AssistantEvent>(options.schedule, actions.eventsArrived);
      const timer = setInterval(() => {
        if (store.getState().connection === "open")
          void actions.refreshQuietJobs(Date.now(), quietAfterMs, quietAtOnce);
      }, quietAfterMs);
      const unsubscribe = options.bridge.subscribe((message: BridgeMessage) => {
        switch (message.type) {
          case "event":
            batch.add(message.event);
            break;
          case "connection":
            // An engine that came back says again what is wrong with its folder.
            store.setState({ connection: message.state, trouble: null });
            if (message.state !== "open") break;
            if (store.getState().isLoaded) void actions.saveUnsavedDraft();
            // What was asked before the connection stood may have failed with it.
            else reading = reading.then(() => (store.getState().isLoaded ? undefined : actions.reload()));
            break;
          case "resync":
            void actions.reload();
            break;
        }
      });
      return () => {
        clearInterval(timer);
        unsubscribe();
      };
    },
  };
}

function createActions(options: AppOptions, act: Act) {
  const { setState } = act.store;
  const sources = createSourceActions(act);
  const jobs = createJobActions(act);
  const cutovers = createCutoverActions(act);
  const assessments = createAssessmentActions(act);
  const desk = createDeskActions(act, options);
  const plans = createPlanActions(act, desk.setDraft);
  const clouds = createCloudActions(act);
  const { notifier } = options;
  const news = createNewsWatch({
    call: (name, input) => options.bridge.call(name, input),
    onNews(item) {
      const { preferences, settings } = act.store.getState();
      if (settings?.settings.notifications === true)
        notifier?.(newsText(item, catalogues[preferences.language]), placeOfNews(item));
    },
  });

  return {
    ...sources,
    ...jobs,
    ...cutovers,
    ...assessments,
    ...desk,
    ...plans,
    ...clouds,
    host: options.bridge.host,
    call: act.call,
    notify: act.notify,

    dismiss: (id: number) =>
      setState((state) => ({ notices: state.notices.filter((notice) => notice.id !== id) })),

    /** Shows another screen. */
    open: (route: Route) => options.go(formatRoute(route)),
    routeChanged: (route: Route) => setState({ route }),

    /** Reads everything anew: at the start, and after events were missed. */
    async reload(): Promise<void> {
      const [hasSources, hasJobs] = await Promise.all([
        sources.readSources(),
        jobs.readJobs(),
        desk.readSettings(),
        assessments.readAssessments(),
        sources.readCredentials(),
        sources.readHostKeys(),
        desk.readDemo(),
        desk.readDraft(),
      ]);
      if (hasSources && hasJobs) setState({ isLoaded: true });
    },

    eventsArrived(events: readonly AssistantEvent[]): void {
      jobs.jobEventsArrived(events);
      cutovers.cutoverEventsArrived(events);
      let hasSourcesChanged = false;
      for (const event of events) {
        if (notifier !== null) news(event);
        switch (event.type) {
          case "sources-changed":
            hasSourcesChanged = true;
            break;
          case "credentials-changed":
            void sources.readCredentials();
            break;
          case "host-key-question":
            setState((state) => ({
              hostKeyQuestions: [
                ...state.hostKeyQuestions.filter(({ id }) => id !== event.question.id),
                event.question,
              ],
            }));
            break;
          case "host-key-settled":
            setState((state) => ({
              hostKeyQuestions: state.hostKeyQuestions.filter(({ id }) => id !== event.id),
            }));
            break;
          case "assessment-run":
            assessments.takeRuns([event.run]);
            break;
          case "assessment-stored":
            assessments.takeStored(event.summary);
            break;
          case "assessment-removed":
            assessments.assessmentRemoved(event.id);
            break;
          case "settings-changed":
            desk.settingsArrived(event.settings);
            break;
          case "room":
            setState({ trouble: event.trouble });
            break;
          case "update-state":
            setState({ update: event.state });
            break;
          case "demo-state":
            setState({ demo: event.state });
            break;
        }
      }
      if (hasSourcesChanged) void sources.readSources();
    },
  };
}
