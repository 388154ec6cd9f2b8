/** `npm run lab -- faults`: parts of migrations killed at random points, by seeds; a row for each. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { describeKill, killCaseOf, runKillCase } from "../support/kill-cases.ts";
import { startLocalSource } from "../support/local-source.ts";
import { rowsIn, withRows, type KillRow } from "./fault-table.ts";
import type { LabContext } from "./prepare-image.ts";

/** Migrations at once: most of their time they wait. */
const atOnce = 3;

export interface FaultRunOptions {
  readonly first: number;
  readonly count: number;
  /** A file whose table gets the rows; each as it comes, so that a run may be ended. */
  readonly tablePath: string | null;
  /** Also those of which the table says that they were killed and went well. */
  readonly again: boolean;
}

/** True where every migration ended as it must. */
export async function runFaults(
  { first, count, tablePath, again }: FaultRunOptions,
  context: LabContext,
): Promise<boolean> {
  const known = tablePath === null || again ? [] : rowsIn(await readFile(tablePath, "utf8").catch(() => ""));
  const isDone = (seed: number): boolean => known.some((row) => row.seed === seed && row.end === "equal");
  const seeds = Array.from({ length: count }, (_, index) => first + index).filter((seed) => !isDone(seed));
  const source = await startLocalSource();
  let isGood = true;
  let written: Promise<void> = Promise.resolve();
  const work = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined && !context.signal.aborted; seed = seeds.shift()) {
      const kill = killCaseOf(seed);
      const { wasKilled, seconds, wrong } = await runKillCase(source, kill);
      const verdict = wrong === "" ? (wasKilled ? "equal" : "equal, was over before the kill") : wrong;
      isGood &&= wrong === "";
      context.report(`${describeKill(kill)}: ${verdict} (${seconds.toFixed(1)} s)`);
      const { victim, step, share } = kill;
      const end = verdict.split("\n")[0] ?? "";
      const row = { seed, victim, step, end, seconds, at: `${Math.round(share * 100)} %` };
      if (tablePath !== null) await (written = written.then(() => addRow(tablePath, row)));
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    await source.stop();
  }
  return isGood;
}

async function addRow(path: string, row: KillRow): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => "");
  await writeFile(`${path}.new`, withRows(text, [row]));
  await rename(`${path}.new`, path);
}
