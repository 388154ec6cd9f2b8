/**
 * `node test/bench/sparse.ts [TIB …]`: large and nearly empty ext4 disks (sparse files), to see that manifest, memory
 * and the time of passes grow no faster than the disk. Prints a line for each size and the slopes.
 */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { formatTable } from "../../main/cli/format.ts";
import { measure, type Cost } from "./measure.ts";
import { OwnContender, ownObstacle, ownProcesses, type OwnTimes } from "./own-contender.ts";
import { prepareSurroundings } from "./surroundings.ts";

const sizes = process.argv.slice(2).map(Number);
const tebibytes = sizes.length > 0 ? sizes : [1, 2, 4, 8];
if (tebibytes.some((size) => !(size > 0 && size < 16))) {
  process.stderr.write("sizes are in TiB, above 0 and below 16 (the largest file that ext4 takes)\n");
  process.exit(2);
}
const obstacle = ownObstacle();
if (obstacle !== null) throw new Error(obstacle);

interface Line {
  readonly tebibytes: number;
  readonly times: OwnTimes;
  readonly again: OwnTimes;
  readonly cost: Cost;
  readonly manifestBytes: number;
}

const lines: Line[] = [];
for (const size of tebibytes) {
  const surroundings = await prepareSurroundings(undefined);
  try {
    const disk = join(surroundings.directory, "large.img");
    closeSync(openSync(disk, "w"));
    truncateSync(disk, size * 2 ** 40);
    execFileSync(
      "mke2fs",
      ["-q", "-F", "-t", "ext4", "-E", "lazy_itable_init=1,nodiscard", "-T", "largefile4", disk],
      {
        env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
    const { directory } = surroundings;
    const own = await OwnContender.start({
      directory,
      disk,
      chunkBytes: 4_194_304,
      dataConnections: 2,
      codec: "adaptive",
    });
    const results: OwnTimes[] = [];
    const cost = await measure(ownProcesses, async () => {
      results.push(await own.sync());
      results.push(await own.sync());
    });
    const [times, again] = results;
    if (times === undefined || again === undefined) throw new Error("nothing was measured");
    process.stderr.write(`${size} TiB: ${times.proved.toFixed(1)} s, again ${again.proved.toFixed(1)} s\n`);
    lines.push({ tebibytes: size, times, again, cost, manifestBytes: own.manifestBytes });
    await own.stop();
    rmSync(disk);
  } finally {
    await surroundings.stop();
  }
}

const peak = (cost: Cost, name: string): string => ((cost.peakResidentKiB[name] ?? 0) / 1024).toFixed(0);
const header = [
  "TiB",
  "full sync s",
  "next sync s",
  "manifest MiB",
  "agent peak MiB",
  "intermediate peak MiB",
];
const rows = lines.map(({ tebibytes: size, times, again, cost, manifestBytes }) => [
  String(size),
  times.proved.toFixed(1),
  again.proved.toFixed(1),
  (manifestBytes / 2 ** 20).toFixed(1),
  peak(cost, "agent"),
  peak(cost, "intermediate"),
]);
process.stdout.write(`${formatTable([header, ...rows]).join("\n")}\n`);

/** Of the straight line through all points, by least squares. */
function slope(of: (line: Line) => number): number {
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const x = mean(lines.map((line) => line.tebibytes));
  const y = mean(lines.map(of));
  const over = lines.reduce((sum, line) => sum + (line.tebibytes - x) * (of(line) - y), 0);
  const under = lines.reduce((sum, line) => sum + (line.tebibytes - x) ** 2, 0);
  return under === 0 ? 0 : over / under;
}

process.stdout.write(
  [
    `a TiB more costs: full sync ${slope((line) => line.times.proved).toFixed(2)} s,`,
    `next sync ${slope((line) => line.again.proved).toFixed(2)} s,`,
    `manifest ${(slope((line) => line.manifestBytes) / 2 ** 20).toFixed(1)} MiB,`,
    `agent ${(slope((line) => line.cost.peakResidentKiB["agent"] ?? 0) / 1024).toFixed(1)} MiB,`,
    `intermediate ${(slope((line) => line.cost.peakResidentKiB["intermediate"] ?? 0) / 1024).toFixed(1)} MiB\n`,
  ].join(" "),
);
