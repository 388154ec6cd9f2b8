/**
 * `npm test`: sets up what is missing and runs everything; `--only NAME` runs one stage. Stages run side by side, so
 * every line begins with its stage's name. The last line is `N passed, N failed` (`, N skipped` where any were).
 */
import { availableParallelism } from "node:os";
import { ensurePackages, packagesFor, type Purpose } from "../setup/debian-packages.ts";
import { runFailuresAgain, runStages } from "./schedule.ts";
import { stages } from "./stages.ts";

const complain = (line: string) => process.stderr.write(`${line}\n`);
const onlyAt = process.argv.indexOf("--only");
const only = onlyAt === -1 ? null : process.argv[onlyAt + 1];
const chosen = stages.filter(({ name }) => only === null || name === only);
if (chosen.length === 0) {
  complain(`--only takes one of ${stages.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const needed = new Set(chosen.flatMap(({ needs }) => needs));
const purposes = (Object.keys(packagesFor) as Purpose[]).filter((purpose) => needed.has(purpose));
if (purposes.length > 0 && !ensurePackages(purposes, complain)) process.exit(3);

// One more than there are cores, because every stage also waits; more than three only wait longer for the disk.
const width = Math.min(3, availableParallelism() + 1);
const labelWidth = Math.max(...chosen.map(({ name }) => name.length));
const say = (stage: string, line: string) =>
  process.stdout.write(chosen.length === 1 ? `${line}\n` : `${stage.padEnd(labelWidth)} | ${line}\n`);
const first = await runStages(chosen, width, say);
const { outcomes, unsteady } = await runFailuresAgain(chosen, first, say);

const sum = (key: "passed" | "failed" | "skipped") =>
  outcomes.reduce((total, outcome) => total + outcome[key], 0);
const table = outcomes.map(
  ({ name, passed, failed, skipped, seconds }) =>
    `${name.padEnd(12)} ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds.toFixed(0)} s`,
);
process.stdout.write(`\n${table.join("\n")}\n\n`);
if (unsteady.length > 0)
  process.stdout.write(`UNSTEADY: failed beside other stages and passed alone: ${unsteady.join(", ")}\n\n`);
const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed${skipped}\n`);
process.exit(sum("failed") === 0 && sum("passed") > 0 ? 0 : 1);
