/**
 * `npm run bench [-- --json] [-- --size-mib N] [-- --directory DIR]`: copies one generated disk in each way, in one
 * run on one machine, checks that each copy is equal, and prints what it cost, beside ours.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatTable } from "../../main/cli/format.ts";
import { hashFile, writeMixedDisk } from "../support/mixed-disk.ts";
import { ddZstdSsh, rsyncInplace, type Contender } from "./contenders.ts";
import { measure, type Cost } from "./measure.ts";
import { OwnContender } from "./own-contender.ts";
import { prepareSurroundings } from "./surroundings.ts";

interface Outcome {
  readonly name: string;
  readonly cost: Cost | null;
  /** Why there is no cost. */
  readonly missing: string | null;
  /** Ours alone: seconds until everything was durable, before the proof. */
  readonly copiedSeconds: number | null;
}

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    "size-mib": { type: "string", default: "2048" },
    directory: { type: "string" },
  },
});
const sizeMib = Number(values["size-mib"]);
if (!Number.isInteger(sizeMib) || sizeMib < 8) {
  process.stderr.write("--size-mib wants a whole number of at least 8\n");
  process.exit(2);
}
const say = (line: string) => process.stderr.write(`${line}\n`);

const surroundings = await prepareSurroundings(values.directory);
try {
  const disk = join(surroundings.directory, "disk.img");
  say(`writing a disk of ${sizeMib} MiB, five eighths of it used …`);
  writeMixedDisk(disk, sizeMib * 1024 * 1024, "bench");
  const expected = hashFile(disk); // also brings it into the page cache, for all alike
  const usedMib = (sizeMib * 5) / 8;

  let copiedSeconds: number | null = null;
  const own = new OwnContender((seconds) => (copiedSeconds = seconds));
  const contenders: readonly Contender[] = [ddZstdSsh, rsyncInplace, own];
  const outcomes: Outcome[] = [];
  for (const contender of contenders) {
    const missing = contender.missing();
    if (missing !== null) {
      say(`${contender.name}: left out, ${missing}`);
      outcomes.push({ name: contender.name, cost: null, missing, copiedSeconds: null });
      continue;
    }
    say(`${contender.name} …`);
    const folder = join(surroundings.directory, "copy");
    mkdirSync(folder);
    const destination = join(folder, "disk.img");
    const cost = await measure(contender.processes, () => contender.copy(surroundings, disk, destination));
    if (hashFile(destination) !== expected) throw new Error(`${contender.name} made a copy that differs`);
    rmSync(folder, { recursive: true });
    outcomes.push({
      name: contender.name,
      cost,
      missing: null,
      copiedSeconds: contender === own ? copiedSeconds : null,
    });
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ sizeMib, usedMib, outcomes }, null, 2)}\n`);
  else printTable(outcomes, usedMib);
} finally {
  await surroundings.stop();
}

function printTable(outcomes: readonly Outcome[], usedMib: number): void {
  const ours = outcomes.find(({ copiedSeconds }) => copiedSeconds !== null);
  const ourSeconds = ours?.copiedSeconds ?? null;
  const rows = outcomes.flatMap(({ name, cost, copiedSeconds }) => {
    if (cost === null) return [];
    const peak = Object.entries(cost.peakResidentKiB).map(
      ([program, kib]) => `${program} ${(kib / 1024).toFixed(0)}`,
    );
    const row = (label: string, seconds: number, rest: readonly string[]) => [
      label,
      seconds.toFixed(1),
      (usedMib / seconds).toFixed(0),
      ourSeconds === null ? "" : (seconds / ourSeconds).toFixed(2),
      ...rest,
    ];
    const rest = [cost.cpuSeconds.toFixed(1), (cost.wireBytes / 1024 ** 2).toFixed(0), peak.join(", ")];
    return copiedSeconds === null
      ? [row(name, cost.wallSeconds, rest)]
      : [
          row(`${name}: copied`, copiedSeconds, ["", "", ""]),
          row(`${name}: proved equal`, cost.wallSeconds, rest),
        ];
  });
  const header = [
    "",
    "seconds",
    "MiB/s of used data",
    "time ÷ ours",
    "CPU s, both ends",
    "MiB on the wire",
    "peak MiB",
  ];
  process.stdout.write(`${formatTable([header, ...rows]).join("\n")}\n`);
}
