import type { Capture, Line } from "../capture.ts";
import { linesOf } from "../capture.ts";

export interface OsRelease {
  readonly capture: Capture;
  /** Keys as written, values unquoted. */
  readonly fields: ReadonlyMap<string, string>;
  lineOf(key: string): Line | null;
}

/** os-release and lsb-release: shell assignments (os-release(5)). Lines that are none are skipped. */
export function parseAssignments(capture: Capture): OsRelease {
  const fields = new Map<string, string>();
  const lines = new Map<string, Line>();
  for (const line of linesOf(capture)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line.text);
    if (!match) continue;
    const key = match[1] ?? "";
    fields.set(key, unquote(match[2] ?? ""));
    lines.set(key, line);
  }
  return { capture, fields, lineOf: (key) => lines.get(key) ?? null };
}

function unquote(text: string): string {
  const quoted = /^(["'])(.*?)\1(?:\s*(?:#.*)?)$/.exec(text);
  // A shell ends an unquoted value at a blank; systems that forget the quotes mean the whole line all the same.
  if (!quoted)
    return text
      .replace(/\s+#.*$/, "")
      .replace(/^["']|["']$/g, "")
      .trim();
  const inner = quoted[2] ?? "";
  return (quoted[1] === '"' ? inner.replace(/\\(["\\$`])/g, "$1") : inner).trim();
}
