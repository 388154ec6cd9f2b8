/** `npm run lab -- faults`: parts of migrations killed at random points, by seeds; a row for each. */
import { appendFile } from "node:fs/promises";
import { describeKill, killCaseOf, runKillCase } from "../support/kill-cases.ts";
import { startLocalSource } from "../support/local-source.ts";
import type { LabContext } from "./prepare-image.ts";

/** Migrations at once: most of their time they wait. */
const atOnce = 3;

/** True where every migration ended as it must. Rows are appended to `table`, so that slices add up. */
export async function runFaults(
  first: number,
  count: number,
  table: string | null,
  context: LabContext,
): Promise<boolean> {
  const source = await startLocalSource();
  let isGood = true;
  let next = first;
  const work = async (): Promise<void> => {
    while (next < first + count && !context.signal.aborted) {
      const kill = killCaseOf(next++);
      const { wasKilled, seconds, wrong } = await runKillCase(source, kill);
      const verdict = wrong === "" ? (wasKilled ? "equal" : "equal, was over before the kill") : wrong;
      isGood &&= wrong === "";
      context.report(`${describeKill(kill)}: ${verdict} (${seconds.toFixed(1)} s)`);
      const { seed, victim, step, share } = kill;
      const row = `| ${seed} | ${victim} | ${step} | ${Math.round(share * 100)} % | ${verdict.split("\n")[0]} | ${seconds.toFixed(1)} |\n`;
      if (table !== null) await appendFile(table, row);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    await source.stop();
  }
  return isGood;
}
