import { describe, expect, it } from "vitest";
import { languages } from "../../../../common/domain/report-text/catalogue.ts";
import {
  describeFailure,
  describeOnScreen,
  neverInReports,
} from "../../../../common/domain/report-text/failure-codes.ts";
import { catalogues } from "../../../../common/domain/report-text/languages.ts";
import { failureCodes } from "../../../../common/failure-codes.ts";
import { failure } from "../../../../common/result.ts";

const reaching = failureCodes.filter((code) => !neverInReports.some((each) => each === code));

describe("failures in a report", () => {
  it.each(languages)("have a title of their own and a remedy in %s", (language) => {
    const { failures } = catalogues[language];
    const texts = reaching.map((code) => describeFailure(failure(code, "detail"), catalogues[language]));
    expect(new Set([...texts, failures.other].map(({ title }) => title)).size).toBe(reaching.length + 1);
    for (const { title, remedy } of texts) {
      expect(title.trim()).not.toBe("");
      expect(remedy).toMatch(/[.。]$/);
      expect((remedy.match(/`/g) ?? []).length % 2).toBe(0);
    }
  });

  it.each(["ja", "zh-CN"] as const)("are wholly in %s, with no text left in English", (language) => {
    const english = catalogues.en.failures;
    for (const code of reaching) {
      const { title, remedy } = catalogues[language].failures[code as keyof typeof english];
      expect(title, code).not.toMatch(/^[\x20-\x7e]*$/);
      expect(remedy, code).not.toMatch(/[a-z]{3,} [a-z]{3,} [a-z]{3,} [a-z]{3,}/);
    }
  });

  it("keep a more particular remedy where the report is in English, and say it in words elsewhere", () => {
    const particular = failure("not-found", "x", {}, "Look under the table.");
    expect(describeFailure(particular, catalogues.en).remedy).toBe("Look under the table.");
    expect(describeFailure(particular, catalogues.ja).remedy).toBe(
      catalogues.ja.failures["not-found"].remedy,
    );
  });

  it("that no report expects are still named", () => {
    const foreign = failure("hook-failed", "x");
    expect(describeFailure(foreign, catalogues["zh-CN"])).toEqual(catalogues["zh-CN"].failures.other);
    expect(describeFailure(foreign, catalogues.en).remedy).toBe(foreign.remedy);
  });
});

describe("failures on a screen", () => {
  it.each(["ja", "zh-CN"] as const)(
    "of every code are in %s, with the engine's words behind them",
    (language) => {
      for (const code of failureCodes) {
        const { message, remedy, detail } = describeOnScreen(
          failure(code, "its own words"),
          catalogues[language],
        );
        expect(message, code).not.toMatch(/^[\x20-\x7e]*$/);
        expect(remedy, code).not.toMatch(/[a-z]{3,} [a-z]{3,} [a-z]{3,} [a-z]{3,}/);
        expect(remedy, code).toMatch(/。$/);
        expect(detail, code).toBe("its own words");
      }
    },
  );

  it("name no option of the command line where they are in English, unless the place that failed does", () => {
    for (const code of failureCodes) {
      const { message, remedy } = describeOnScreen(failure(code, "what happened"), catalogues.en);
      expect(message).toBe("what happened");
      expect(remedy, code).not.toMatch(/ --[a-z]|`sma (job|cutover)/);
    }
    const particular = failure("hook-failed", "x", {}, "Look under the table.");
    expect(describeOnScreen(particular, catalogues.en).remedy).toBe("Look under the table.");
    expect(describeOnScreen(particular, catalogues.ja).detail).toBe("x\nLook under the table.");
  });
});
