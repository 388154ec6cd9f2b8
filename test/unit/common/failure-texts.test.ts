import { inEnglish } from "../../support/in-english.ts";
import { describe, expect, it } from "vitest";
import { failureCodes, type FailureCode } from "../../../common/failure-codes.ts";
import { failureSchema } from "../../../common/domain/job.ts";
import { languages, type Catalogue } from "../../../common/domain/report-text/catalogue.ts";
import { describeFailure, describeOnScreen } from "../../../common/domain/report-text/failure-texts.ts";
import { createFormats } from "../../../common/domain/report-text/formats.ts";
import { catalogues } from "../../../common/domain/report-text/languages.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { failure, type Failure } from "../../../common/result.ts";

const hasEnglishSentence = /[a-z]{3,} [a-z]{3,} [a-z]{3,} [a-z]{3,}/;

describe("failures", () => {
  it.each(languages)("of every code have a title of their own and a remedy in %s", (language) => {
    const { failures } = catalogues[language];
    const codes = [...failureCodes, "other"] as const;
    expect(Object.keys(failures).toSorted()).toEqual(codes.toSorted());
    expect(new Set(codes.map((code) => failures[code].title)).size).toBe(codes.length);
    for (const code of codes) {
      const { title, remedy, assessing } = failures[code];
      for (const text of [{ title, remedy }, ...(assessing === undefined ? [] : [assessing])]) {
        expect(text.title.trim(), code).not.toBe("");
        expect(text.remedy, code).toMatch(/[.。]$/);
        expect((text.remedy.match(/`/g) ?? []).length % 2, code).toBe(0);
        if (language === "en") continue;
        expect(text.title, code).not.toMatch(/^[\x20-\x7e]*$/);
        expect(text.remedy, code).not.toMatch(hasEnglishSentence);
      }
    }
  });
});

const onScreen = (failed: Failure, catalogue: Catalogue) =>
  describeOnScreen(failed, catalogue, createFormats(catalogue.language, "UTC"));

describe("failures in a report", () => {
  it("speak of the assessment where screens speak of a job", () => {
    const lost = failure("connection-lost", inEnglish("x"));
    expect(describeFailure(lost, catalogues.en).remedy).toContain("assess again");
    expect(onScreen(lost, catalogues.en).remedy).toContain("the job resumes");
  });

  it("keep a more particular remedy where the report is in English, and say it in words elsewhere", () => {
    const particular = failure("command-failed", inEnglish("x"), {}, inEnglish("Look under the table."));
    expect(describeFailure(particular, catalogues.en).remedy).toBe("Look under the table.");
    expect(describeFailure(particular, catalogues.ja).remedy).toBe(
      catalogues.ja.failures["command-failed"].remedy,
    );
  });

  it("of a newer assistant are still named", () => {
    const foreign = {
      ...failure("hook-failed", inEnglish("x"), {}, inEnglish("Do this.")),
      code: "brand-new" as FailureCode,
    };
    const { title } = catalogues["zh-CN"].failures.other;
    expect(onScreen(foreign, catalogues["zh-CN"])).toMatchObject({
      message: title,
      englishDetail: "x\nDo this.",
    });
    expect(describeFailure(foreign, catalogues.en).remedy).toBe("Do this.");
  });
});

describe("failures on a screen", () => {
  it.each(["ja", "zh-CN"] as const)("are in %s, with the engine's words behind them", (language) => {
    for (const code of failureCodes) {
      const { title, remedy } = catalogues[language].failures[code];
      expect(onScreen(failure(code, inEnglish("its own words")), catalogues[language])).toEqual({
        message: title,
        remedy,
        detail: null,
        englishDetail: "its own words",
      });
    }
  });

  it("name no option of the command line where they are in English, unless the place that failed does", () => {
    for (const code of failureCodes) {
      const { message, remedy } = onScreen(failure(code, inEnglish("what happened")), catalogues.en);
      expect(message).toBe("what happened");
      expect(remedy, code).not.toMatch(/ --[a-z]|`sma (job|cutover)/);
    }
    const particular = failure("hook-failed", inEnglish("x"), {}, inEnglish("Look under the table."));
    expect(onScreen(particular, catalogues.en).remedy).toBe("Look under the table.");
    expect(onScreen(particular, catalogues.ja).englishDetail).toBe("x\nLook under the table.");
  });

  it("are in the person's language to their details where the place that failed told them as data", () => {
    const silent = failure(
      "host-unreachable",
      told({ kind: "no-answer", host: "db-1", port: 22, seconds: 20 }),
      {},
      told({ kind: "open-ports" }),
    );
    expect(silent.message).toBe("db-1:22 did not answer within 20 s");
    const { detail, englishDetail, remedy } = onScreen(silent, catalogues.ja);
    expect(detail).toBe("db-1:22 から 20 秒以内に応答がありませんでした");
    expect(englishDetail).toBeNull();
    expect(remedy).toContain("ポート");
    expect(failureSchema.parse(JSON.parse(JSON.stringify(silent)))).toEqual(silent);
  });
});
