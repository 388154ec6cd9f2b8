/** Large and nearly empty ext4 disks (sparse files): manifest, memory and times must grow no faster than the disk. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { measure } from "./measure.ts";
import { OwnContender, ownProcesses, type OwnTimes } from "./own-contender.ts";
import type { SparseRow } from "./result.ts";

const mebibyte = 2 ** 20;
const chunkMib = 4;

/** A file of ext4 ends one block before 16 TiB. */
const largestBytes = 2 ** 44 - 4096;

/** @param tebibytes above 0; 16 stands for the largest file that ext4 takes */
export async function benchSparse(directory: string, tebibytes: number): Promise<SparseRow> {
  const disk = join(directory, "large.img");
  closeSync(openSync(disk, "w"));
  truncateSync(disk, Math.min(Math.floor(tebibytes * mebibyte) * mebibyte, largestBytes));
  execFileSync(
    "mke2fs",
    ["-q", "-F", "-t", "ext4", "-E", "lazy_itable_init=1,nodiscard", "-T", "largefile4", disk],
    {
      env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const start = () =>
    OwnContender.start({
      directory,
      disk,
      chunkBytes: chunkMib * mebibyte,
      dataConnections: 2,
      codec: "adaptive",
    });
  const interrupted = await start();
  let resumeSeconds = 0;
  try {
    await interrupted.interruptAt(0.9);
    resumeSeconds = (await interrupted.sync()).copied;
  } finally {
    await interrupted.discard();
  }
  const own = await start();
  try {
    const times: OwnTimes[] = [];
    let verifySeconds = 0;
    const cost = await measure(ownProcesses(directory), async () => {
      times.push(await own.sync(), await own.sync());
      verifySeconds = await own.verify();
    });
    const peak = (name: string): number => (cost.peakResidentKiB[name] ?? 0) / 1024;
    return {
      tebibytes,
      chunkMib,
      fullSeconds: times[0]?.settled ?? 0,
      againSeconds: times[1]?.settled ?? 0,
      resumeSeconds,
      verifySeconds,
      manifestMib: own.manifestBytes / mebibyte,
      agentMib: peak("agent"),
      intermediateMib: peak("intermediate"),
    };
  } finally {
    await own.discard();
    rmSync(disk);
  }
}

/** Of the straight line through all points, by least squares: what a tebibyte more costs. */
export function slope(rows: readonly SparseRow[], of: (row: SparseRow) => number): number {
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const x = mean(rows.map((row) => row.tebibytes));
  const y = mean(rows.map(of));
  const over = rows.reduce((sum, row) => sum + (row.tebibytes - x) * (of(row) - y), 0);
  const under = rows.reduce((sum, row) => sum + (row.tebibytes - x) ** 2, 0);
  return under === 0 ? 0 : over / under;
}
