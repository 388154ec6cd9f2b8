/**
 * What a message catalogue must hold. Every language is one object of this type, so a missing translation does not
 * compile. Texts are functions of typed parameters; numbers, sizes and times go through `Formats`.
 */
import type { DiskMap, SupportTier, Verdict } from "../assessment.ts";
import type { PartitionTableKind } from "../facts.ts";
import type { PlatformKind } from "../system-facts.ts";
import type {
  bootMessages,
  FindingCode,
  FindingMessage,
  FindingParameters,
  runningMessages,
  storageMessages,
  systemMessages,
} from "../finding-parameters.ts";
import type { FailureTexts } from "./failure-texts.ts";
import type { NewsTexts } from "../news.ts";
import type { LogTexts } from "./log-texts.ts";
import type { RemarkTexts } from "./remark-texts.ts";
import type { BootStage } from "../remark.ts";
import type { Effect, ReplicationMode, Severity } from "../finding.ts";

/** BCP 47 tags of the languages that reports are written in. */
export const languages = ["en", "ja", "zh-CN"] as const;
export type Language = (typeof languages)[number];

/** How a language writes values. */
export interface Formats {
  readonly language: Language;
  integer(value: number): string;
  /** Binary units: `4.3 GiB`. */
  bytes(value: number): string;
  /** Two units at most: `2 h 5 min`. */
  duration(seconds: number): string;
  /** `a, b, c`. */
  list(items: readonly string[]): string;
  /** Date and time with its zone, from milliseconds since 1970. */
  dateTime(epochMs: number): string;
}

export interface FindingText {
  /** What is the case, in a few words. */
  readonly title: string;
  /** What will happen to the data; one text where the mode makes no difference. */
  readonly outcome: string | Readonly<Record<ReplicationMode, string>>;
  /** What the admin can do. */
  readonly remedy: string;
}

export type FindingTexts<M extends FindingMessage = FindingMessage> = {
  readonly [K in M]: (params: FindingParameters[K], format: Formats) => FindingText;
};
export type SystemTexts = FindingTexts<keyof typeof systemMessages>;
export type StorageTexts = FindingTexts<keyof typeof storageMessages>;
export type BootTexts = FindingTexts<keyof typeof bootMessages>;
export type RunningTexts = FindingTexts<keyof typeof runningMessages>;

/** Everything in a report that is not a finding. */
export interface ReportText {
  readonly title: string;
  readonly subtitle: string;
  generated(when: string): string;
  readonly summary: string;
  sources(count: string): string;
  readonly verdicts: Readonly<Record<Verdict | "failed", string>>;
  readonly verdictMeanings: Readonly<Record<Verdict | "failed", string>>;
  readonly severities: Readonly<Record<Severity, string>>;
  readonly tiers: Readonly<Record<SupportTier, string>>;
  readonly tierMeanings: Readonly<Record<SupportTier, string>>;
  readonly effects: Readonly<Record<Effect, string>>;
  readonly modes: Readonly<Record<ReplicationMode, string>>;
  readonly modeMeanings: Readonly<Record<ReplicationMode, string>>;
  readonly tables: Readonly<Record<PartitionTableKind, string>>;
  readonly treatments: Readonly<Record<DiskMap["treatment"], string>>;
  readonly platforms: Readonly<Record<PlatformKind, string>>;
  readonly columns: {
    readonly source: string;
    readonly system: string;
    readonly support: string;
    readonly verdict: string;
    readonly blockers: string;
    readonly warnings: string;
    readonly disks: string;
    readonly data: string;
    readonly time: string;
    readonly device: string;
    readonly content: string;
    readonly mountedAt: string;
    readonly size: string;
    readonly used: string;
    readonly optimistic: string;
    readonly expected: string;
    readonly pessimistic: string;
  };
  readonly fleetTable: string;
  readonly fleetEstimate: string;
  fleetEstimateNote(jobs: string): string;
  withoutEstimate(count: string): string;
  readonly mostFrequent: string;
  affected(count: string): string;
  readonly backToTop: string;
  readonly systemFacts: string;
  readonly host: string;
  readonly kernel: string;
  readonly build: string;
  readonly architecture: string;
  readonly platform: string;
  readonly collected: string;
  readonly onList: { readonly yes: string; readonly no: string; readonly unknown: string };
  readonly closestEntry: string;
  readonly findings: string;
  readonly noFindings: string;
  readonly outcome: string;
  readonly evidence: string;
  readonly remedy: string;
  readonly appliesTo: string;
  readonly diskMap: string;
  readonly noDisks: string;
  readonly before: string;
  after(mode: string): string;
  readonly free: string;
  readonly extended: string;
  readonly bootArea: string;
  readonly undetermined: string;
  readonly nothingNeeded: string;
  readonly asBefore: string;
  omittedRegions(count: string): string;
  readonly estimate: string;
  readonly noEstimate: string;
  readonly estimateRows: {
    readonly read: string;
    readonly data: string;
    readonly wire: string;
    readonly transfer: string;
    readonly image: string;
    readonly total: string;
  };
  readonly assumptions: string;
  readonly assumptionRows: {
    readonly bandwidth: string;
    readonly compression: string;
    readonly diskRead: string;
    readonly imageRate: string;
    readonly files: string;
    readonly stale: string;
    readonly unmeasured: string;
  };
  readonly rateFrom: { readonly assumed: string; readonly given: string; readonly measured: string };
  perSecond(amount: string): string;
  readonly failures: string;
  readonly failureColumns: {
    readonly file: string;
    readonly where: string;
    readonly problem: string;
    readonly remedy: string;
  };
  line(number: string): string;
  field(name: string): string;
  readonly comparison: {
    readonly title: string;
    since(earlier: string): string;
    readonly fixed: string;
    readonly added: string;
    readonly remaining: string;
    readonly worse: string;
    readonly onlyEarlier: string;
    readonly onlyLater: string;
    unchanged(count: string): string;
    readonly none: string;
  };
  readonly unknownValue: string;
}

export interface Catalogue {
  readonly language: Language;
  /** What the language calls itself. */
  readonly name: string;
  readonly findings: FindingTexts;
  /** Findings in two or three words, by their codes. */
  readonly findingNames: Readonly<Record<FindingCode, string>>;
  readonly failures: FailureTexts;
  /** Names of a conversion's steps and repairs, by their ids. */
  readonly conversionSteps: Readonly<Record<string, string>>;
  readonly log: LogTexts;
  readonly news: NewsTexts;
  readonly remarks: RemarkTexts;
  /** How far a machine has come that starts. */
  readonly bootStages: Readonly<Record<BootStage, string>>;
  readonly report: ReportText;
}
