import type { Evidence } from "../../../common/domain/facts.ts";
import { type Capture, type Line, evidenceOf, jsonIn, linesOf, objectsIn } from "../capture.ts";

/** One object that a Windows tool printed. Keys are lower case, values as printed and trimmed. */
export interface WindowsRecord {
  readonly values: ReadonlyMap<string, string>;
  readonly evidence: Evidence;
}

const maxRecords = 50_000;

/**
 * Objects from what WMI and PowerShell print, whatever way: JSON, CSV, `KEY=value` (wmic /value, .wmi captures),
 * `Key : value` (Format-List), tables (Format-Table, wmic's default) and wmic's rawxml.
 */
export function parseRecords(capture: Capture): readonly WindowsRecord[] {
  const text = capture.text;
  if (/^\s*[[{]/.test(text)) {
    const records = fromJson(capture);
    if (records.length > 0) return records;
  }
  if (/<PROPERTY NAME="/i.test(text)) return fromXml(capture);
  const lines = linesOf(capture);
  if (lines.some((line) => /^\s*[A-Za-z_]\w*=/.test(line.text)))
    return fromPairs(capture, lines, /^\s*([A-Za-z_]\w*)=(.*)$/);
  if (lines.some((line) => /^[A-Za-z_]\w*\s+: ?/.test(line.text)))
    return fromPairs(capture, lines, /^([A-Za-z_]\w*)\s*:(.*)$/);
  const csv = fromCsv(capture, lines);
  return csv.length > 0 ? csv : fromTable(capture, lines);
}

function fromJson(capture: Capture): readonly WindowsRecord[] {
  const value = jsonIn(capture.text);
  const list = Array.isArray(value) ? value : [value];
  return objectsIn(list)
    .slice(0, maxRecords)
    .map((object) => {
      const values = new Map<string, string>();
      for (const [key, member] of Object.entries(object)) {
        const text = jsonText(member);
        if (text !== null) values.set(key.toLowerCase(), text);
      }
      return {
        values,
        evidence: { source: capture.source, line: null, text: JSON.stringify(object).slice(0, 240) },
      };
    });
}

/** Scalars as text, lists joined by commas; PowerShell's own wrappers of dates and enumerations are opened. */
function jsonText(value: unknown): string | null {
  if (typeof value === "string") return value.trim();
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) {
    const parts = (value as readonly unknown[]).map(jsonText).filter((part): part is string => part !== null);
    return parts.join(",");
  }
  if (typeof value === "object" && value !== null && "value" in value) return jsonText(value.value);
  return null;
}

function fromXml(capture: Capture): readonly WindowsRecord[] {
  const records: WindowsRecord[] = [];
  for (const instance of capture.text.split(/<INSTANCE\b/i).slice(1, maxRecords)) {
    const values = new Map<string, string>();
    for (const match of instance.matchAll(/<PROPERTY NAME="([^"]+)"[^>]*>\s*<VALUE>([^<]*)<\/VALUE>/gi)) {
      values.set((match[1] ?? "").toLowerCase(), decodeXml(match[2] ?? "").trim());
    }
    if (values.size > 0)
      records.push({
        values,
        evidence: {
          source: capture.source,
          line: null,
          text: [...values]
            .slice(0, 4)
            .map(([key, text]) => `${key}=${text}`)
            .join(" ")
            .slice(0, 240),
        },
      });
  }
  return records;
}

function decodeXml(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}

/** A blank line, or a key that comes again, begins the next object. */
function fromPairs(capture: Capture, lines: readonly Line[], pattern: RegExp): readonly WindowsRecord[] {
  const records: WindowsRecord[] = [];
  let values = new Map<string, string>();
  let first: Line | null = null;
  let lastKey: string | null = null;
  const flush = (): void => {
    if (values.size > 0 && first && records.length < maxRecords)
      records.push({ values, evidence: evidenceOf(capture, first) });
    values = new Map();
    first = null;
    lastKey = null;
  };
  for (const line of lines) {
    const match = pattern.exec(line.text);
    if (match) {
      const key = (match[1] ?? "").toLowerCase();
      if (values.has(key)) flush();
      values.set(key, (match[2] ?? "").trim());
      if (first === null || /^(caption|deviceid|name)$/.test(key)) first = line;
      lastKey = key;
    } else if (line.text.trim() === "") flush();
    // Format-List breaks long values and indents the rest.
    else if (lastKey !== null && /^\s{4,}\S/.test(line.text))
      values.set(lastKey, `${values.get(lastKey) ?? ""}${line.text.trim()}`);
  }
  flush();
  return records;
}

function fromCsv(capture: Capture, lines: readonly Line[]): readonly WindowsRecord[] {
  const rows = lines.filter((line) => line.text.trim() !== "" && !line.text.startsWith("#TYPE"));
  const header = rows[0];
  if (!header || !header.text.includes(",")) return [];
  const names = splitCsv(header.text);
  if (names.length < 2 || !names.every((name) => /^[A-Za-z_][\w .]*$/.test(name))) return [];
  return rows.slice(1, maxRecords).flatMap((line) => {
    const cells = splitCsv(line.text);
    if (cells.length !== names.length) return [];
    return [
      {
        values: new Map(names.map((name, index) => [name.toLowerCase(), cells[index] ?? ""] as const)),
        evidence: evidenceOf(capture, line),
      },
    ];
  });
}

/** One line of CSV (RFC 4180); quotes protect commas. */
export function splitCsv(text: string): readonly string[] {
  const cells: string[] = [];
  for (const match of text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g))
    cells.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? "").trim());
  return cells;
}

