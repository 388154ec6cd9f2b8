/** What of its own work a source still gets done beside a copy, on one processor, with the load ceiling and without. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mixedBytes } from "../support/mixed-disk.ts";
import { NetworkNamespace } from "../support/network-namespace.ts";
import { OwnContender } from "./own-contender.ts";
import type { LoadRow } from "./result.ts";

/** The copy goes on and rests in turns, so that whatever else the machine does is in both. */
const turns = 12;
const turnMs = 2_000;
const diskMib = 1_024;
const workloads = ["processor", "disk", "both"] as const;
type Workload = (typeof workloads)[number];
const onFirst = ["taskset", "-c", "0"] as const;

/** The source's own work, going on; `between` tells its rounds a second. */
class OwnWork {
  readonly #child;
  readonly #told: { readonly at: number; readonly done: number }[] = [];

  constructor(kind: Workload, disk: string) {
    const script = join(import.meta.dirname, "workload.ts");
    this.#child = spawn(onFirst[0], [...onFirst.slice(1), process.execPath, script, kind, disk], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const [at = 0, done = 0] = line.split(" ").map(Number);
      this.#told.push({ at, done });
    });
  }

  between(fromMs: number, toMs: number): number {
    const within = this.#told.filter(({ at }) => at >= fromMs && at <= toMs);
    const [first, last] = [within[0], within.at(-1)];
    if (first === undefined || last === undefined || first.at === last.at) return Number.NaN;
    return ((last.done - first.done) * 1_000) / (last.at - first.at);
  }

  get isGoing(): boolean {
    return this.#told.length > 0;
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}

/** Full of data: holes would be read without the disk. */
function makeFullDisk(directory: string): string {
  const path = join(directory, "load.img");
  const next = mixedBytes("load");
  const file = openSync(path, "w");
  for (let written = 0; written < diskMib; written += 1) writeSync(file, next());
  fsyncSync(file);
  closeSync(file);
  return path;
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** The source's own work while a copy of `disk` goes on and rests in turns. */
async function inTurns(
  workload: Workload,
  disk: string,
  directory: string,
  loadPercent: number,
  namespace: NetworkNamespace,
): Promise<LoadRow> {
  const own = await OwnContender.start({
    directory,
    disk,
    chunkBytes: 1_048_576,
    dataConnections: 2,
    codec: "adaptive",
    loadPercent,
    usedBlocksOnly: false,
    namespace,
    agentPrefix: onFirst,
    intermediatePrefix: ["taskset", "-c", "1"],
  });
  const work = new OwnWork(workload, disk);
  let busy = true;
  const copying = (async () => {
    while (busy) await own.sync();
  })().catch((error: unknown) => {
    if (busy) throw error;
  });
  const readMib = async (): Promise<number> => {
    const { disks, pass } = await own.status();
    return diskMib * (pass - 1) + (disks[0]?.doneBytes ?? 0) / 1_048_576;
  };
  const alone: number[] = [];
  const kept: number[] = [];
  let read = 0;
  let copied = 0;
  try {
    while (!work.isGoing || (await readMib()) === 0) await sleep(100);
    let before = Number.NaN;
    for (let turn = 0; turn <= turns; turn += 1) {
      await own.pause(true);
      await sleep(200);
      const [rested, readSoFar] = [Date.now(), await readMib()];
      await sleep(turnMs);
      const resting = work.between(rested, Date.now());
      // Beside the rests before and after it.
      if (turn > 0) kept.push(copied / ((before + resting) / 2));
      before = resting;
      alone.push(resting);
      const begun = Date.now();
      await own.pause(false);
      await sleep(turnMs);
      copied = work.between(begun, Date.now());
      if (turn < turns) read += (await readMib()) - readSoFar;
    }
  } finally {
    busy = false;
    work.end();
    await own.abandon();
    await copying;
  }
  return {
    workload,
    alone: median(alone),
    kept: median(kept),
    readMib: read / turns / (turnMs / 1_000),
    ceiling: loadPercent === 100 ? "none" : `${loadPercent} % (the default)`,
  };
}

/** Nothing where network namespaces cannot be had: beside its intermediate an agent knows no ceiling. */
export async function benchLoad(directory: string, say: (line: string) => void): Promise<readonly LoadRow[]> {
  const namespace = NetworkNamespace.make(process.pid % 10_000);
  if (namespace === undefined) {
    say("  no network namespaces here: left out");
    return [];
  }
  const rows: LoadRow[] = [];
  // What the intermediate writes is on another machine's disk: in memory here.
  const memory = existsSync("/dev/shm") ? "/dev/shm" : directory;
  const elsewhere = mkdtempSync(join(memory, "sma-bench-"));
  try {
    // A file, so that both read the same real disk; all of it, again and again while the work lasts.
    const disk = makeFullDisk(directory);
    for (const kind of workloads) {
      for (const loadPercent of [10, 100]) {
        const row = await inTurns(kind, disk, elsewhere, loadPercent, namespace);
        rows.push(row);
        say(
          `  ${kind}, ceiling ${row.ceiling}: ${(row.kept * 100).toFixed(1)} % kept, ${row.readMib.toFixed(0)} MiB/s read`,
        );
      }
    }
  } finally {
    namespace.remove();
    rmSync(elsewhere, { recursive: true, force: true });
  }
  return rows;
}
