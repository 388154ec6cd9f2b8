/** Failures in words, for reports and screens. */
import { failureCatalogue, type FailureCode } from "../../failure-codes.ts";
import type { Failure } from "../../result.ts";
import type { KeptRemark } from "../remark-base.ts";
import type { Formats } from "./catalogue.ts";
import { describeRemark, type RemarkCatalogue } from "./remark-texts.ts";

export interface FailureText {
  /** What is the case, in a few words. */
  readonly title: string;
  /** What the admin can do. */
  readonly remedy: string;
}

/**
 * A language's words for every failure. `assessing`: where a report says of an assessment what screens say of jobs in
 * other words. `other` is for codes of a newer assistant.
 */
export type FailureTexts = Readonly<
  Record<FailureCode | "other", FailureText & { readonly assessing?: FailureText }>
>;

interface Words {
  readonly language: string;
  readonly failures: FailureTexts;
}

export interface ScreenFailure {
  readonly message: string;
  readonly remedy: string;
  /** What the place that failed says beside them; null where they are its own words. */
  readonly detail: string | null;
  /** The same where it is known in English alone, and they are in another language. */
  readonly englishDetail: string | null;
}

const textOf = ({ failures }: Words, code: FailureCode): FailureTexts["other"] =>
  failures[code] ?? failures.other;

/** The place that failed may know better what to do than the catalogue, in English alone. */
function isParticular({ code, remedy }: Failure): boolean {
  const usual: string | undefined = failureCatalogue[code]?.remedy;
  return remedy !== usual;
}

/** Messages begin small, as terminals have them; names of hosts and programs stay as they are. */
function asSentence(message: string): string {
  return /^(an?|another|disks?|every|files?|it|neither|no|not|nothing|only|port|the|there|this) /.test(
    message,
  )
    ? `${message.charAt(0).toUpperCase()}${message.slice(1)}`
    : message;
}

/** A failure as screens show it: with the engine's own message in English, and in words of the language elsewhere. */
export function describeOnScreen(
  failure: Failure,
  words: Words & RemarkCatalogue,
  format: Formats,
): ScreenFailure {
  const text = textOf(words, failure.code);
  if (words.language === "en") {
    return {
      message: asSentence(failure.message),
      remedy: isParticular(failure) ? failure.remedy : text.remedy,
      detail: null,
      englishDetail: null,
    };
  }
  const inWords = (said: KeptRemark | undefined) =>
    said?.kind === "tool-said" ? null : describeRemark(said, words, format);
  const detail = inWords(failure.said?.message);
  const remedy = inWords(failure.said?.remedy);
  const english = [
    ...(detail === null ? [failure.message] : []),
    ...(remedy === null && isParticular(failure) ? [failure.remedy] : []),
  ];
  return {
    message: text.title,
    remedy: remedy ?? text.remedy,
    detail,
    englishDetail: english.length === 0 ? null : english.join("\n"),
  };
}

/** Why an input could not be assessed. The failure's message, in English, is the technical detail and not part of it. */
export function describeFailure(failure: Failure, words: Words): FailureText {
  const { title, remedy, assessing } = textOf(words, failure.code);
  const text = assessing ?? { title, remedy };
  return words.language === "en" && isParticular(failure) ? { ...text, remedy: failure.remedy } : text;
}
