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
  "conversion-failed",
  "guest-unsupported",
  "target-did-not-boot",
  "receipt-invalid",
  "content-differs",
  "cutover-state",
  "instance-failed",
  "confirmation-missing",
  "target-refused",
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