/** Width of text on a console: East Asian wide characters take two columns. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text)
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
        character,
      )
        ? 2
        : 1;
  return width;
}

/** The part of `text` between two console columns. */
export function consoleSlice(text: string, start: number, end: number): string {
  let column = 0;
  let slice = "";
  for (const character of text) {
    if (column >= start && column < end) slice += character;
    column += displayWidth(character);
  }
  return slice.trim();
}

export interface Column {
  readonly start: number;
  /** Where the next column begins; Infinity for the last. */
  readonly end: number;
}

/** Columns as a line of dashes under a heading draws them; null where the line is none. */
export function ruledColumns(text: string): readonly Column[] | null {
  if (!/^\s*-{2,}(\s+-{2,})+\s*$/.test(text)) return null;
  const starts = [...text.matchAll(/-+/g)].map((match) => match.index);
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? Infinity }));
}

/** Format-Table (headings over dashes) and wmic's default table (headings flush left, two blanks apart). */
function fromTable(capture: Capture, lines: readonly Line[]): readonly WindowsRecord[] {
  const ruleIndex = lines.findIndex((line) => ruledColumns(line.text) !== null);
  const rule = lines[ruleIndex];
  const headerIndex = rule
    ? ruleIndex - 1
    : lines.findIndex((line) => /^[A-Z]\w+( {2,}[A-Z]\w+)+\s*$/.test(line.text));
  const header = lines[headerIndex];
  if (!header) return [];
  const columns = rule
    ? (ruledColumns(rule.text) ?? [])
    : [...header.text.matchAll(/\S+\s*/g)].map((match) => ({
        start: match.index,
        end: match.index + match[0].length,
      }));
  // A heading that is too long for its column goes on in the next line: `Partition` over `Style`.
  const above = rule ? (lines[headerIndex - 1]?.text ?? "") : "";
  const names = columns.map((column) =>
    [above, header.text]
      .map((text) => consoleSlice(text, column.start, column.end))
      .join("")
      .replaceAll(" ", "")
      .toLowerCase(),
  );
  return lines.slice((rule ? ruleIndex : headerIndex) + 1, maxRecords).flatMap((line) => {
    if (line.text.trim() === "") return [];
    const values = new Map(
      columns.map(
        (column, index) => [names[index] ?? "", consoleSlice(line.text, column.start, column.end)] as const,
      ),
    );
    return [{ values, evidence: evidenceOf(capture, line) }];
  });
}

/** A value that says something. */
export function valueOf(record: WindowsRecord, ...keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = record.values.get(key);
    if (value !== undefined && value !== "" && value.toLowerCase() !== "null") return value;
  }
  return null;
}

export function numberOf(record: WindowsRecord, ...keys: readonly string[]): number | null {
  const text = valueOf(record, ...keys);
  if (text === null || !/^-?\d+(\.\d+)?$/.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

export function flagOf(record: WindowsRecord, ...keys: readonly string[]): boolean | null {
  const text = valueOf(record, ...keys)?.toLowerCase();
  if (text === "true" || text === "1") return true;
  return text === "false" || text === "0" ? false : null;
}
