import { describe, expect, it } from "vitest";
import { z } from "zod";
import { findingMessages, findingParameters } from "../../../../common/domain/finding-parameters.ts";
import { finding } from "../../../../common/domain/finding.ts";
import {
  languages,
  type FindingText,
  type Language,
} from "../../../../common/domain/report-text/catalogue.ts";
import { createFormats } from "../../../../common/domain/report-text/formats.ts";
import { catalogues, describeFinding } from "../../../../common/domain/report-text/languages.ts";

/** Values that fit a schema, in two shapes: something of everything, and as little as possible. */
function sample(schema: unknown, isFull: boolean): unknown {
  if (schema instanceof z.ZodObject) {
    return Object.fromEntries(
      Object.entries(schema.shape).map(([key, value]) => [key, sample(value, isFull)]),
    );
  }
  if (schema instanceof z.ZodNullable) return isFull ? sample(schema.unwrap(), isFull) : null;
  if (schema instanceof z.ZodArray) return isFull ? ["«first»", "«second»"] : [];
  if (schema instanceof z.ZodString) return "«name»";
  if (schema instanceof z.ZodNumber) return isFull ? 86_461 : 1;
  if (schema instanceof z.ZodBoolean) return isFull;
  throw new Error("a kind of parameter that this test does not know");
}

function wordsOf(text: FindingText): readonly string[] {
  const { title, outcome, remedy } = text;
  return [title, remedy, ...(typeof outcome === "string" ? [outcome] : [outcome.block, outcome.file])];
}

function describeIn(
  language: Language,
  message: (typeof findingMessages)[number],
  isFull: boolean,
): readonly string[] {
  const params = sample(findingParameters[message], isFull);
  const parsed = findingParameters[message].parse(params);
  const made = finding(message, {
    severity: "info",
    subject: { kind: "system", name: "" },
    effects: "unknown",
    evidence: [],
    params: parsed as never,
  });
  return wordsOf(describeFinding(made, catalogues[language], createFormats(language, "UTC")));
}

const every = languages.flatMap((language) => findingMessages.map((message) => [language, message] as const));

describe("finding texts", () => {
  it.each(every)("in %s say %s in whole sentences whatever the parameters", (language, message) => {
    for (const isFull of [true, false]) {
      for (const words of describeIn(language, message, isFull)) {
        expect(words.trim()).not.toBe("");
        expect(words).not.toMatch(/undefined|null|NaN|\[object|\$\{|  |\(\)|（）/);
        expect((words.match(/`/g) ?? []).length % 2, "back quotes come in pairs").toBe(0);
      }
    }
  });

  it.each(findingMessages)("translate %s", (message) => {
    const [english, japanese, chinese] = languages.map((language) =>
      describeIn(language, message, true).join(" "),
    );
    expect(japanese).not.toBe(english);
    expect(chinese).not.toBe(english);
    expect(japanese, "kana").toMatch(/[\u3040-\u30ff]/);
    expect(chinese, "han").toMatch(/[\u4e00-\u9fff]/);
    expect(chinese, "no kana").not.toMatch(/[\u3040-\u30ff]/);
  });

  it.each(every)("in %s name what %s is about", (language, message) => {
    if (!("shape" in findingParameters[message])) throw new Error("no shape");
    const hasName = Object.values(findingParameters[message].shape).some(
      (field) => field instanceof z.ZodString,
    );
    if (hasName) expect(describeIn(language, message, true).join(" ")).toContain("«name»");
  });
});

describe("formats", () => {
  const { bytes, duration, dateTime } = createFormats("en", "UTC");

  it("write sizes in binary units with no more digits than help", () => {
    expect([0, 1023, 1024, 1536, 1_048_575, 107_374_182_400].map(bytes)).toEqual([
      "0\u00a0B",
      "1,023\u00a0B",
      "1\u00a0KiB",
      "1.5\u00a0KiB",
      "1\u00a0MiB",
      "100\u00a0GiB",
    ]);
  });

  it("write durations in at most two units without ever reaching the next one", () => {
    expect([0, 59, 59.9, 3_599, 3_600, 86_399, 90_061].map(duration)).toEqual([
      "0 sec",
      "59 sec",
      "1 min",
      "1 hr",
      "1 hr",
      "1 day",
      "1 day 1 hr",
    ]);
  });

  it("follow the language and the time zone", () => {
    expect(createFormats("ja", "Asia/Tokyo").dateTime(0)).toContain("1970/01/01 9:00");
    expect(createFormats("zh-CN", "Asia/Shanghai").duration(7_260)).toBe("2小时 1分钟");
    expect(dateTime(0)).toMatch(/Jan 1, 1970.*UTC/);
  });
});
