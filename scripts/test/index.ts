/**
 * `npm test`: sets up what is missing and runs everything; `--only NAME` runs one stage. Every stage counts its tests;
 * the last line is `N passed, N failed` (`, N skipped` where any were).
 */
import { ensurePackages, packagesFor, type Purpose } from "../setup/debian-packages.ts";
import { stages, type Counts } from "./stages.ts";

const say = (line: string) => process.stderr.write(`${line}\n`);
const onlyAt = process.argv.indexOf("--only");
const only = onlyAt === -1 ? null : process.argv[onlyAt + 1];
const chosen = stages.filter(({ name }) => only === null || name === only);
if (chosen.length === 0) {
  say(`--only takes one of ${stages.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const needed = new Set(chosen.flatMap(({ needs }) => needs));
const purposes = (Object.keys(packagesFor) as Purpose[]).filter((purpose) => needed.has(purpose));
if (purposes.length > 0 && !ensurePackages(purposes, say)) process.exit(3);

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const table: string[] = [];
for (const { name, run } of chosen) {
  say(`\n=== ${name}`);
  const begun = Date.now();
  const { passed, failed, skipped } = run();
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  const seconds = ((Date.now() - begun) / 1000).toFixed(0);
  table.push(`${name.padEnd(12)} ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`);
}

process.stdout.write(`\n${table.join("\n")}\n\n`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
