/** Replicas as they were at the ends of earlier runs: kept as deltas, whatever dies in between, and had back whole. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ReplicaSnapshot, TaskRequest, TaskStatus } from "../../../common/api/intermediate-tasks.ts";
import type { SyncStatus } from "../../../common/api/intermediate.ts";
import { unwrap } from "../../../common/result.ts";
import { DaemonBench, isOver, jobId, makeDisk } from "../../support/intermediate/daemon.ts";
import type { ReferenceAgent } from "../../support/intermediate/reference-agent.ts";
import { imageHash } from "../../support/job-views.ts";

const disks = [makeDisk(0, 12, 71)];
const [disk] = disks;
if (disk === undefined) throw new Error("no disk");
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

let bench: DaemonBench;
let agent: ReferenceAgent | undefined;
beforeEach(() => {
  bench = new DaemonBench();
});
afterEach(async () => {
  agent?.destroy();
  await bench.dispose();
});

const post = <T>(path: string, body: object) =>
  bench.admin.call<T>("POST", `/v1/jobs/${jobId}/${path}`, body);
const list = async (): Promise<ReplicaSnapshot[]> =>
  unwrap(await bench.admin.call<ReplicaSnapshot[]>("GET", `/v1/jobs/${jobId}/snapshots`));

async function task(request: TaskRequest): Promise<TaskStatus> {
  unwrap(await post<TaskStatus>("tasks", request));
  for (;;) {
    const status = unwrap(
      await bench.admin.call<TaskStatus>("GET", `/v1/jobs/${jobId}/tasks/${request.kind}`),
    );
    if (status.state !== "running") return status;
    await new Promise((settle) => setTimeout(settle, 20));
  }
}

async function connectAgent(): Promise<void> {
  agent = await bench.agent(disks);
  void agent.run();
}

/** Changes the source and copies it in a run; the source's checksum then. */
async function run(number: number, keepSnapshots: number, change: () => void): Promise<string> {
  change();
  unwrap(
    await post<SyncStatus>("sync", { mode: "next", run: number, repairDiffering: false, keepSnapshots }),
  );
  await connectAgent();
  await bench.admin.statusWhen(jobId, (status) => isOver(status) && status.run === number);
  expect((await task({ kind: "verify" })).failure).toBeNull();
  return sha256(disk?.bytes ?? Buffer.alloc(0));
}

async function firstRun(): Promise<string> {
  await bench.putJob(disks);
  await connectAgent();
  await bench.admin.statusWhen(jobId, isOver);
  expect((await task({ kind: "verify" })).failure).toBeNull();
  return sha256(disk?.bytes ?? Buffer.alloc(0));
}

async function restored(of: number): Promise<string> {
  const status = await task({ kind: "restore", run: of });
  expect(status.failure).toBeNull();
  const path = status.result?.kind === "restore" ? status.result.files[0]?.path : undefined;
  return imageHash(path ?? "");
}

const overwrite = (offset: number, length: number, letter: string): void =>
  void disk.bytes.fill(letter, offset, offset + length);

describe("snapshots of a replica", () => {
  test("give every kept run back as it was, and cost what changed", async () => {
    await bench.start();
    const states = [await firstRun()];
    states.push(await run(2, 2, () => overwrite(100_000, 10, "b")));
    states.push(await run(3, 2, () => overwrite(100_000, 300_000, "c")));
    const kept = await list();
    expect(kept.map((snapshot) => snapshot.run)).toEqual([1, 2]);
    for (const { deltaBytes } of kept) expect(deltaBytes).toBeLessThan(disk.bytes.length);
    expect(await restored(1)).toBe(states[0]);
    expect(await restored(2)).toBe(states[1]);

    // Only the newest two stay, and they do not need the one that goes.
    states.push(await run(4, 2, () => disk.bytes.fill(0, 200_000, 700_000)));
    expect((await list()).map((snapshot) => snapshot.run)).toEqual([2, 3]);
    expect(await restored(2)).toBe(states[1]);
    expect(await restored(3)).toBe(states[2]);
    expect(sha256(readFileSync(bench.replicaPath(0)))).toBe(states[3]);
  }, 120_000);

  test("survive a kill -9 in the middle of a run, again and again", async () => {
    await bench.spawn();
    const before = await firstRun();
    disk.bytes.fill("z", 0, disk.bytes.length - 100);
    for (let kills = 0; kills < 4; kills += 1) {
      await post("sync", { mode: "next", run: 2, repairDiffering: false, keepSnapshots: 1 });
      agent?.destroy();
      const chunks = kills * 2 + 1;
      agent = await bench.agent(disks);
      const going = agent.run().catch(() => undefined);
      await bench.admin.statusWhen(
        jobId,
        (status) => isOver(status) || (status.disks[0]?.changedBytes ?? 0) >= chunks * 65_536,
      );
      await bench.kill();
      agent.destroy();
      await going;
      await bench.spawn();
      await bench.putJob(disks);
    }
    await run(2, 1, () => undefined);
    expect(await restored(1)).toBe(before);
  }, 120_000);

  test("are not made of a run that never came to its end, and go with the job", async () => {
    await bench.start();
    const first = await firstRun();
    // Run 2 begins, overwrites something and never ends.
    overwrite(5_000, 10, "x");
    unwrap(await post("sync", { mode: "next", run: 2, repairDiffering: false, keepSnapshots: 3 }));
    agent?.destroy();
    await run(3, 3, () => overwrite(500_000, 10, "y"));
    expect(await list()).toMatchObject([
      { run: 1, disks: [{ diskId: 0, treeHash: expect.any(String) as string }] },
    ]);
    expect(await restored(1)).toBe(first);
    expect(await task({ kind: "restore", run: 9 })).toMatchObject({ failure: { code: "not-found" } });
    unwrap(await bench.admin.call("DELETE", `/v1/jobs/${jobId}`, { keepImages: false }));
    expect(existsSync(bench.replicaPath(0))).toBe(false);
  });
});
