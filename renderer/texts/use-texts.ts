import { useCallback } from "react";
import { catalogues } from "../../common/domain/report-text/languages.ts";
import { describeOnScreen, type ScreenFailure } from "../../common/domain/report-text/failure-texts.ts";
import type { Failure } from "../../common/result.ts";
import type { Catalogue, Language } from "../../common/domain/report-text/catalogue.ts";
import { describeLogMessage } from "../../common/domain/report-text/log-texts.ts";
import { describeRemark } from "../../common/domain/report-text/remark-texts.ts";
import type { KeptRemark } from "../../common/domain/remark.ts";
import type { LogEntry } from "../store/job-feed.ts";
import { useApp } from "../store/use-app.tsx";
import type { Texts } from "./catalogue.ts";
import { createScreenFormats, type ScreenFormats } from "./formats.ts";
import { textsOf } from "./languages.ts";

/** The texts of the screens in the person's language. */
export function useTexts(): Texts {
  return textsOf[useApp((state) => state.preferences.language)];
}

/** The texts of reports: findings, verdicts, disk maps. */
export function useReportTexts(): Catalogue {
  return catalogues[useApp((state) => state.preferences.language)];
}

/** Says what a failure is and what to do about it in the person's language. */
export function useFailureWords(): (failure: Failure) => ScreenFailure {
  const catalogue = useReportTexts();
  const format = useFormats();
  return (failure) => describeOnScreen(failure, catalogue, format);
}

/** Says a line of a job's log in the person's language. */
export function useLogWords(): (entry: Pick<LogEntry, "said" | "message">) => string {
  const catalogue = useReportTexts();
  const format = useFormats();
  return useCallback(
    ({ said, message }) => (said === null ? null : describeLogMessage(said, catalogue, format)) ?? message,
    [catalogue, format],
  );
}

/** Says a remark of conversion, boot check or cutover in the person's language; null where it is known in English alone. */
export function useRemarkWords(): (remark: KeptRemark | null | undefined) => string | null {
  const catalogue = useReportTexts();
  const format = useFormats();
  return useCallback((remark) => describeRemark(remark ?? undefined, catalogue, format), [catalogue, format]);
}

/** One for a language: a browser takes a millisecond to make them, and hundreds of cells want them. */
const formatsOf = new Map<Language, ScreenFormats>();

/** How numbers, sizes and times are written in the person's language and time zone. */
export function useFormats(): ScreenFormats {
  const language = useApp((state) => state.preferences.language);
  const known = formatsOf.get(language);
  if (known !== undefined) return known;
  const made = createScreenFormats(language);
  formatsOf.set(language, made);
  return made;
}
