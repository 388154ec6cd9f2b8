/**
 * `npm run bench [-- --json] [-- --size-mib N] [-- --directory DIR] [-- --only-own]`: copies one ext4 disk in each way
 * that an admin would use and in ours, in one run on one machine, checks every copy, then brings copies up to date
 * after one hundredth changed and after nothing did, and copies a disk that is half empty. Prints what each cost beside
 * ours; docs/BENCH.md has a run.
 */
import { mkdirSync, rmSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatTable } from "../../main/cli/format.ts";
import { hashFile } from "../support/mixed-disk.ts";
import { changeEvenly, makeExt4Disk } from "./bench-disk.ts";
import { contenders, rsync } from "./contenders.ts";
import { LoopDisk } from "./loop-disk.ts";
import { measure, type Cost } from "./measure.ts";
import { OwnContender, ownObstacle, ownProcesses, type OwnTimes } from "./own-contender.ts";
import { prepareSurroundings } from "./surroundings.ts";

interface Row {
  readonly what: string;
  readonly name: string;
  readonly seconds: number | null;
  /** Of the disk's used data that the copy was about. */
  readonly usedMib: number;
  readonly cost: Cost | null;
  readonly note: string;
}

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    "only-own": { type: "boolean", default: false },
    codec: { type: "string", default: "adaptive" },
    "size-mib": { type: "string", default: "4096" },
    directory: { type: "string" },
  },
});
const sizeMib = Number(values["size-mib"]);
const codec = values.codec;
if (
  !Number.isInteger(sizeMib) ||
  sizeMib < 64 ||
  (codec !== "adaptive" && codec !== "zstd" && codec !== "raw")
) {
  process.stderr.write("--size-mib wants a whole number of at least 64, --codec adaptive, zstd or raw\n");
  process.exit(2);
}
const say = (line: string) => process.stderr.write(`${line}\n`);
const rows: Row[] = [];
const add = (row: Row) => {
  rows.push(row);
  say(`  ${row.what} | ${row.name}: ${row.seconds?.toFixed(1) ?? "–"} s ${row.note}`);
};

const surroundings = await prepareSurroundings(values.directory);
const loops: LoopDisk[] = [];
const loadBefore = loadavg()[0] ?? 0;
try {
  const { directory } = surroundings;
  const usedMib = Math.floor((sizeMib * 77) / 100);
  say(`making a disk of ${sizeMib} MiB with files of ${usedMib} MiB …`);
  const file = makeExt4Disk(directory, "full", sizeMib, usedMib);
  let expected = hashFile(file); // also brings it into the page cache, for all alike
  const device = attach(file);

  const folder = join(directory, "copies");
  mkdirSync(folder);
  for (const contender of values["only-own"] ? [] : contenders) {
    const missing = contender.missing();
    if (missing !== null) {
      add({ what: "full", name: contender.name, seconds: null, usedMib, cost: null, note: missing });
      continue;
    }
    const destination = join(folder, contender.name.replaceAll(/[^a-z]+/g, "-"));
    const source = contender === rsync ? file : device;
    const cost = await measure(contender.processes, () => contender.copy(surroundings, source, destination));
    if (hashFile(destination) !== expected) throw new Error(`${contender.name} made a copy that differs`);
    if (contender !== rsync) rmSync(destination);
    add({ what: "full", name: contender.name, seconds: cost.wallSeconds, usedMib, cost, note: "" });
  }

  const own = await startOwn(device);
  await ownSync("full", own, usedMib);
  own.take(join(folder, "ours"));
  if (hashFile(join(folder, "ours")) !== expected) throw new Error("ours is a copy that differs");

  const changedMib = changeEvenly(file, 0.01, "changed");
  expected = hashFile(file);
  const rsynced = join(folder, rsync.name.replaceAll(/[^a-z]+/g, "-"));
  const update = async (what: string): Promise<void> => {
    if (!values["only-own"] && rsync.missing() === null) {
      const cost = await measure(rsync.processes, () => rsync.copy(surroundings, file, rsynced));
      if (hashFile(rsynced) !== expected) throw new Error("rsync made a copy that differs");
      add({ what, name: rsync.name, seconds: cost.wallSeconds, usedMib, cost, note: "" });
    }
    await ownSync(what, own, usedMib);
    if (hashFile(own.replica) !== expected) throw new Error("ours is a copy that differs");
  };
  await update(`${changedMib} MiB changed`);
  await update("no change");
  await own.stop();

  const half = makeExt4Disk(directory, "half", sizeMib, Math.floor(sizeMib / 2));
  hashFile(half);
  rmSync(join(directory, "target"), { recursive: true });
  const other = await startOwn(attach(half));
  await ownSync("half empty", other, Math.floor(sizeMib / 2));
  await other.stop();
  report();
} finally {
  for (const loop of loops) loop.detach();
  await surroundings.stop();
}

function attach(path: string): string {
  const loop = new LoopDisk(path);
  loops.push(loop);
  return loop.device;
}

function startOwn(disk: string): Promise<OwnContender> {
  const obstacle = ownObstacle();
  if (obstacle !== null) throw new Error(obstacle);
  if (codec !== "adaptive" && codec !== "zstd" && codec !== "raw") throw new Error(codec);
  const { directory } = surroundings;
  return OwnContender.start({ directory, disk, chunkBytes: 1_048_576, dataConnections: 2, codec });
}

async function ownSync(what: string, own: OwnContender, usedMib: number): Promise<void> {
  let times: OwnTimes | undefined;
  const cost = await measure(ownProcesses, async () => {
    times = await own.sync();
  });
  if (times === undefined) throw new Error("nothing was measured");
  const { copied, proved, status } = times;
  const stages = Object.entries(status.stageMicros).map(
    ([stage, micros]) => `${stage} ${(micros / 1e6).toFixed(1)}`,
  );
  add({ what, name: "ours: copied", seconds: copied, usedMib, cost: null, note: "" });
  add({ what, name: "ours: proved equal", seconds: proved, usedMib, cost, note: `(${stages.join(", ")})` });
}

function report(): void {
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ sizeMib, codec, loadBefore, rows }, null, 2)}\n`);
    return;
  }
  const table = rows.map(({ what, name, seconds, usedMib, cost, note }) => {
    const ours = rows.find((row) => row.what === what && row.name === "ours: copied")?.seconds ?? null;
    const peaks = Object.entries(cost?.peakResidentKiB ?? {}).map(
      ([program, kib]) => `${program} ${(kib / 1024).toFixed(0)}`,
    );
    return [
      what,
      name,
      seconds?.toFixed(1) ?? "–",
      seconds === null ? note : (usedMib / seconds).toFixed(0),
      seconds === null || ours === null ? "" : (seconds / ours).toFixed(2),
      cost?.cpuSeconds.toFixed(1) ?? "",
      cost === null ? "" : (cost.wireBytes / 1024 ** 2).toFixed(0),
      peaks.join(", "),
    ];
  });
  const header = [
    "",
    "",
    "seconds",
    "MiB/s of used data",
    "time ÷ ours",
    "CPU s, both ends",
    "MiB on loopback",
    "peak MiB",
  ];
  process.stdout.write(`${formatTable([header, ...table]).join("\n")}\n`);
  process.stdout.write(
    `load average before: ${loadBefore.toFixed(1)}; a share of the machine may have been others'\n`,
  );
}
