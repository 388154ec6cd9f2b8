/**
 * What file replication leaves out: lists in the words of rsync's `--exclude-from`, first match decides. Only the
 * pattern language is here; walking a tree is the caller's. A path is relative to the root of the volume that the
 * list is for, with `/` between names.
 */
import { fail, ok, type Result } from "../result.ts";
import type { Told } from "./remark.ts";
import { told } from "./report-text/told.ts";
import { compileGlob, type Glob } from "./exclude-glob.ts";

export interface ExcludeRule {
  /** 1-based line in the list. */
  readonly line: number;
  readonly pattern: string;
  /** False for `+` lines, which keep what a later line would leave out. */
  readonly isExclude: boolean;
  readonly glob: Glob;
}

export interface ExcludeList {
  readonly rules: readonly ExcludeRule[];
  readonly ignoresCase: boolean;
}

export interface ExcludeListOptions {
  /** For volumes of Windows, where rsync's own comparison would miss `PAGEFILE.SYS`. */
  readonly ignoresCase: boolean;
  /** For messages. */
  readonly fileName: string;
}

export type EntryKind = "file" | "directory";

const maximumPatternLength = 4096;
const maximumRules = 10_000;

/**
 * Reads a list. As rsync does: blank lines and lines that begin with `#` or `;` say nothing, `- ` and `+ ` before a
 * pattern exclude and include, `!` alone forgets the lines above it, blanks at a line's end belong to the pattern.
 * Every other line is a pattern: the long forms of rsync's filter rules mean nothing in such a list.
 */
export function parseExcludeList(text: string, options: ExcludeListOptions): Result<ExcludeList> {
  const bad = (line: number, why: Told) =>
    fail("input-invalid", told({ kind: "exclude-line-wrong", file: options.fileName, line, why }), {
      file: options.fileName,
      line,
      field: "pattern",
    });
  let rules: ExcludeRule[] = [];
  for (const [index, content] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = index + 1;
    if (content.trim() === "" || /^[#;]/.test(content)) continue;
    if (content === "!") {
      rules = [];
      continue;
    }
    const prefix = /^[-+] /.exec(content)?.[0];
    const pattern = content.slice(prefix?.length ?? 0);
    if (pattern === "") return bad(line, told({ kind: "pattern-missing" }));
    if (pattern.length > maximumPatternLength)
      return bad(line, told({ kind: "pattern-too-long", most: maximumPatternLength }));
    if (pattern.includes("\0")) return bad(line, told({ kind: "pattern-with-nul" }));
    if (rules.length === maximumRules)
      return bad(line, told({ kind: "too-many-patterns", most: maximumRules }));
    rules.push({
      line,
      pattern,
      isExclude: prefix !== "+ ",
      glob: compileGlob(options.ignoresCase ? pattern.toLowerCase() : pattern),
    });
  }
  return ok({ rules, ignoresCase: options.ignoresCase });
}

/** The rule that decides about this entry alone, whatever becomes of the directories above it. */
export function decidingRule(list: ExcludeList, path: string, kind: EntryKind): ExcludeRule | null {
  const plain = path.replace(/^\/+|\/+$/g, "");
  if (plain === "") return null;
  const name = list.ignoresCase ? plain.toLowerCase() : plain;
  return list.rules.find(({ glob }) => glob.matches(name, kind === "directory")) ?? null;
}

/**
 * The rule by which an entry is left out, or null where it is copied. What lies in a directory that is left out is
 * never looked at, so no `+` line brings it back.
 */
export function excludedBy(list: ExcludeList, path: string, kind: EntryKind): ExcludeRule | null {
  const names = path.split("/").filter((name) => name !== "");
  for (let depth = 1; depth <= names.length; depth++) {
    const isLast = depth === names.length;
    const rule = decidingRule(list, names.slice(0, depth).join("/"), isLast ? kind : "directory");
    if (rule?.isExclude === true) return rule;
  }
  return null;
}

/** Where an SMC client keeps the list of a volume: `dataDisk` counts from 1, null is the system's own. */
export function excludeListName(family: "linux" | "windows", dataDisk: number | null): string {
  const system = family === "windows" ? "win" : "linux";
  return `rsync_excludes_${system}${dataDisk === null ? "" : `_disk${dataDisk}`}.txt`;
}

/**
 * The line that leaves out exactly one path as its system writes it. `volumeRoot` is where the volume is mounted
 * (`/mnt/data`, `D:`), null for the system's own. Characters that a pattern gives a meaning lose it.
 */
export function excludeLine(
  entry: {
    readonly path: string;
    readonly kind: EntryKind;
    readonly family: "linux" | "windows";
  },
  volumeRoot: string | null,
): Result<string> {
  const isWindows = entry.family === "windows";
  const slashed = (path: string): string => (isWindows ? path.replaceAll("\\", "/") : path);
  const root = slashed(volumeRoot ?? (isWindows ? "C:" : "")).replace(/\/+$/, "");
  const path = slashed(entry.path).replace(/\/+$/, "");
  const same = (text: string): string => (isWindows ? text.toLowerCase() : text);
  if (!same(path).startsWith(`${same(root)}/`))
    return fail("input-invalid", told({ kind: "not-on-volume", path: entry.path }), {
      field: "path",
    });
  const within = path.slice(root.length);
  if (/[\r\n\0]/.test(within))
    return fail("input-invalid", told({ kind: "path-with-line-break" }), {
      field: "path",
    });
  // Without a wildcard a backslash is an ordinary character, with one it escapes.
  const escaped = /[*?[]/.test(within) ? within.replace(/[\\*?[]/g, (each) => `\\${each}`) : within;
  return ok(entry.kind === "directory" ? `${escaped}/` : escaped);
}
