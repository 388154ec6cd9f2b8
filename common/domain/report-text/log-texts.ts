/** Lines of a job's log in words. */
import type { FailureCode } from "../../failure-codes.ts";
import type { LogKind, LogMessage, LogParameters } from "../log-message.ts";
import type { KeptRemark } from "../remark.ts";
import type { Catalogue, Formats } from "./catalogue.ts";
import { describeRemark, type RemarkCatalogue } from "./remark-texts.ts";

export interface LogWords {
  readonly format: Formats;
  /** A failure's title. */
  failure(code: FailureCode): string;
  /** A remark in words; `words` where it is not known as data. */
  remark(said: KeptRemark | undefined, words: string): string;
  /** The name of a conversion's step. */
  conversionStep(id: string): string;
}

export type LogTexts = {
  readonly [K in LogKind]: (parameters: LogParameters[K], words: LogWords) => string;
};

/** The line in words; null where its kind is not known, as one of a newer assistant. */
export function describeLogMessage(
  said: LogMessage,
  catalogue: Pick<Catalogue, "log" | "conversionSteps"> & RemarkCatalogue,
  format: Formats,
): string | null {
  const { failures, conversionSteps } = catalogue;
  const words: LogWords = {
    format,
    failure: (code) => (failures[code] ?? failures.other).title,
    remark: (said, words) => describeRemark(said, catalogue, format) ?? words,
    conversionStep: (id) => conversionSteps[id] ?? id,
  };
  return said.kind in catalogue.log ? textOf(catalogue.log, said.kind, said, words) : null;
}

/** The compiler knows that a kind's text takes that kind's parameters only where both are one type parameter. */
function textOf<K extends LogKind>(
  texts: LogTexts,
  kind: K,
  said: LogParameters[K],
  words: LogWords,
): string {
  return texts[kind](said, words);
}
