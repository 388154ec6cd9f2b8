import { useMemo } from "react";
import { catalogues } from "../../common/domain/report-text/languages.ts";
import { describeOnScreen, type ScreenFailure } from "../../common/domain/report-text/failure-codes.ts";
import type { Failure } from "../../common/result.ts";
import type { Catalogue } from "../../common/domain/report-text/catalogue.ts";
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
  return (failure) => describeOnScreen(failure, catalogue);
}

/** How numbers, sizes and times are written in the person's language and time zone. */
export function useFormats(): ScreenFormats {
  const language = useApp((state) => state.preferences.language);
  return useMemo(() => createScreenFormats(language), [language]);
}
