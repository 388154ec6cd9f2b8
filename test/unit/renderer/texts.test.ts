import { describe, expect, it } from "vitest";
import { languages } from "../../../common/domain/report-text/catalogue.ts";
import { createScreenFormats } from "../../../renderer/texts/formats.ts";
import { textsOf } from "../../../renderer/texts/languages.ts";

/** Every text with its path; functions are asked with names for their parameters. */
function* textsIn(value: unknown, path: string): Generator<readonly [string, string]> {
  if (typeof value === "string") yield [path, value];
  else if (typeof value === "function") {
    const make = value as (...names: string[]) => string;
    yield [path, make("‹1›", "‹2›", "‹3›")];
  } else if (typeof value === "object" && value !== null)
    for (const [key, each] of Object.entries(value)) yield* textsIn(each, `${path}.${key}`);
}

describe("the texts of the screens", () => {
  it("are all there in every language, each with the same values in it", () => {
    const english = new Map(textsIn(textsOf.en, "en"));
    for (const language of languages) {
      for (const [path, text] of textsIn(textsOf[language], "en")) {
        expect(text.trim(), `${language} ${path}`).not.toBe("");
        const values = (of: string) => (of.match(/‹\d›/g) ?? []).toSorted();
        expect([...new Set(values(text))], `${language} ${path}`).toEqual([
          ...new Set(values(english.get(path) ?? "")),
        ]);
      }
    }
  });

  it("write figures as the language does, and never call something done that is not", () => {
    const english = createScreenFormats("en", "UTC");
    expect(english.percent(0.999)).toBe("99%");
    expect(english.percent(1)).toBe("100%");
    expect(english.stopwatch(3_725)).toBe("1:02:05");
    expect(english.rate(1024 * 1024)).toMatch(/^1\sMiB\/s$/);
    expect(english.ago(0, 5 * 60_000)).toMatch(/5 min/);
    expect(createScreenFormats("ja", "Asia/Tokyo").clock(0)).toBe("9:00:00");
  });
});
