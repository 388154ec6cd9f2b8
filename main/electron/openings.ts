/** What the desktop asks to be opened: by a program's arguments, a second start, a link, or a file. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { linkScheme, placeOfLink } from "./deep-link.ts";

export const bundleEnding = ".sma-bundle";

export type Opening =
  { readonly kind: "place"; readonly place: string } | { readonly kind: "bundle"; readonly path: string };

/** Desktops name a file by its path, or by a `file:` address. Null: it is no bundle of this machine. */
function bundlePath(word: string, workingDirectory: string): string | null {
  if (!word.toLowerCase().endsWith(bundleEnding) || word.startsWith("-")) return null;
  if (!/^file:/i.test(word)) return resolve(workingDirectory, word);
  try {
    return fileURLToPath(word);
  } catch {
    return null;
  }
}

/** In the order in which they were named; a word that means nothing here is passed over. */
export function openingsIn(words: readonly string[], workingDirectory: string): Opening[] {
  return words.flatMap((word): Opening[] => {
    if (word.startsWith(`${linkScheme}://`)) {
      const place = placeOfLink(word);
      return place === null ? [] : [{ kind: "place", place }];
    }
    const path = bundlePath(word, workingDirectory);
    return path === null ? [] : [{ kind: "bundle", path }];
  });
}
