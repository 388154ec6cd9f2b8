import { languages, type Language } from "./catalogue.ts";

/** The first of the person's languages that there are texts in. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const exact = languages.find((language) => language.toLowerCase() === tag.toLowerCase());
    const near = languages.find((language) => language.split("-")[0] === tag.split("-")[0]?.toLowerCase());
    if (exact ?? near) return exact ?? near ?? "en";
  }
  return "en";
}
