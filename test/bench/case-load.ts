/** What of its own work a source still gets done beside a copy, on one processor, with the load ceiling and without. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeExt4Disk } from "./bench-disk.ts";
import { NetworkNamespace } from "../support/network-namespace.ts";
import { OwnContender } from "./own-contender.ts";
import type { LoadRow } from "./result.ts";

const seconds = 8;
const diskMib = 512;
const workloads = ["processor", "disk"] as const;
const onFirst = ["taskset", "-c", "0"] as const;

async function work(kind: (typeof workloads)[number], disk: string): Promise<number> {
  const script = join(import.meta.dirname, "workload.ts");
  const args = [...onFirst.slice(1), process.execPath, script, kind, String(seconds), disk];
  return Number((await promisify(execFile)(onFirst[0], args)).stdout);
}

/** Nothing where network namespaces cannot be had: beside its intermediate an agent knows no ceiling. */
export async function benchLoad(directory: string, say: (line: string) => void): Promise<readonly LoadRow[]> {
  const namespace = NetworkNamespace.make(process.pid % 10_000);
  if (namespace === undefined) {
    say("  no network namespaces here: left out");
    return [];
  }
  const rows: LoadRow[] = [];
  try {
    // A file, so that both read the same real disk; all of it, again and again while the work lasts.
    const disk = makeExt4Disk(directory, "load", diskMib, Math.floor(diskMib * 0.77));
    for (const kind of workloads) {
      const alone = await work(kind, disk);
      for (const loadPercent of [10, 100]) {
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
        let busy = true;
        const copying = (async () => {
          while (busy) await own.sync();
        })().catch((error: unknown) => {
          if (busy) throw error;
        });
        const beside = await work(kind, disk);
        const { disks, pass } = await own.status();
        const readMib = (diskMib * (pass - 1) + (disks[0]?.doneBytes ?? 0) / 1_048_576) / seconds;
        busy = false;
        await own.abandon();
        await copying;
        const ceiling = loadPercent === 100 ? "none" : `${loadPercent} % (the default)`;
        rows.push({ workload: kind, alone, beside, readMib, ceiling });
        say(`  ${kind}, ceiling ${ceiling}: ${((beside / alone) * 100).toFixed(0)} % kept`);
      }
    }
  } finally {
    namespace.remove();
  }
  return rows;
}
