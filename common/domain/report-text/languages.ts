import type { Catalogue, FindingText, FindingTexts, Formats, Language } from "./catalogue.ts";
import type { FindingCode, FindingMessage, FindingParameters } from "../finding-parameters.ts";
import type { Finding } from "../finding.ts";
import { english } from "./en/index.ts";
import { japanese } from "./ja/index.ts";
import { simplifiedChinese } from "./zh-cn/index.ts";

/** Every language that a report can be written in; a language without a catalogue does not compile. */
export const catalogues: Readonly<Record<Language, Catalogue>> = {
  en: english,
  ja: japanese,
  "zh-CN": simplifiedChinese,
};

/** A finding in words. */
export function describeFinding(finding: Finding, catalogue: Catalogue, format: Formats): FindingText {
  return textOf(catalogue.findings, finding.message, finding.params, format);
}

/** A finding's short name; its code where an assessment of another version has one that is not known here. */
export function findingNameIn(names: Catalogue["findingNames"], code: string): string {
  return Object.hasOwn(names, code) ? names[code as FindingCode] : code;
}

function textOf<M extends FindingMessage>(
  texts: FindingTexts<M>,
  message: M,
  params: FindingParameters[M],
  format: Formats,
): FindingText {
  return texts[message](params, format);
}
