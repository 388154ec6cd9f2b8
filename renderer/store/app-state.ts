/** Everything that the screens show, as one immutable value: a projection of what the engine said. */
import type {
  AssessmentRun,
  AssessmentSummary,
  StoredAssessment,
} from "../../common/api/assessment-procedures.ts";
import {
  themes,
  type DemoState,
  type PlanTemplate,
  type SettingsView,
} from "../../common/api/desk-procedures.ts";
import type { LayoutProposal } from "../../common/api/layout-procedures.ts";
import type { JobRow, JobView, ProcedureOutput } from "../../common/api/procedures.ts";
import type { Credential, HostKeyQuestion } from "../../common/api/source-procedures.ts";
import type { Language } from "../../common/domain/report-text/catalogue.ts";
import type { CloudAccount } from "../../common/domain/cloud.ts";
import type { CutoverView } from "../../common/domain/cutover.ts";
import type { Source } from "../../common/domain/source.ts";
import type { UpdateState } from "../../common/domain/update.ts";
import type { Failure, Result } from "../../common/result.ts";
import type { CutoverNote } from "./cutover-actions.ts";
import type { LogEntry, RateSample } from "./job-feed.ts";
import type { Route } from "./route.ts";
import { emptyDraft, type WizardDraft } from "./wizard-draft.ts";

export { themes };
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
  readonly jobs: ReadonlyMap<string, JobRow>;
  /** Whole views of the jobs that were looked at last; where both say something, {@link jobs} is newer. */
  readonly jobDetails: ReadonlyMap<string, JobView>;
  readonly logs: ReadonlyMap<string, readonly LogEntry[]>;
  readonly rates: ReadonlyMap<string, readonly RateSample[]>;
  /** Of the jobs whose cutover was looked at or has changed, by job. */
  readonly cutovers: ReadonlyMap<string, CutoverView>;
  /** What those that are under way said last, by job. */
  readonly cutoverNotes: ReadonlyMap<string, CutoverNote>;
  /** The latest assessment of each source, by the source's id; of a server that is not registered, by its own. */
  readonly assessments: ReadonlyMap<string, AssessmentSummary>;
  /** What is being assessed or could not be, by source. */
  readonly assessmentRuns: ReadonlyMap<string, AssessmentRun>;
  /** Whole assessments that were looked at, by their id. */
  readonly assessmentDetails: ReadonlyMap<string, StoredAssessment>;
  readonly credentials: readonly Credential[];
  /** Empty until they were read. */
  readonly cloudAccounts: readonly CloudAccount[];
  /** Host keys that somebody must judge before a connection goes on. */
  readonly hostKeyQuestions: readonly HostKeyQuestion[];
  /** Null until it was read. */
  readonly settings: SettingsView | null;
  /** What is known of newer versions; null until it was read. */
  readonly update: UpdateState | null;
  readonly demo: DemoState | null;
  readonly tests: ReadonlyMap<string, ConnectionTest>;
  /** What is under way, as `act subject`: buttons show it and are not pressed twice. */
  readonly busy: ReadonlySet<string>;
  /** The engine's own folder takes no more; null: it does. */
  readonly trouble: Failure | null;
  readonly notices: readonly Notice[];
  readonly draft: WizardDraft;
  /** Layouts for file replication that sources were asked for, by `proposalKey`. */
  readonly layoutProposals: ReadonlyMap<string, Result<LayoutProposal>>;
  /** The product's own exclude list; null until it was read. */
  readonly defaultExcludes: string | null;
  readonly templates: readonly PlanTemplate[];
}

export function initialState(route: Route, preferences: Preferences): AppState {
  return {
    connection: "connecting",
    isLoaded: false,
    route,
    preferences,
    sources: new Map(),
    jobs: new Map(),
    jobDetails: new Map(),
    logs: new Map(),
    rates: new Map(),
    cutovers: new Map(),
    cutoverNotes: new Map(),
    assessments: new Map(),
    assessmentRuns: new Map(),
    assessmentDetails: new Map(),
    credentials: [],
    cloudAccounts: [],
    hostKeyQuestions: [],
    settings: null,
    update: null,
    demo: null,
    tests: new Map(),
    busy: new Set(),
    trouble: null,
    notices: [],
    draft: emptyDraft,
    layoutProposals: new Map(),
    defaultExcludes: null,
    templates: [],
  };
}
