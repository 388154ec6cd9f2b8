/** Remarks in words. */
import {
  remarkSchemas,
  type BootStage,
  type KeptRemark,
  type RemarkKind,
  type RemarkParameters,
  type Told,
} from "../remark.ts";
import type { FailureCode } from "../../failure-codes.ts";
import type { FindingCode } from "../finding-parameters.ts";
import type { Catalogue, Formats } from "./catalogue.ts";

export interface RemarkWords {
  readonly format: Formats;
  /** A remark within a remark: the reason, say. */
  tell(told: Told): string;
  /** How far a machine has come. */
  stage(stage: BootStage): string;
  /** What a conversion's step or a repair is about. */
  step(id: string): string;
  /** A finding's name, by its code. */
  finding(code: string): string;
  /** A failure's title. */
  failure(code: FailureCode): string;
}

export type RemarkTexts = {
  readonly [K in RemarkKind]: (parameters: RemarkParameters[K], words: RemarkWords) => string;
};

export type RemarkCatalogue = Pick<
  Catalogue,
  "remarks" | "bootStages" | "conversionSteps" | "failures" | "findingNames"
>;

/** The remark in words; null where its kind or its parameters are not known here, as those of another version. */
export function describeRemark(
  remark: KeptRemark | undefined,
  catalogue: RemarkCatalogue,
  format: Formats,
): string | null {
  if (remark === undefined || !isKnown(remark.kind)) return null;
  const words: RemarkWords = {
    format,
    tell: (told) => describeRemark(told.said, catalogue, format) ?? told.what,
    stage: (stage) => catalogue.bootStages[stage],
    step: (id) => catalogue.conversionSteps[id] ?? id,
    finding: (code) =>
      Object.hasOwn(catalogue.findingNames, code) ? catalogue.findingNames[code as FindingCode] : code,
    failure: (code) => (catalogue.failures[code] ?? catalogue.failures.other).title,
  };
  return textOf(catalogue.remarks, remark.kind, remark, words);
}

const isKnown = (kind: string): kind is RemarkKind => Object.hasOwn(remarkSchemas, kind);

/** The compiler knows that a kind's text takes that kind's parameters only where both are one type parameter. */
function textOf<K extends RemarkKind>(
  texts: RemarkTexts,
  kind: K,
  remark: KeptRemark,
  words: RemarkWords,
): string | null {
  const parsed = remarkSchemas[kind].safeParse(remark);
  return parsed.success ? texts[kind](parsed.data as RemarkParameters[K], words) : null;
}
