/**
 * The fleet as a CSV file: one source a row, the first row names the columns.
 *
 * | column | meaning |
 * |---|---|
 * | `name` | what the source is called in the report; unique; without it the bundle's file name or the host |
 * | `bundle` | path of its bundle, relative to the CSV file |
 * | `host` | host name or address of a live source |
 * | `user`, `port` | how to log in on `host` |
 * | `bandwidth_mbit` | what its link gives, in Mbit/s, for the estimate |
 *
 * A row has `bundle` or `host`. Fields are separated by commas, semicolons or tabs, quoted as in RFC 4180.
 */
import { fail, failure, ok, type Failure, type Result } from "../../common/result.ts";
import type { Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";

export const fleetColumns = ["name", "bundle", "host", "user", "port", "bandwidth_mbit"] as const;
export type FleetColumn = (typeof fleetColumns)[number];

export interface FleetRow {
  /** 1-based line of the file. */
  readonly line: number;
  readonly name: string;
  readonly bundle: string | null;
  readonly host: string | null;
  readonly user: string | null;
  readonly port: number | null;
  readonly bandwidthBytesPerSecond: number | null;
}

/** A row that cannot be used: the others can. */
export interface BadFleetRow {
  readonly line: number;
  readonly name: string;
  readonly failure: Failure;
}

const rowLimit = 100_000;

/** Parses the file. A wrong header fails as a whole; a wrong row is reported and the rest goes on. */
export function parseFleetCsv(
  text: string,
  file: string,
): Result<{ readonly rows: readonly FleetRow[]; readonly bad: readonly BadFleetRow[] }> {
  const records = parseCsvRecords(text.replace(/^\ufeff/, ""));
  const header = records[0];
  if (!header) return fail("input-invalid", told({ kind: "csv-empty", file }), { file, line: 1, field: "" });
  const columns = header.fields.map((field) => field.trim().toLowerCase());
  for (const [index, column] of columns.entries()) {
    const isKnown = fleetColumns.some((known) => known === column);
    if (isKnown && columns.indexOf(column) === index) continue;
    const why = isKnown ? told({ kind: "column-twice" }) : told({ kind: "column-unknown" });
    return fail(
      "input-invalid",
      told({
        kind: "csv-column-wrong",
        file,
        line: header.line,
        field: index + 1,
        column: column.slice(0, 60),
        why,
      }),
      { file, line: header.line, field: column.slice(0, 60) },
      told({ kind: "use-columns", columns: fleetColumns }),
    );
  }
  if (!columns.includes("bundle") && !columns.includes("host")) {
    return fail(
      "input-invalid",
      told({ kind: "csv-without-key-column", file, line: header.line }),
      { file, line: header.line, field: "bundle" },
      told({ kind: "use-columns", columns: fleetColumns }),
    );
  }
  if (records.length - 1 > rowLimit) {
    return fail("input-invalid", told({ kind: "csv-too-long", file, most: rowLimit }), {
      file,
      line: rowLimit,
      field: "",
    });
  }

  const rows: FleetRow[] = [];
  const bad: BadFleetRow[] = [];
  const seen = new Map<string, number>();
  for (const record of records.slice(1)) {
    const row = readRow(record, columns, file);
    if (!row.ok) {
      bad.push({ line: record.line, name: `${file}:${record.line}`, failure: row.failure });
      continue;
    }
    const duplicate = duplicateOf(row.value, seen);
    if (duplicate) {
      const { field, value, line } = duplicate;
      bad.push({
        line: record.line,
        name: row.value.name,
        failure: failure(
          "already-exists",
          told({ kind: "csv-value-twice", file, line: record.line, field, value, other: line }),
          { file, line: record.line, field },
          told({ kind: "remove-one-line" }),
        ),
      });
      continue;
    }
    rows.push(row.value);
  }
  return ok({ rows, bad });
}

function duplicateOf(
  row: FleetRow,
  seen: Map<string, number>,
): { readonly field: FleetColumn; readonly value: string; readonly line: number } | null {
  const keys = (["name", "bundle", "host"] as const).flatMap((field) => {
    const value = row[field];
    return value === null ? [] : [{ field, value, key: `${field}\u0000${value.toLowerCase()}` }];
  });
  for (const { field, value, key } of keys) {
    const line = seen.get(key);
    if (line !== undefined) return { field, value, line };
  }
  for (const { key } of keys) seen.set(key, row.line);
  return null;
}

/** One row of a CSV text. */
export interface CsvRecord {
  /** 1-based line on which it begins. */
  readonly line: number;
  readonly fields: readonly string[];
  /** A quote was not closed. */
  readonly isBroken: boolean;
}

function readRow(record: CsvRecord, columns: readonly string[], file: string): Result<FleetRow> {
  const { line } = record;
  const refuse = (field: string, why: Told): Result<FleetRow> =>
    fail("input-invalid", told({ kind: "csv-field-wrong", file, line, field, why }), { file, line, field });
  if (record.isBroken)
    return refuse(columns[record.fields.length - 1] ?? "", told({ kind: "quote-not-closed" }));
  if (record.fields.length > columns.length) {
    return refuse(
      String(columns.length + 1),
      told({ kind: "too-many-fields", count: record.fields.length, most: columns.length }),
    );
  }
  const value = (column: FleetColumn): string | null => {
    const text = record.fields[columns.indexOf(column)]?.trim() ?? "";
    return text === "" ? null : text;
  };
  const bundle = value("bundle");
  const host = value("host");
  if (bundle === null && host === null) return refuse("bundle", told({ kind: "neither-bundle-nor-host" }));
  if (bundle !== null && host !== null) return refuse("host", told({ kind: "bundle-and-host" }));
  const portText = value("port");
  const port = portText === null ? null : Number(portText);
  if (port !== null && !(Number.isInteger(port) && port >= 1 && port <= 65535)) {
    return refuse("port", told({ kind: "no-port-number", given: String(portText).slice(0, 40) }));
  }
  const mbitText = value("bandwidth_mbit");
  const mbit = mbitText === null ? null : Number(mbitText);
  if (mbit !== null && !(Number.isFinite(mbit) && mbit > 0)) {
    return refuse(
      "bandwidth_mbit",
      told({ kind: "no-positive-number", given: String(mbitText).slice(0, 40) }),
    );
  }
  return ok({
    line,
    name: value("name") ?? (bundle === null ? (host ?? "") : stemOf(bundle)),
    bundle,
    host,
    user: value("user"),
    port,
    bandwidthBytesPerSecond: mbit === null ? null : (mbit * 1_000_000) / 8,
  });
}

/** A path's last part without its ending. */
export function stemOf(path: string): string {
  const name = path.split(/[/\\]/).pop() ?? path;
  return name.replace(/(\.(sealed|json|txt|log|out))+$/i, "") || name;
}

/** RFC 4180 with any line ending; empty lines are skipped. */
export function parseCsvRecords(text: string): CsvRecord[] {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  const separator = [",", ";", "\t"].find((each) => firstLine.includes(each)) ?? ",";
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let field = "";
  let inQuotes = false;
  let line = 1;
  let recordLine = 1;
  const endRecord = (isBroken: boolean): void => {
    fields.push(field);
    if (fields.length > 1 || fields[0]?.trim() !== "") records.push({ line: recordLine, fields, isBroken });
    fields = [];
    field = "";
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === "\n") line++;
    if (inQuotes) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') {
        field += '"';
        at++;
      } else inQuotes = false;
    } else if (character === '"' && field === "") inQuotes = true;
    else if (character === separator) {
      fields.push(field);
      field = "";
    } else if (character === "\n" || character === "\r") {
      if (character === "\r" && text[at + 1] === "\n") {
        at++;
        line++;
      }
      endRecord(false);
      recordLine = line;
    } else field += character;
  }
  if (field !== "" || fields.length > 0 || inQuotes) endRecord(inQuotes);
  return records;
}
