import type { Remark, Told } from "../remark.ts";
import { english } from "./en/index.ts";
import { createFormats } from "./formats.ts";
import { describeRemark } from "./remark-texts.ts";

const englishFormats = createFormats("en", "UTC");

/** A remark with its English words, as it is kept and sent. */
export const told = (said: Remark): Told => ({
  what: describeRemark(said, english, englishFormats) ?? said.kind,
  said,
});

/** The same for a progress line. */
export function noted(said: Remark): { readonly note: string; readonly said: Remark } {
  return { note: told(said).what, said };
}
