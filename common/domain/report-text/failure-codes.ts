/** Failures in a report: why an input could not be assessed, in the report's language. */
import { failureCatalogue, type FailureCode } from "../../failure-codes.ts";
import type { Failure } from "../../result.ts";

/** Codes that jobs, images, cutovers and windows alone end in; all others need a text in every language. */
export const neverInReports = [
  "port-in-use",
  "intermediate-unreachable",
  "intermediate-failed",
  "agent-silent",
  "source-disk-missing",
  "source-disk-changed",
  "source-read-error",
  "storage-failed",
  "consistency-failed",
  "hook-failed",
  "replica-differs",
  "manifest-damaged",
  "image-failed",
  "image-constraint",
  "layout-failed",
  "conversion-failed",
  "guest-unsupported",
  "target-did-not-boot",
  "receipt-invalid",
  "content-differs",
  "cutover-state",
  "instance-failed",
  "confirmation-missing",
  "target-refused",
  "cloud-credentials",
  "cloud-permission",
  "cloud-quota",
  "cloud-account",
  "cloud-throttled",
  "cloud-busy",
  "cloud-unreachable",
  "cloud-reply-invalid",
  "job-exists",
  "job-state",
  "job-held-elsewhere",
  "no-slot",
  "assessment-blocker",
  "drivers-missing",
  "engine-unreachable",
  "not-signed-in",
  "rate-limited",
] as const satisfies readonly FailureCode[];

export type ReportFailureCode = Exclude<FailureCode, (typeof neverInReports)[number]>;

export interface FailureText {
  /** What is the case, in a few words. */
  readonly title: string;
  /** What the admin can do. */
  readonly remedy: string;
}

/** `other` is for reports that a newer assistant's failures reached. */
export type FailureTexts = Readonly<Record<ReportFailureCode | "other", FailureText>>;

/** What screens say: of every code, and of jobs where reports speak of an assessment. */
export type ScreenFailureTexts = Readonly<Record<FailureCode | "other", FailureText>>;

export interface ScreenFailure {
  readonly message: string;
  readonly remedy: string;
  /** The engine's own words, in English, where `message` and `remedy` are in another language. */
  readonly detail: string | null;
}

/** A failure as screens show it: with the engine's own message in English, and in words of the language elsewhere. */
export function describeOnScreen(
  failure: Failure,
  catalogue: { readonly language: string; readonly screenFailures: ScreenFailureTexts },
): ScreenFailure {
  const text = catalogue.screenFailures[failure.code] ?? catalogue.screenFailures.other;
  const usual: string | undefined = failureCatalogue[failure.code]?.remedy;
  const isParticular = failure.remedy !== usual;
  if (catalogue.language === "en") {
    return {
      message: failure.message,
      remedy: isParticular ? failure.remedy : text.remedy,
      detail: null,
    };
  }
  return {
    message: text.title,
    remedy: text.remedy,
    detail: isParticular ? `${failure.message}\n${failure.remedy}` : failure.message,
  };
}

/** A failure in words. Its message, in English, is the technical detail and not part of them. */
export function describeFailure(
  failure: Failure,
  catalogue: { readonly language: string; readonly failures: FailureTexts },
): FailureText {
  const { failures } = catalogue;
  const text = hasText(failure.code) ? failures[failure.code] : failures.other;
  // The place that failed may know better than the catalogue, in English alone.
  const isParticular = failure.remedy !== failureCatalogue[failure.code].remedy;
  return catalogue.language === "en" && (isParticular || text === failures.other)
    ? { title: text.title, remedy: failure.remedy }
    : text;
}

const hasText = (code: FailureCode): code is ReportFailureCode =>
  !neverInReports.some((each) => each === code);
