/**
 * Where the entries lie that a pattern of an exclude list may leave out, so that they can be counted before anything is
 * copied without walking a whole volume for a pattern that is about one directory. What is found this way is more than
 * the pattern matches: the list itself decides. Pure.
 */

/** Paths are relative to the volume's root, without slashes at their ends; `` is the root itself. */
export interface PatternSearch {
  readonly start: string;
  /** How many names below `start` the entries are; `most` null: any number. 0: `start` itself. */
  readonly least: number;
  readonly most: number | null;
  /** What `find -path` wants of what follows `start`, such as `/*.deb`; null: everything. */
  readonly pathGlob: string | null;
}

const wildcard = /[*?[]/;

export function searchOf(pattern: string): PatternSearch {
  const body = pattern.replace(/(?<=.)\/+$/, "");
  const names = body.split("/").filter((name) => name !== "");
  const hasWildcard = wildcard.test(body);
  if (!body.startsWith("/")) {
    // Anywhere in the volume.
    const glob = hasWildcard ? findGlob(names.join("/")) : escaped(names.join("/"));
    return { start: "", least: 1, most: null, pathGlob: `*/${glob.replace(/^\*\//, "*")}` };
  }
  if (!hasWildcard) return { start: names.join("/"), least: 0, most: 0, pathGlob: null };
  const literal = names.findIndex((name) => /[*?[\\]/.test(name));
  const rest = names.slice(literal);
  const glob = findGlob(rest.join("/"));
  const crossesNames = rest.some((name) => name.includes("**"));
  return {
    start: names.slice(0, literal).join("/"),
    // A directory counts to what `***` finds in it.
    least: rest[0] === "***" ? 0 : crossesNames ? 1 : rest.length,
    most: crossesNames ? null : rest.length,
    pathGlob: glob === "*" ? null : `/${glob}`,
  };
}

/** The whole glob for a volume that is mounted at `root` (`` for /). */
export function findGlobOf(root: string, pattern: string): string {
  const { start, pathGlob } = searchOf(pattern);
  const base = start === "" ? root : `${root}/${start}`;
  return pathGlob === null ? "*" : `${escaped(base)}${pathGlob}`;
}

/** A glob of `find -path`, whose stars cross names, that matches all that rsync's does and perhaps more. */
function findGlob(pattern: string): string {
  // Sets and escapes are told in other words there: from them on, anything.
  const plain = /^[^[\\]*/.exec(pattern)?.[0] ?? "";
  const open = plain === pattern ? plain : `${plain}*`;
  return open.replace(/\/\*{3}$/, "*").replaceAll(/\*+/g, "*");
}

const escaped = (path: string): string => path.replaceAll(/[\\*?[\]]/g, "\\$&");
