/** The forms in which LVM's tools print the same: tables, JSON, name='value', colons, long texts. */
import type { Evidence } from "../../../common/domain/facts.ts";
import { wordTable } from "../../../common/word-table.ts";
import {
  type Capture,
  evidenceOf,
  evidenceOfRecord,
  jsonIn,
  linesOf,
  objectOf,
  objectsIn,
  scalarText,
} from "../capture.ts";

/** A row of pvs, vgs or lvs in whatever form, keyed by LVM's field names (`pv_name`, `vg_free` …). */
export interface Row {
  readonly fields: ReadonlyMap<string, string>;
  readonly evidence: Evidence;
}

/** Rows of whatever form the text has; `args` tell the columns where it does not. */
export function rowsOf(capture: Capture, tool: string, args: readonly string[]): readonly Row[] {
  const told = [...rowsFromJson(capture), ...rowsFromPrefixes(capture), ...rowsFromDisplay(capture)];
  if (told.length > 0) return told;
  const colons = rowsFromColons(capture, tool);
  return colons.length > 0 ? colons : [...rowsFromTable(capture, tool, args), ...rowsFromScan(capture)];
}

function rowsFromJson(capture: Capture): Row[] {
  const root = objectOf(jsonIn(capture.text));
  const rows: Row[] = [];
  for (const report of objectsIn(root?.["report"])) {
    const groupName = scalarText(objectsIn(report["vg"])[0]?.["vg_name"]);
    for (const kind of ["pv", "vg", "lv"]) {
      for (const record of objectsIn(report[kind])) {
        const fields = new Map(
          Object.entries(record).flatMap(([key, value]) =>
            typeof value === "string" || typeof value === "number" ? [[key, String(value)] as const] : [],
          ),
        );
        if (kind !== "vg" && groupName !== null && !fields.has("vg_name")) fields.set("vg_name", groupName);
        rows.push({ fields, evidence: evidenceOfRecord(capture, record) });
      }
    }
  }
  return rows;
}

function rowsFromPrefixes(capture: Capture): Row[] {
  return linesOf(capture).flatMap((line) => {
    const pairs = [...line.text.matchAll(/LVM2_([A-Z_]+)='([^']*)'/g)];
    if (pairs.length === 0) return [];
    const fields = new Map(
      pairs.map((pair) => [(pair[1] ?? "").toLowerCase(), (pair[2] ?? "").trim()] as const),
    );
    return [{ fields, evidence: evidenceOf(capture, line) }];
  });
}

/** `pvdisplay -c`, `vgdisplay -c` and `lvdisplay -c`: the first fields of lines that are told apart by their tool. */
function rowsFromColons(capture: Capture, tool: string): Row[] {
  return linesOf(capture).flatMap((line) => {
    const parts = line.text.trim().split(":");
    const [first = "", second = ""] = parts;
    const fields = new Map<string, string>();
    if (tool === "pvdisplay" && first.startsWith("/dev/") && parts.length >= 11) {
      fields.set("pv_name", first).set("pv_fmt", "lvm2");
      if (!second.startsWith("#")) fields.set("vg_name", second);
    } else if (tool === "vgdisplay" && parts.length >= 16) {
      fields.set("vg_name", first);
    } else if (tool === "lvdisplay" && first.startsWith("/dev/") && parts.length >= 13) {
      fields.set("lv_name", first.split("/").at(-1) ?? first).set("vg_name", second);
      // Sectors of 512 bytes.
      if (/^\d+$/.test(parts[6] ?? "")) fields.set("lv_size", String(Number(parts[6]) * 512));
    }
    return fields.size === 0 ? [] : [{ fields, evidence: evidenceOf(capture, line) }];
  });
}

/** Headings of tables to field names. */
const headings = wordTable<string>({
  PV: "pv_name",
  VG: "vg_name",
  LV: "lv_name",
  Fmt: "pv_fmt",
  PSize: "pv_size",
  PFree: "pv_free",
  DevSize: "dev_size",
  "PV UUID": "pv_uuid",
  "VG UUID": "vg_uuid",
  "LV UUID": "lv_uuid",
  VSize: "vg_size",
  VFree: "vg_free",
  LSize: "lv_size",
  Devices: "devices",
  Type: "segtype",
});

