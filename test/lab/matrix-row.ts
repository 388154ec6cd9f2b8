/** What is remembered of a case of the matrix, and the table that docs/CONVERSION.md shows. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { labDirectory } from "./cache.ts";

export const matrixRowSchema = z.object({
  name: z.string(),
  ranAt: z.iso.datetime(),
  /** What conversion changed, one sentence each. */
  changes: z.array(z.string()),
  /** Remedies that were tried, in order, and those that were needed. */
  repairs: z.array(z.object({ remedy: z.string(), kept: z.boolean() })),
  /** Seconds of the job's steps, by their names. */
  seconds: z.record(z.string(), z.number()),
  /** What the receipt's check said of the image; null where it was not come to. */
  receipt: z.string().nullable(),
  /** The image's payload against the lab's manifest. */
  isEqual: z.boolean(),
  /** True where the system said from inside that nothing is missing. */
  isWhole: z.boolean(),
  /** What the boot check said. */
  evidence: z.string().nullable(),
  /** Why it ended early; null where it came to its end. */
  failed: z.string().nullable(),
});
export type MatrixRow = z.infer<typeof matrixRowSchema>;

const folder = (): string => join(labDirectory(), "matrix");
const fileOf = (name: string): string =>
  join(folder(), `${name.replaceAll("/", "-").replaceAll(/[^a-z0-9-]+/g, "_")}.json`);

export async function keepRow(row: MatrixRow): Promise<void> {
  await mkdir(folder(), { recursive: true });
  const path = fileOf(row.name);
  await writeFile(`${path}.new`, `${JSON.stringify(row, null, 2)}\n`);
  await rename(`${path}.new`, path);
}

/** The row of the last time; null where the case was never run. */
export async function keptRow(name: string): Promise<MatrixRow | null> {
  const text = await readFile(fileOf(name), "utf8").catch(() => null);
  const parsed = text === null ? null : matrixRowSchema.safeParse(JSON.parse(text));
  return parsed?.success === true ? parsed.data : null;
}

const head =
  "| guest | conversion | repair | boot check | image | receipt | whole job | result |\n|---|---|---|---|---|---|---|---|";

function formatRow(row: MatrixRow): string {
  const took = (step: string): string =>
    row.seconds[step] === undefined ? "" : `${row.seconds[step].toFixed(0)} s`;
  const total = Object.values(row.seconds).reduce((sum, each) => sum + each, 0);
  const kept = row.repairs.filter((repair) => repair.kept).map(({ remedy }) => remedy);
  const proofs = [row.isWhole ? ["whole from inside"] : [], row.isEqual ? ["files equal"] : []].flat();
  const result = row.failed ?? ["boots", ...proofs].join(", ");
  const cells = [
    row.name,
    `${row.changes.length} in ${took("convert")}`,
    row.repairs.length === 0 ? "" : `${kept.join("; ")} (${row.repairs.length} tried)`,
    took("boot-check"),
    took("image"),
    row.receipt ?? "",
    `${total.toFixed(0)} s`,
    result,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "/")).join(" | ")} |`;
}

export const formatTable = (rows: readonly MatrixRow[]): string => [head, ...rows.map(formatRow)].join("\n");

const [begin, end] = ["<!-- matrix -->", "<!-- /matrix -->"];

/** The text with the table between its marks, or the table alone where there are none. */
export function withTable(text: string, table: string): string {
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)];
  if (start < 0 || stop < start) return `${table}\n`;
  return `${text.slice(0, start + begin.length)}\n\n${table}\n\n${text.slice(stop)}`;
}
