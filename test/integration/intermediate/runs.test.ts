import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SyncStatus } from "../../../common/api/intermediate.ts";
import { unwrap } from "../../../common/result.ts";
import { DaemonBench, isOver, jobId, makeDisk } from "../../support/intermediate/daemon.ts";
import type { ReferenceAgent, SourceDisk } from "../../support/intermediate/reference-agent.ts";

const chunkBytes = 65_536;

let bench: DaemonBench;
const agents: ReferenceAgent[] = [];
beforeEach(() => {
  bench = new DaemonBench();
});
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await bench.dispose();
});

const post = <T>(what: string, body: object) =>
  bench.admin.call<T>("POST", `/v1/jobs/${jobId}/${what}`, body);
const beginRun = (run: number) => post<SyncStatus>("sync", { mode: "next", run, repairDiffering: false });

/** An agent that copies until the sync is over. */
async function copy(disks: readonly SourceDisk[]): Promise<SyncStatus> {
  const agent = await bench.agent(disks);
  agents.push(agent);
  void agent.run();
  const status = await bench.admin.statusWhen(jobId, isOver);
  agent.destroy();
  await bench.admin.statusWhen(jobId, (now) => !now.agent.connected);
  return status;
}

function changed(disk: SourceDisk, chunk: number): SourceDisk {
  const bytes = Buffer.from(disk.bytes);
  bytes.fill("changed", chunk * chunkBytes, chunk * chunkBytes + 100);
  return { ...disk, bytes };
}

describe("a later run", () => {
  test("receives what changed alone, and begins once however often it is asked for", async () => {
    await bench.start();
    const disk = makeDisk(0, 60, 3);
    await bench.putJob([disk]);
    const first = await copy([disk]);
    expect(first).toMatchObject({ run: 1, firstPass: 1, settled: true });

    const begun = unwrap(await beginRun(2));
    expect(begun).toMatchObject({ run: 2, phase: "syncing", receivedInRun: { rawBytes: 0 } });
    // The assistant died and asks again; so does it after the intermediate's own death.
    expect(unwrap(await beginRun(2)).firstPass).toBe(begun.firstPass);
    await bench.stop();
    await bench.start();
    await bench.putJob([disk]);
    expect(unwrap(await beginRun(2)).firstPass).toBe(begun.firstPass);

    const newer = changed(disk, 7);
    const second = await copy([newer]);
    expect(second).toMatchObject({ run: 2, settled: true, receivedInRun: { rawBytes: chunkBytes } });
    expect(second.disks[0]?.inRun).toMatchObject({ sentBytes: chunkBytes, zeroBytes: 0, unusedBytes: 0 });
    expect((second.disks[0]?.inRun.sameBytes ?? 0) + chunkBytes).toBeGreaterThanOrEqual(disk.bytes.length);
    expect(readFileSync(bench.replicaPath(0)).equals(newer.bytes)).toBe(true);
    expect(await beginRun(1)).toMatchObject({ failure: { code: "job-state" } });
  });

  test("may follow one that did not come to its end", async () => {
    await bench.start();
    const disk = makeDisk(0, 60, 4);
    await bench.putJob([disk]);
    unwrap(await beginRun(2));
    const newer = changed(disk, 3);
    expect(await copy([newer])).toMatchObject({ run: 2, settled: true });
    expect(readFileSync(bench.replicaPath(0)).equals(newer.bytes)).toBe(true);
  });
});

test("the transfer comes to rest by itself at the hour it was told, also when the daemon was away then", async () => {
  await bench.start();
  const disk = makeDisk(0, 20, 5);
  await bench.putJob([disk]);
  const restAtMs = Date.now() + 3_600_000;
  expect(unwrap(await post<SyncStatus>("pause", { paused: false, restAtMs }))).toMatchObject({ restAtMs });
  unwrap(await post("pause", { paused: false, restAtMs: Date.now() + 300 }));
  await bench.admin.statusWhen(jobId, (status) => status.paused);

  unwrap(await post("pause", { paused: false, restAtMs: Date.now() + 200 }));
  await bench.stop();
  await new Promise((resolve) => setTimeout(resolve, 250));
  await bench.start();
  const status = await bench.admin.statusWhen(jobId, ({ paused }) => paused);
  expect(status.restAtMs).toBeNull();
  expect(unwrap(await post<SyncStatus>("pause", { paused: false })).paused).toBe(false);
});
