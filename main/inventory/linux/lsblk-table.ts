import { type Capture, type Line, linesOf } from "../capture.ts";

/** One row of any of lsblk's output forms: lower-case column names as `lsblk -J` writes them, to text. */
export interface LsblkRow {
  readonly fields: Readonly<Record<string, string>>;
  readonly mountPoints: readonly string[];
  /** Index of the row that this one hangs under; null at the top. */
  readonly parent: number | null;
  readonly line: Line;
}

/** Tree characters in UTF-8, in ASCII, and as `lsblk` output looks after a wrong decoding of its UTF-8. */
const tree = /^((?:[ │├└─|`\-]|â”[œ”‚€]*|\u2514|\u251c)*(?:[├└]─|[|`]-|â”[œ”]â”€))?(.*)$/;

/** `lsblk -P`: KEY="value" pairs; newer versions write KEY names with `_` and `PCT`. */
export function parseLsblkPairs(capture: Capture): readonly LsblkRow[] {
  const rows: LsblkRow[] = [];
  for (const line of linesOf(capture)) {
    const fields: Record<string, string> = {};
    for (const match of line.text.matchAll(/([A-Za-z][A-Za-z0-9:_%-]*)="((?:[^"\\]|\\.)*)"/g)) {
      fields[columnName(match[1] ?? "")] = unescapeHex(match[2] ?? "");
    }
    if (fields["name"] === undefined && fields["kname"] === undefined) continue;
    rows.push({ fields, mountPoints: mountPointsOf(fields), parent: null, line });
  }
  return rows;
}

