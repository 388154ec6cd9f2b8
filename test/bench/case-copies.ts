/** One ext4 disk copied in each way that an admin would use and in ours, in turns; every copy is checked. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ChecksumPolicy } from "../../common/api/intermediate.ts";
import { hashFile } from "../support/mixed-disk.ts";
import { changeEvenly, makeExt4Disk } from "./bench-disk.ts";
import { contenders, rsync, type Contender } from "./contenders.ts";
import { LoopDisk } from "./loop-disk.ts";
import { measure, type Cost } from "./measure.ts";
import { OwnContender, ownProcesses, type OwnOptions, type OwnTimes } from "./own-contender.ts";
import type { CopyRow } from "./result.ts";
import type { Surroundings } from "./surroundings.ts";

export interface CopiesOptions {
  readonly surroundings: Surroundings;
  readonly sizeMib: number;
  readonly rounds: number;
  readonly codec: OwnOptions["codec"];
  readonly checksum: ChecksumPolicy;
  readonly onlyOwn: boolean;
  /** Where the disks are made. */
  readonly diskDirectory: string;
  say(line: string): void;
}

/** Rounds of one way of copying; the cost kept is that of the best. */
class Rows {
  readonly #rows = new Map<string, CopyRow>();
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  add(
    what: string,
    name: string,
    usedMib: number,
    seconds: number | null,
    cost: Cost | null,
    note = "",
  ): void {
    const key = `${what} ${name}`;
    const before = this.#rows.get(key);
    const earlier = before?.seconds ?? [];
    const isBest = seconds !== null && earlier.every((each) => seconds < each);
    this.#rows.set(key, {
      what,
      name,
      usedMib,
      seconds: seconds === null ? earlier : [...earlier, seconds],
      cost: isBest ? cost : (before?.cost ?? cost),
      note: isBest ? note : (before?.note ?? note),
    });
    this.#say(`  ${what} | ${name}: ${seconds?.toFixed(2) ?? "–"} s ${note}`);
  }

  get all(): CopyRow[] {
    return [...this.#rows.values()];
  }
}

export const copiedName = "ours: copied";
export const settledName = "ours: settled";
export const provedName = "ours: proved equal";

export async function benchCopies(options: CopiesOptions): Promise<readonly CopyRow[]> {
  const { surroundings, sizeMib, rounds, onlyOwn, say } = options;
  const { directory } = surroundings;
  const rows = new Rows(say);
  const usedMib = Math.floor((sizeMib * 77) / 100);
  say(`making a disk of ${sizeMib} MiB with files of ${usedMib} MiB …`);
  const file = makeExt4Disk(options.diskDirectory, "full", sizeMib, usedMib);
  let expected = hashFile(file); // also brings it into the page cache, for all alike
  const loop = new LoopDisk(file);
  const folder = join(directory, "copies");
  mkdirSync(folder);
  const destinationOf = (contender: Contender): string =>
    join(folder, contender.name.replaceAll(/[^a-z]+/g, "-"));
  const check = (path: string, who: string): void => {
    if (hashFile(path) !== expected) throw new Error(`${who} made a copy that differs`);
  };

  try {
    let own: OwnContender | undefined;
    for (let round = 0; round < rounds; round += 1) {
      for (const contender of onlyOwn ? [] : contenders) {
        const missing = contender.missing();
        if (missing !== null) {
          if (round === 0) rows.add("full", contender.name, usedMib, null, null, missing);
          continue;
        }
        const destination = destinationOf(contender);
        rmSync(destination, { force: true });
        const source = contender === rsync ? file : loop.device;
        loop.forget();
        const cost = await measure(contender.processes, () =>
          contender.copy(surroundings, source, destination),
        );
        if (round === 0) check(destination, contender.name);
        if (contender !== rsync) rmSync(destination);
        rows.add("full", contender.name, usedMib, cost.wallSeconds, cost);
      }
      await own?.discard();
      own = await startOwn(options, loop.device);
      await ownSync(rows, directory, "full", own, usedMib);
      check(own.replica, "ours");
    }
    if (own === undefined) return rows.all;

    const update = async (what: string, target: OwnContender): Promise<void> => {
      if (!onlyOwn && rsync.missing() === null) {
        const cost = await measure(rsync.processes, () =>
          rsync.copy(surroundings, file, destinationOf(rsync)),
        );
        check(destinationOf(rsync), "rsync");
        rows.add(what, rsync.name, usedMib, cost.wallSeconds, cost);
      }
      await ownSync(rows, directory, what, target, usedMib);
      check(target.replica, "ours");
    };
    for (let round = 0; round < rounds; round += 1) {
      changeEvenly(file, 0.01, `changed ${round}`);
      expected = hashFile(file);
      await update("1 % changed", own);
      await update("no change", own);
    }
    await own.discard();
    rmSync(destinationOf(rsync), { force: true });
  } finally {
    loop.detach();
  }
  rmSync(file);
  await benchHalf(options, rows);
  return rows.all;
}

async function benchHalf(options: CopiesOptions, rows: Rows): Promise<void> {
  const usedMib = Math.floor(options.sizeMib / 2);
  const file = makeExt4Disk(options.diskDirectory, "half", options.sizeMib, usedMib);
  hashFile(file);
  const loop = new LoopDisk(file);
  try {
    for (let round = 0; round < options.rounds; round += 1) {
      const own = await startOwn(options, loop.device);
      await ownSync(rows, options.surroundings.directory, "half empty", own, usedMib);
      await own.discard();
    }
  } finally {
    loop.detach();
  }
  rmSync(file);
}

function startOwn({ surroundings, codec, checksum }: CopiesOptions, disk: string): Promise<OwnContender> {
  const { directory } = surroundings;
  return OwnContender.start({ directory, disk, chunkBytes: 1_048_576, dataConnections: 2, codec, checksum });
}

async function ownSync(
  rows: Rows,
  directory: string,
  what: string,
  own: OwnContender,
  usedMib: number,
): Promise<void> {
  let times: OwnTimes | undefined;
  const cost = await measure(ownProcesses(directory), async () => {
    times = await own.sync();
  });
  if (times === undefined) throw new Error("nothing was measured");
  const { copied, settled, status } = times;
  let readBack = 0;
  const readBackCost = await measure(ownProcesses(directory), async () => {
    readBack = await own.verify();
  });
  const { rawBytes, checkedBytes } = status.receivedInRun;
  const checked = `${Math.round(checkedBytes / 1024 ** 2)} of ${Math.round(rawBytes / 1024 ** 2)} MiB hashed on arrival`;
  const stages = Object.entries(status.stageMicros).map(
    ([stage, micros]) => `${stage} ${(micros / 1e6).toFixed(1)}`,
  );
  rows.add(what, copiedName, usedMib, copied, null, checked);
  rows.add(what, settledName, usedMib, settled, cost, `(${stages.join(", ")})`);
  rows.add(what, provedName, usedMib, settled + readBack, sumOf(cost, readBackCost));
}

function sumOf(one: Cost, other: Cost): Cost {
  const labels = new Set([...Object.keys(one.peakResidentKiB), ...Object.keys(other.peakResidentKiB)]);
  const peak = (label: string): number =>
    Math.max(one.peakResidentKiB[label] ?? 0, other.peakResidentKiB[label] ?? 0);
  return {
    wallSeconds: one.wallSeconds + other.wallSeconds,
    cpuSeconds: one.cpuSeconds + other.cpuSeconds,
    wireBytes: one.wireBytes + other.wireBytes,
    peakResidentKiB: Object.fromEntries([...labels].map((label) => [label, peak(label)])),
  };
}
