import type { Language } from "../../common/domain/report-text/catalogue.ts";
import type { Texts } from "./catalogue.ts";
import { english } from "./en/index.ts";
import { japanese } from "./ja/index.ts";
import { simplifiedChinese } from "./zh-cn/index.ts";

/** A language without texts does not compile. */
export const textsOf: Readonly<Record<Language, Texts>> = {
  en: english,
  ja: japanese,
  "zh-CN": simplifiedChinese,
};