/** The plain form (`lsblk`, `lsblk -f`, `lsblk -o …`, `-l`, `-r`, `-t`), with its header. */
export function parseLsblkTable(capture: Capture): readonly LsblkRow[] {
  const lines = linesOf(capture);
  const headerIndex = lines.findIndex(
    (line) => /^\s*K?NAME\b/.test(line.text) || /^\s*PATH\s+[A-Z]/.test(line.text),
  );
  const header = lines[headerIndex];
  if (!header) return [];
  const columns = [...header.text.matchAll(/\S+/g)].map((match) => ({
    name: columnName(match[0]),
    start: match.index,
    end: match.index + match[0].length,
  }));
  const rows: LsblkRow[] = [];
  const trail: { readonly indent: number; readonly row: number }[] = [];
  for (const line of lines.slice(headerIndex + 1)) {
    const text = line.text.replace(/\s+$/, "");
    if (text === "" || /^lsblk:/.test(text)) continue;
    if (/^\s*K?NAME\s+\S/.test(text)) break;
    const split = tree.exec(text);
    const prefix = split?.[1] ?? "";
    const indent = prefix.replace(/â”./g, "x").length;
    const body = split?.[2] ?? text;
    if (/^[\s│|]/.test(body)) {
      // A further mount point of the row above (util-linux 2.37 on) stands alone on its line.
      const last = rows.at(-1);
      const rest = body.replace(/^[\s│|]+/, "");
      if (last && /^[/[]/.test(rest))
        rows[rows.length - 1] = { ...last, mountPoints: [...last.mountPoints, rest] };
      else if (last && Object.keys(last.fields).length === 1 && rest !== "")
        rows[rows.length - 1] = withFieldsBelow(last, text, columns);
      continue;
    }
    const fields = assignColumns(" ".repeat(text.length - body.length) + body, columns);
    while (trail.length > 0 && (trail.at(-1)?.indent ?? 0) >= indent) trail.pop();
    const parent = trail.at(-1)?.row ?? null;
    trail.push({ indent, row: rows.length });
    rows.push({ fields, mountPoints: mountPointsOf(fields), parent, line });
  }
  return rows;
}

/** A name that is too long for its column stands alone, and the other columns in the line below it. */
function withFieldsBelow(row: LsblkRow, below: string, columns: readonly Column[]): LsblkRow {
  const name = row.fields["name"] ?? "";
  const text = `x${" ".repeat(below.length - below.replace(/^[\s│|]+/, "").length - 1)}${below.replace(/^[\s│|]+/, "")}`;
  const fields = { ...assignColumns(text, columns), name };
  return { ...row, fields, mountPoints: mountPointsOf(fields) };
}

interface Column {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const defaultColumns = /^(\S+)\s+(\d+:\d+)\s+([01])\s+(\S+)\s+([01])\s+([a-z]\w*)(?:\s+(\S.*))?$/;

function assignColumns(text: string, columns: readonly Column[]): Record<string, string> {
  const names = columns.map((column) => column.name).join(" ");
  // Before util-linux 2.23 a logical volume's name was followed by its kernel name: vg-root (dm-0).
  const kernelName = /^(\s*\S+) \((dm-\d+)\)(\s.*)?$/.exec(text);
  if (kernelName) {
    const blanks = " ".repeat((kernelName[2] ?? "").length + 3);
    return {
      ...assignColumns(`${kernelName[1]}${blanks}${kernelName[3] ?? ""}`, columns),
      kname: kernelName[2] ?? "",
    };
  }
  const fields: Record<string, string> = {};
  if (/^name maj:min rm size ro mountpoint$/.test(names)) {
    const match = /^(\S+)\s+(\d+:\d+)\s+([01])\s+(\S+)\s+([01])(?:\s+(\S.*))?$/.exec(text.trim());
    if (match) {
      columns.forEach((column, index) => (fields[column.name] = match[index + 1]?.trim() ?? ""));
      return fields;
    }
  }
  if (/^name maj:min rm size ro type mountpoints?$/.test(names)) {
    const match = defaultColumns.exec(text.trim());
    if (match) {
      const values = match.slice(1);
      columns.forEach((column, index) => (fields[column.name] = values[index]?.trim() ?? ""));
      return fields;
    }
  }
  const tokens = [...text.matchAll(/\S+/g)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
  // Words of one value (a model, a label) follow one blank; columns are apart by more, or by the header's own places.
  const isRaw = tokens.length === columns.length && !/ {2,}/.test(text.trim());
  tokens.forEach((token, index) => {
    const column = isRaw ? columns[index] : index === 0 ? columns[0] : nearestColumn(token, columns.slice(1));
    if (!column) return;
    const known = fields[column.name];
    fields[column.name] =
      known === undefined || known === "" ? unescapeHex(token.text) : `${known} ${token.text}`;
  });
  return fields;
}

function nearestColumn(
  token: { readonly start: number; readonly end: number },
  columns: readonly Column[],
): Column | undefined {
  let best: Column | undefined;
  let bestScore = -Infinity;
  for (const column of columns) {
    const overlap = Math.min(token.end, column.end) - Math.max(token.start, column.start);
    // Text is flush left with its heading and numbers flush right.
    const flush = token.start === column.start || token.end === column.end ? 1000 : 0;
    const score = flush + overlap;
    if (score > bestScore) [best, bestScore] = [column, score];
  }
  return best;
}

/** lsblk's column names: `MAJ:MIN`, `MAJ_MIN`, `FSUSE%`, `FSUSE_PCT`. */
function columnName(name: string): string {
  const lower = name.toLowerCase();
  return lower === "maj_min" ? "maj:min" : lower.replace(/_pct$/, "%").replaceAll("_", "-");
}

function mountPointsOf(fields: Readonly<Record<string, string>>): readonly string[] {
  const text = fields["mountpoints"] ?? fields["mountpoint"] ?? "";
  return text
    .split(/\n/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** lsblk and blkid write unsafe bytes as `\x20`; consecutive ones are UTF-8. */
export function unescapeHex(text: string): string {
  if (!text.includes("\\")) return text;
  return text
    .replace(/(?:\\x[0-9a-fA-F]{2})+/g, (run) => {
      const bytes = run
        .slice(2)
        .split("\\x")
        .map((pair) => Number.parseInt(pair, 16));
      return new TextDecoder().decode(Uint8Array.from(bytes));
    })
    .replace(/\\([\\"$`])/g, "$1");
}
