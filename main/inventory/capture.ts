import type { Evidence } from "../../common/domain/facts.ts";

/** Text read from a source, with the name of the file or command that it came from. */
export interface Capture {
  readonly source: string;
  readonly text: string;
}

export interface Line {
  /** 1-based. */
  readonly number: number;
  readonly text: string;
}

/** Lines looked at in one capture; what lies beyond is ignored, so that a hostile capture costs bounded time. */
const maxLines = 200_000;
/** Beyond any line that the tools known here write; keeps patterns that look back over a line cheap. */
const maxLineLength = 4096;
const maxEvidenceLength = 240;

/** The capture's lines without their endings (LF, CRLF or CR CR LF, as wmic writes through a pipe). */
export function linesOf(capture: Capture): readonly Line[] {
  const lines: Line[] = [];
  for (const text of capture.text.split(/\r{0,4}\n|\r/, maxLines))
    lines.push({ number: lines.length + 1, text: tamed(text) });
  return lines;
}

function tamed(text: string): string {
  if (text.length < 512) return text;
  return text.slice(0, maxLineLength).replace(/[ \t]{256,}/g, " ".repeat(256));
}

/** Quotes `line` of `capture`; without a line, the capture's first words. */
export function evidenceOf(capture: Capture, line: Line | null): Evidence {
  return {
    source: capture.source,
    line: line?.number ?? null,
    text: cut((line?.text ?? capture.text).trim()),
  };
}

/** Evidence for a record of a structured capture (JSON), which has no line of its own. */
export function evidenceOfRecord(capture: Capture, record: unknown): Evidence {
  return { source: capture.source, line: null, text: cut(JSON.stringify(record) ?? "") };
}

function cut(text: string): string {
  const flat = text.replace(/[\u0000-\u001f\u007f]+/g, " ");
  return flat.length > maxEvidenceLength ? `${flat.slice(0, maxEvidenceLength - 1)}…` : flat;
}

/** The text, trimmed, or null where nothing is left of it. */
export function textOrNull(text: string | undefined | null): string | null {
  const trimmed = text?.trim() ?? "";
  return trimmed === "" ? null : trimmed;
}

/** A whole number of at most 2^53, or null. */
export function countOrNull(text: string | number | undefined | null): number | null {
  if (typeof text === "number") return Number.isSafeInteger(text) && text >= 0 ? text : null;
  const digits = text?.trim() ?? "";
  if (!/^\d{1,16}$/.test(digits)) return null;
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : null;
}

/**
 * Finds the first JSON value in text that may begin with warnings, e.g. of lvm tools; undefined where there is none. Of
 * text that was cut short, what is whole of it.
 */
export function jsonIn(text: string): unknown {
  let attempts = 0;
  for (const match of text.matchAll(/^[ \t]{0,64}[[{]/gm)) {
    if (++attempts > 12) return undefined;
    const candidate = text.slice(match.index);
    try {
      return JSON.parse(candidate);
    } catch {
      const end = Math.max(candidate.lastIndexOf("}"), candidate.lastIndexOf("]"));
      try {
        return JSON.parse(candidate.slice(0, end + 1));
      } catch {
        const whole = wholePart(candidate);
        if (whole !== undefined) return whole;
      }
    }
  }
  return undefined;
}

/** True where text is JSON whose end is missing. */
export function isJsonCutShort(text: string): boolean {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return false;
  try {
    JSON.parse(trimmed);
    return false;
  } catch {
    return wholePart(trimmed) !== undefined;
  }
}

/** JSON up to the last value that is complete, its brackets closed; undefined where the text is no JSON up to there. */
export function wholePart(text: string): unknown {
  const closers: string[] = [];
  let kept: { readonly end: number; readonly closers: string } | null = null;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at++;
      else if (character === '"') inString = false;
      continue;
    }
    if (character === '"') inString = true;
    else if (character === "{" || character === "[") closers.push(character === "{" ? "}" : "]");
    else if (character === "}" || character === "]") {
      // Nested too deeply to be a tool's, or closed before its end: then it was not cut short.
      if (closers.pop() !== character || closers.length === 0 || closers.length > 64) return undefined;
      kept = { end: at + 1, closers: closers.toReversed().join("") };
    } else if (character === ",") kept = { end: at, closers: closers.toReversed().join("") };
  }
  if (kept === null) return undefined;
  try {
    return JSON.parse(text.slice(0, kept.end) + kept.closers);
  } catch {
    return undefined;
  }
}

/** A plain JSON object, or null. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}

/** The elements that are plain objects. */
export function objectsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) return [];
  const objects: Readonly<Record<string, unknown>>[] = [];
  for (const element of value as readonly unknown[]) {
    const object = objectOf(element);
    if (object) objects.push(object);
  }
  return objects;
}

/** Text of a JSON scalar; null for null, empty text and structures. */
export function scalarText(value: unknown): string | null {
  if (typeof value === "string") return textOrNull(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return null;
}
