/** Failures in words, for reports and screens. */
import { failureCatalogue, type FailureCode } from "../../failure-codes.ts";
import type { Failure } from "../../result.ts";

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
  /** The engine's own words, in English, where `message` and `remedy` are in another language. */
  readonly detail: string | null;
}

const textOf = ({ failures }: Words, code: FailureCode): FailureTexts["other"] =>
  failures[code] ?? failures.other;

/** The place that failed may know better what to do than the catalogue, in English alone. */
function isParticular({ code, remedy }: Failure): boolean {
  const usual: string | undefined = failureCatalogue[code]?.remedy;
  return remedy !== usual;
}

/** A failure as screens show it: with the engine's own message in English, and in words of the language elsewhere. */
export function describeOnScreen(failure: Failure, words: Words): ScreenFailure {
  const text = textOf(words, failure.code);
  if (words.language === "en") {
    return {
      message: failure.message,
      remedy: isParticular(failure) ? failure.remedy : text.remedy,
      detail: null,
    };
  }
  return {
    message: text.title,
    remedy: text.remedy,
    detail: isParticular(failure) ? `${failure.message}\n${failure.remedy}` : failure.message,
  };
}

/** Why an input could not be assessed. The failure's message, in English, is the technical detail and not part of it. */
export function describeFailure(failure: Failure, words: Words): FailureText {
  const { title, remedy, assessing } = textOf(words, failure.code);
  const text = assessing ?? { title, remedy };
  return words.language === "en" && isParticular(failure) ? { ...text, remedy: failure.remedy } : text;
}