const defaultColumns = wordTable<readonly string[]>({
  pvs: ["pv_name", "vg_name", "pv_fmt", "pv_attr", "pv_size", "pv_free"],
  vgs: ["vg_name", "pv_count", "lv_count", "snap_count", "vg_attr", "vg_size", "vg_free"],
  lvs: ["lv_name", "vg_name", "lv_attr", "lv_size"],
});

function rowsFromTable(capture: Capture, tool: string, args: readonly string[]): Row[] {
  const lines = linesOf(capture);
  const separator = argumentOf(args, "--separator");
  const headerIndex = lines.findIndex((line) =>
    /^\s*(PV|VG|LV)\b.*\b(Attr|Fmt|PSize|VSize|LSize|VG|#PV|PV UUID)\b/.test(line.text),
  );
  const columns = columnsOf(tool, args);
  const body = lines.slice(headerIndex + 1);
  const header = lines[headerIndex];
  return body.flatMap((line) => {
    // Before 2.02.106 a lost physical volume was called so in two words.
    const text = line.text.replace(/^(\s*)unknown device\b/, "$1[unknown]     ");
    if (
      text.trim() === "" ||
      /^\s*(WARNING|File descriptor|Error|Couldn't|No |Failed|Skipping|Found duplicate|\S+: )/.test(text)
    )
      return [];
    const fields =
      separator !== null
        ? bySeparator(text, separator, columns)
        : header
          ? byHeader(text, header.text, tool)
          : byWords(text, columns);
    return fields.size === 0 ? [] : [{ fields, evidence: evidenceOf(capture, line) }];
  });
}

function columnsOf(tool: string, args: readonly string[]): readonly string[] {
  const chosen =
    argumentOf(args, "-o") ??
    argumentOf(args, "--options") ??
    args.find((arg) => /^-o\S+/.test(arg))?.slice(2) ??
    null;
  const standard = defaultColumns[tool] ?? [];
  if (chosen === null) return standard;
  const names = chosen
    .replace(/^\+/, "")
    .split(",")
    .map((name) => name.trim());
  return chosen.startsWith("+") ? [...standard, ...names] : names;
}

function argumentOf(args: readonly string[], name: string): string | null {
  for (const [index, arg] of args.entries()) {
    if (arg === name) return args[index + 1] ?? null;
    if (arg.startsWith(`${name}=`)) return arg.slice(name.length + 1);
  }
  return null;
}

function bySeparator(text: string, separator: string, columns: readonly string[]): Map<string, string> {
  const parts = text.trim().split(separator);
  return new Map(
    parts.length < 2
      ? []
      : columns.flatMap((column, index) =>
          parts[index] === undefined ? [] : [[column, parts[index] ?? ""] as const],
        ),
  );
}

/**
 * Columns of a table with blanks for empty values: lvm's attributes and sizes have shapes of their own, so words are
 * told apart by shape where their number does not decide.
 */
function byHeader(text: string, header: string, tool: string): Map<string, string> {
  const spans = [...header.matchAll(/\S+(?: (?:UUID|Tags))?/g)].map((match) => ({
    name: headings[match[0]] ?? match[0].toLowerCase(),
    start: match.index,
    end: match.index + match[0].length,
  }));
  for (const span of spans)
    if (span.name === "attr")
      Object.assign(span, { name: tool === "vgs" ? "vg_attr" : tool === "lvs" ? "lv_attr" : "pv_attr" });
  const fields = new Map<string, string>();
  for (const match of text.matchAll(/\S+/g)) {
    const start = match.index;
    const end = start + match[0].length;
    let best: (typeof spans)[number] | undefined;
    let bestScore = -Infinity;
    for (const span of spans) {
      const score =
        (span.start === start || span.end === end ? 1000 : 0) +
        Math.min(end, span.end) -
        Math.max(start, span.start);
      if (score > bestScore) [best, bestScore] = [span, score];
    }
    if (best)
      fields.set(best.name, fields.has(best.name) ? `${fields.get(best.name)} ${match[0]}` : match[0]);
  }
  return fields;
}

function byWords(text: string, columns: readonly string[]): Map<string, string> {
  const words = text.trim().split(/\s+/);
  // A physical volume outside any group leaves its second column blank.
  const isOrphan = columns[1] === "vg_name" && words[1] === "lvm2" && words.length === columns.length - 1;
  if (isOrphan) words.splice(1, 0, "");
  if (
    words.length < Math.min(2, columns.length) ||
    (columns[0] === "pv_name" && !(words[0] ?? "").startsWith("/dev/"))
  )
    return new Map();
  if (columns.length > 0 && words.length > columns.length + 4) return new Map();
  return new Map(
    columns.flatMap((column, index) =>
      words[index] === undefined ? [] : [[column, words[index] ?? ""] as const],
    ),
  );
}

/** pvdisplay, vgdisplay, lvdisplay in long form: `PV Name   /dev/sda2`. */
function rowsFromDisplay(capture: Capture): Row[] {
  const names = wordTable<string>({
    "PV Name": "pv_name",
    "VG Name": "vg_name",
    "LV Name": "lv_name",
    "LV Path": "lv_path",
    "PV UUID": "pv_uuid",
    "VG UUID": "vg_uuid",
    "VG Size": "vg_size",
    "LV Size": "lv_size",
  });
  const rows: Row[] = [];
  let fields: Map<string, string> | null = null;
  for (const line of linesOf(capture)) {
    if (/^\s*"?.*--- .*(volume|group).* ---/i.test(line.text)) {
      fields = new Map();
      rows.push({ fields, evidence: evidenceOf(capture, line) });
      continue;
    }
    const match = /^\s*([A-Z]{2} [A-Z][A-Za-z]+)\s{2,}(.+?)\s*$/.exec(line.text);
    const key = match ? names[match[1] ?? ""] : undefined;
    if (!fields || key === undefined) continue;
    const value = match?.[2] ?? "";
    // Before 2.02.89 the name of a logical volume was its path.
    if (key === "lv_name" && value.startsWith("/dev/"))
      fields.set("lv_name", value.split("/").at(-1) ?? value);
    else fields.set(key, key.endsWith("_size") ? (value.split(" / ")[0] ?? value) : value);
    if (key === "pv_name") {
      rows[rows.length - 1] = { fields, evidence: evidenceOf(capture, line) };
      fields.set("pv_fmt", "lvm2");
    }
  }
  return rows.filter((row) => row.fields.size > 0);
}

/** pvscan and lvscan: `PV /dev/sda2   VG centos   lvm2 [<19.00 GiB / 0    free]`, `ACTIVE   '/dev/vg/root' [8.00 GiB] inherit`. */
function rowsFromScan(capture: Capture): Row[] {
  return linesOf(capture).flatMap((line) => {
    const physical = /^\s*PV (\/dev\/\S+)\s+(?:VG (\S+)\s+)?lvm2/.exec(line.text);
    if (physical) {
      return [
        {
          fields: new Map([
            ["pv_name", physical[1] ?? ""],
            ["vg_name", physical[2] ?? ""],
            ["pv_fmt", "lvm2"],
          ]),
          evidence: evidenceOf(capture, line),
        },
      ];
    }
    const logical = /^\s*(?:ACTIVE|inactive)\s+.*'\/dev\/([^/']+)\/([^']+)'\s+\[([^\]]+)\]/.exec(line.text);
    if (logical) {
      return [
        {
          fields: new Map([
            ["vg_name", logical[1] ?? ""],
            ["lv_name", logical[2] ?? ""],
            ["lv_size", logical[3] ?? ""],
          ]),
          evidence: evidenceOf(capture, line),
        },
      ];
    }
    return [];
  });
}
