import { wordTable } from "../word-table.ts";

/**
 * One pattern of rsync: `*` within a name, `**` across names, `?`, `[a-z]`, `[![:digit:]]`; a leading `/` binds it to
 * the root, a trailing `/` to directories, a trailing `/***` means a directory and all in it. Matching follows all
 * possibilities at once, so that no pattern, however hostile, takes more than length × length steps.
 */
type Token =
  | { readonly kind: "one"; accepts(char: string): boolean }
  | { readonly kind: "many"; readonly crossesNames: boolean };

export interface Glob {
  /** `path` without slashes at its ends. */
  matches(path: string, isDirectory: boolean): boolean;
}

export function compileGlob(pattern: string): Glob {
  const directoriesOnly = pattern.length > 1 && pattern.endsWith("/");
  const withoutEnd = directoriesOnly ? pattern.slice(0, -1) : pattern;
  const isAnchored = withoutEnd.startsWith("/");
  const body = isAnchored ? withoutEnd.slice(1) : withoutEnd;
  const hasWildcard = /[*?[]/.test(body);
  const crossesNames = body.includes("**");
  const wholeTree = body.endsWith("***");
  const tokens = hasWildcard ? readTokens(body) : [...body].map(literal);
  const namesOnly = !isAnchored && !body.includes("/") && !crossesNames;
  return {
    matches(path, isDirectory) {
      if (directoriesOnly && !isDirectory) return false;
      if (body === "") return false;
      if (namesOnly) return run(tokens, path.slice(path.lastIndexOf("/") + 1), false);
      // The directory itself counts as the first of what lies in it.
      const subject = wholeTree && isDirectory ? `${path}/` : path;
      if (isAnchored) return run(tokens, subject, false);
      // `**/x` matches at the root too.
      return run(tokens, subject, true) || (body.startsWith("**") && run(tokens, `/${subject}`, false));
    },
  };
}

const literal = (char: string): Token => ({ kind: "one", accepts: (other) => other === char });
const notSlash = (char: string): boolean => char !== "/";

function readTokens(body: string): Token[] {
  const chars = [...body];
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] as string;
    if (char === "*") {
      let stars = 1;
      while (chars[at + 1] === "*") {
        stars++;
        at++;
      }
      tokens.push({ kind: "many", crossesNames: stars > 1 });
    } else if (char === "?") {
      tokens.push({ kind: "one", accepts: notSlash });
    } else if (char === "[") {
      const set = readSet(chars, at + 1);
      // rsync: a set that is not closed matches nothing.
      if (set === null) return [{ kind: "one", accepts: () => false }];
      tokens.push({ kind: "one", accepts: set.accepts });
      at = set.end;
    } else if (char === "\\" && at + 1 < chars.length) {
      tokens.push(literal(chars[++at] as string));
    } else {
      tokens.push(literal(char));
    }
  }
  return tokens;
}

const characterClasses = wordTable<RegExp>({
  alnum: /[a-zA-Z0-9]/,
  alpha: /[a-zA-Z]/,
  blank: /[ \t]/,
  digit: /[0-9]/,
  lower: /[a-z]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /[A-Z]/,
  xdigit: /[0-9a-fA-F]/,
});

/** The set whose first character is at `start`; `end` is the closing bracket. Null where it is not closed. */
function readSet(
  chars: readonly string[],
  start: number,
): { readonly end: number; readonly accepts: (char: string) => boolean } | null {
  let at = start;
  const isNegated = chars[at] === "!" || chars[at] === "^";
  if (isNegated) at++;
  const first = at;
  const parts: ((char: string) => boolean)[] = [];
  const one = (): string => (chars[at] === "\\" ? chars[++at] : chars[at]) ?? "";
  for (; at < chars.length; at++) {
    if (chars[at] === "]" && at > first) {
      const accepts = (char: string): boolean =>
        char !== "/" && parts.some((part) => part(char)) !== isNegated;
      return { end: at, accepts };
    }
    if (chars[at] === "[" && chars[at + 1] === ":") {
      const close = chars.indexOf("]", at + 2);
      const named = characterClasses[chars.slice(at + 2, close - 1).join("")];
      if (close > 0 && chars[close - 1] === ":" && named !== undefined) {
        parts.push((char) => named.test(char));
        at = close;
        continue;
      }
    }
    const low = one();
    if (chars[at + 1] === "-" && at + 2 < chars.length && chars[at + 2] !== "]") {
      at += 2;
      const high = one();
      parts.push((char) => char >= low && char <= high);
    } else {
      parts.push((char) => char === low);
    }
  }
  return null;
}

/** Whether the tokens take all of `subject`, or, with `fromAnyName`, all of it from the start of some name on. */
function run(tokens: readonly Token[], subject: string, fromAnyName: boolean): boolean {
  let states = new Set<number>();
  /** A state, and those reached from it by letting stars match nothing. */
  const enter = (into: Set<number>, state: number): void => {
    for (let at = state; ; at++) {
      into.add(at);
      if (tokens[at]?.kind !== "many") return;
    }
  };
  enter(states, 0);
  for (const char of subject) {
    const next = new Set<number>();
    for (const state of states) {
      const token = tokens[state];
      if (token === undefined) continue;
      if (token.kind === "one") {
        if (token.accepts(char)) enter(next, state + 1);
      } else if (token.crossesNames || char !== "/") {
        enter(next, state);
      }
    }
    if (fromAnyName && char === "/") enter(next, 0);
    states = next;
  }
  return states.has(tokens.length);
}
