import { describe, expect, it } from "vitest";
import { noteSchema, remarkSchemas, type Remark, type RemarkKind } from "../../../common/domain/remark.ts";
import { languages } from "../../../common/domain/report-text/catalogue.ts";
import { createFormats } from "../../../common/domain/report-text/formats.ts";
import { catalogues } from "../../../common/domain/report-text/languages.ts";
import { describeRemark } from "../../../common/domain/report-text/remark-texts.ts";
import { told } from "../../../common/domain/report-text/told.ts";

const [one, two] = ["‹one›", "‹two›"];
const inner = told({ kind: "no-grub-install" });

/** Every field of a schema with something to recognise in it; of a choice, every choice. */
function samplesOf(kind: RemarkKind): Remark[] {
  const shape = (remarkSchemas[kind] as { shape?: Record<string, { def: Def }> }).shape ?? {};
  let all: Record<string, unknown>[] = [{}];
  for (const [field, { def }] of Object.entries(shape)) {
    all = all.flatMap((sample) => valuesOf(def).map((value) => ({ ...sample, [field]: value })));
  }
  return all.map((parameters) => ({ kind, ...parameters }) as Remark);
}

interface Def {
  readonly type: string;
  readonly entries?: Readonly<Record<string, string>>;
  readonly innerType?: { def: Def };
  readonly element?: { def: Def };
}

function valuesOf(def: Def): unknown[] {
  switch (def.type) {
    case "string":
      return [one];
    case "readonly":
      return def.innerType === undefined ? [] : valuesOf(def.innerType.def);
    case "array":
      return [def.element?.def.type === "object" ? [inner] : [one, two]];
    case "number":
      return [3];
    case "boolean":
      return [true, false];
    case "enum":
      return Object.values(def.entries ?? {});
    case "nullable":
      return [null, ...(def.innerType === undefined ? [] : valuesOf(def.innerType.def))];
    case "object":
      return [inner];
    default:
      throw new Error(`a remark has a field of an unexpected type: ${def.type}`);
  }
}

const kinds = Object.keys(remarkSchemas) as RemarkKind[];
const samples = kinds.flatMap(samplesOf);
const textually = new Set<string>(["tool-said"]);
/** A field and what is wrong with it, say: all their words are those of their parameters. */
const purelyData = new Set<string>(["field-wrong"]);
/** Four words of small letters in a row. */
const englishSentence = /\b[a-z]{2,} [a-z]{2,} [a-z]{2,} [a-z]{2,}/;
const withoutCommands = (text: string | null) => text?.replaceAll(/`[^`]*`/g, "");

describe("remarks", () => {
  it.each(languages)("of every kind have words in %s, with all in them that they tell", (language) => {
    const format = createFormats(language, "UTC");
    for (const remark of samples) {
      const text = describeRemark(remark, catalogues[language], format);
      const about = JSON.stringify(remark);
      expect(text, about).not.toBeNull();
      expect(text, about).not.toMatch(/undefined|null|NaN|\[object/);
      for (const value of Object.values(remark).flat()) {
        // Some signs and steps say by themselves all that there is to say, and a failure's code becomes its title.
        if (["boot-sign", "cutover-step", "drill-failed"].includes(remark.kind)) continue;
        if (value === one || value === two) expect(text, about).toContain(value);
      }
      if (Object.values(remark).flat().includes(inner))
        expect(text, about).toContain(describeRemark(inner.said, catalogues[language], format) ?? "");
      if (language !== "en" && !textually.has(remark.kind)) {
        if (!purelyData.has(remark.kind)) expect(text, about).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
        expect(withoutCommands(text), about).not.toMatch(englishSentence);
      }
    }
  });

  it("keep their English words beside the data", () => {
    expect(
      told({ kind: "fstab-name", device: "/dev/sda1", mountPoint: "/", name: "UUID=1", type: null }),
    ).toEqual({
      what: "/dev/sda1 for / is UUID=1 in fstab now",
      said: { kind: "fstab-name", device: "/dev/sda1", mountPoint: "/", name: "UUID=1", type: null },
    });
  });

  it("of another version, or with parameters that are not theirs, are nobody's words", () => {
    const format = createFormats("ja", "UTC");
    const said = [{ kind: "brand-new" }, { kind: "fstab-name", device: 7 }, { kind: "toString" }, undefined];
    expect(said.map((remark) => describeRemark(remark, catalogues.ja, format))).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it("are read from records that have a bare sentence", () => {
    expect(noteSchema.parse("a sentence")).toEqual({ what: "a sentence" });
  });
});
