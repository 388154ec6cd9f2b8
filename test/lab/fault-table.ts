/** The table of kills in docs/FAULTS.md: rows of several runs add up, the newest of a seed counts. Pure. */
import { z } from "zod";

const begin = "<!-- kills: written by `npm run lab -- faults` -->";
const end = "<!-- end of kills -->";

export const killRowSchema = z.object({
  seed: z.number().int(),
  victim: z.string(),
  step: z.string(),
  at: z.string(),
  end: z.string(),
  seconds: z.number(),
});
export type KillRow = z.infer<typeof killRowSchema>;

/** The rows that a text holds. */
export function rowsIn(text: string): KillRow[] {
  const table = text.slice(
    Math.max(0, text.indexOf(begin)),
    text.includes(end) ? text.indexOf(end) : undefined,
  );
  return table.split("\n").flatMap((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    const [, seed, victim, step, at, how, seconds] = cells;
    const row = killRowSchema.safeParse({
      victim,
      step,
      at,
      end: how,
      seed: Number(seed || "no"),
      seconds: Number(seconds),
    });
    return row.success ? [row.data] : [];
  });
}

/** The text with the rows that it has and these, in the order of their seeds, and what came of them in a sentence. */
export function withRows(text: string, added: readonly KillRow[]): string {
  const rows = new Map([...rowsIn(text), ...added].map((row) => [row.seed, row]));
  const sorted = [...rows.values()].toSorted((a, b) => a.seed - b.seed);
  const written = [
    begin,
    "",
    summaryOf(sorted),
    "",
    "| seed | killed | in step | at | end | seconds |",
    "|---|---|---|---|---|---|",
    ...sorted.map(
      (row) =>
        `| ${row.seed} | ${row.victim} | ${row.step} | ${row.at} | ${row.end.replaceAll("|", "/")} | ${row.seconds.toFixed(1)} |`,
    ),
    "",
    end,
  ].join("\n");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) return `${text.trimEnd()}\n\n${written}\n`.trimStart();
  return `${text.slice(0, from)}${written}${text.slice(to + end.length)}`;
}

function summaryOf(rows: readonly KillRow[]): string {
  const killed = rows.filter((row) => !/before the kill/.test(row.end));
  const by = (victim: string): number => killed.filter((row) => row.victim === victim).length;
  const equal = rows.filter((row) => row.end.startsWith("equal")).length;
  const parts = ["agent", "assistant", "intermediate"].map((victim) => `${by(victim)} of the ${victim}`);
  const [first, last] = [rows.at(0)?.seed ?? 0, rows.at(-1)?.seed ?? 0];
  const missing = last - first + 1 - rows.length;
  const all = missing > 0 ? `, ${missing} between them not run` : "";
  return `Seeds ${first} to ${last}${all}: ${killed.length} kills (${parts.join(", ")}), ${equal} equal, ${rows.length - equal} otherwise.`;
}
