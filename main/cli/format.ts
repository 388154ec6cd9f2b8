/** Numbers as a person reads them. */

const binaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value >= 100 ? 0 : 1)} ${binaryUnits[unit]}`;
}

/** `0:42`, `12:05`, `3:07:10`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

/** Columns padded to their widest cell; a cell never breaks the line. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join("  "),
  );
}

/** Lines of at most so many columns, broken between words; a word that is longer has a line of its own. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ +/)) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}

/** The longest name that has its meaning beside it; of a longer one it stands below. */
const widestName = 30;

/** Names and what they mean, as in a help text, within so many columns. */
export function formatEntries(
  entries: readonly (readonly [name: string, meaning: string])[],
  columns: number,
): string[] {
  const widths = entries.map(([name]) => name.length).filter((width) => width <= widestName);
  const indent = Math.max(8, ...widths) + 2;
  return entries.flatMap(([name, meaning]) => {
    const [first = "", ...more] = wrapText(meaning, Math.max(30, columns - indent));
    const beside =
      name.length <= widestName ? [`${name.padEnd(indent)}${first}`] : [name, " ".repeat(indent) + first];
    return [...beside, ...more.map((line) => " ".repeat(indent) + line)];
  });
}

/** Untrusted text on a terminal: no control or escape characters. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** `2026-01-31 22:05` in local time. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
