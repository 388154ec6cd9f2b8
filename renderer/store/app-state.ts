/** Everything that the screens show, as one immutable value: a projection of what the engine said. */
import type { JobView, ProcedureOutput } from "../../common/api/procedures.ts";
import type { Assessment } from "../../common/domain/assessment.ts";
import { languages, type Language } from "../../common/domain/report-text/catalogue.ts";
import type { Source } from "../../common/domain/source.ts";
import type { Failure, Result } from "../../common/result.ts";
import type { LogEntry, RateSample } from "./job-feed.ts";
import type { Route } from "./route.ts";
import { emptyDraft, type WizardDraft } from "./wizard-draft.ts";

export const themes = ["auto", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

export interface Preferences {
  readonly language: Language;
  readonly theme: Theme;
}

export type Connection = "connecting" | "open" | "lost" | "signed-out";
export type ConnectionTest = Result<ProcedureOutput<"source.test">>;

/** What an act came to; shown until it is put away, read out by screen readers. */
export interface Notice {
  readonly id: number;
  readonly tone: "done" | "failed";
  readonly text: string;
  readonly failure: Failure | null;
}

export interface AppState {
  readonly connection: Connection;
  /** False until sources and jobs were read for the first time. */
  readonly isLoaded: boolean;
  readonly route: Route;
  readonly preferences: Preferences;
  readonly sources: ReadonlyMap<string, Source>;
  readonly jobs: ReadonlyMap<string, JobView>;
  readonly logs: ReadonlyMap<string, readonly LogEntry[]>;
  readonly rates: ReadonlyMap<string, readonly RateSample[]>;
  /** The latest assessment of a source, by its id. */
  readonly assessments: ReadonlyMap<string, Assessment>;
  /** Why the last assessment of a source could not be made. */
  readonly assessmentFailures: ReadonlyMap<string, Failure>;
  readonly tests: ReadonlyMap<string, ConnectionTest>;
  /** What is under way, as `act subject`: buttons show it and are not pressed twice. */
  readonly busy: ReadonlySet<string>;
  readonly notices: readonly Notice[];
  readonly draft: WizardDraft;
}

export function initialState(route: Route, preferences: Preferences): AppState {
  return {
    connection: "connecting",
    isLoaded: false,
    route,
    preferences,
    sources: new Map(),
    jobs: new Map(),
    logs: new Map(),
    rates: new Map(),
    assessments: new Map(),
    assessmentFailures: new Map(),
    tests: new Map(),
    busy: new Set(),
    notices: [],
    draft: emptyDraft,
  };
}

/** The first of the person's languages that there are texts in. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const exact = languages.find((language) => language.toLowerCase() === tag.toLowerCase());
    const near = languages.find((language) => language.split("-")[0] === tag.split("-")[0]?.toLowerCase());
    if (exact ?? near) return exact ?? near ?? "en";
  }
  return "en";
}
