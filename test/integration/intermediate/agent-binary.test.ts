import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Provision, SyncStatus } from "../../../common/api/intermediate.ts";
import { unwrap } from "../../../common/result.ts";
import { Manifest } from "../../../intermediate/replica/manifest.ts";
import { AgentProcess, agentObstacle } from "../../support/intermediate/agent-process.ts";
import { DaemonBench, isOver, jobId, makeDisk } from "../../support/intermediate/daemon.ts";

const obstacle = agentObstacle();
if (obstacle !== null) console.warn(`SKIPPED: the real agent against the daemon: ${obstacle}`);

const chunkBytes = 65_536;

let bench: DaemonBench;
const agents: AgentProcess[] = [];
beforeEach(() => {
  bench = new DaemonBench();
});
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.kill();
  await bench.dispose();
});

const source = makeDisk(0, 800, 61);
const sourcePath = (): string => join(bench.folder, "source.img");

async function put(overrides: Partial<Provision> = {}): Promise<void> {
  if (!existsSync(sourcePath())) writeFileSync(sourcePath(), source.bytes);
  const disks = [{ id: 0, path: sourcePath(), sizeBytes: source.bytes.length }];
  const body = { ...bench.provision([source]), disks, ...overrides };
  unwrap(await bench.admin.call("PUT", `/v1/jobs/${jobId}`, body));
}

function launch(name: string): AgentProcess {
  const agent = AgentProcess.launch(bench, name);
  agents.push(agent);
  return agent;
}

const slow = { codec: "zstd", level: 1, rateBytesPerSecond: 8_000_000 } as const;
const fast = { codec: "zstd", level: 1, rateBytesPerSecond: 0 } as const;
const doneBytes = (status: SyncStatus): number => status.disks[0]?.doneBytes ?? 0;
const tune = (tuning: object) => bench.admin.call("POST", `/v1/jobs/${jobId}/tune`, tuning);

async function expectTheWholeSource(): Promise<SyncStatus> {
  const status = await bench.admin.statusWhen(jobId, isOver);
  expect(status).toMatchObject({ phase: "synced", settled: true, failure: null });
  expect(await bench.admin.task(jobId, { kind: "verify" })).toMatchObject({ result: { equal: true } });
  expect(readFileSync(bench.replicaPath(0)).equals(readFileSync(sourcePath()))).toBe(true);
  return status;
}

/** Bytes of the source's chunks that are not zero and that the manifest does not know. */
async function missingDataBytes(): Promise<number> {
  const copy = join(bench.folder, "manifest-copy");
  copyFileSync(bench.replicaPath(0).replace(/raw$/, "manifest"), copy);
  const manifest = unwrap(await Manifest.open(copy, { diskBytes: source.bytes.length, chunkBytes }));
  let missing = 0;
  for (let chunk = 0; chunk < manifest.chunkCount; chunk += 1) {
    const bytes = source.bytes.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes);
    const known = unwrap(await manifest.isKnown({ first: chunk, count: 1 }));
    if (!known && bytes.some((byte) => byte !== 0)) missing += bytes.length;
  }
  await manifest.close();
  return missing;
}

describe.runIf(obstacle === null)("the real agent", () => {
  test("copies a disk, is found equal, and leaves without a trace when it is told to", async () => {
    await bench.start();
    await put();
    const agent = launch("agent");
    const status = await expectTheWholeSource();
    expect(status.agent).toMatchObject({ connected: true, platform: "linux-x86_64" });
    unwrap(await bench.admin.call("POST", `/v1/jobs/${jobId}/finish`, {}));
    await expect.poll(() => agent.isRunning, { timeout: 10_000 }).toBe(false);
    expect(existsSync(agent.directory)).toBe(false);
  });

  test("is killed midway, and its successor sends only what is missing", async () => {
    await bench.start();
    await put({ tuning: slow });
    const first = launch("first");
    const before = await bench.admin.statusWhen(jobId, (status) => doneBytes(status) > 150 * chunkBytes);
    first.kill();
    await bench.admin.statusWhen(jobId, (status) => !status.agent.connected);
    const durable = await bench.admin.status(jobId);
    expect(doneBytes(durable)).toBeGreaterThanOrEqual(doneBytes(before));
    const missing = await missingDataBytes();
    expect(missing).toBeGreaterThan(0);
    await tune(fast);
    launch("second");
    const after = await expectTheWholeSource();
    expect(after.rawBytesReceived - durable.rawBytesReceived).toBe(missing);
  });

  test("comes back by itself when the daemon was killed, and goes on where it was", async () => {
    await bench.spawn();
    await put({ tuning: slow });
    const agent = launch("agent");
    const before = await bench.admin.statusWhen(jobId, (status) => doneBytes(status) > 150 * chunkBytes);
    await bench.kill();
    const { controlPort, dataPort } = bench;
    await bench.spawn({ controlPort, dataPort });
    expect(doneBytes(await bench.admin.status(jobId))).toBeGreaterThanOrEqual(doneBytes(before));
    await put({ tuning: fast });
    await expectTheWholeSource();
    expect(agent.isRunning).toBe(true);
  });

  test("is paused and goes on, live", async () => {
    await bench.start();
    await put({ tuning: slow });
    launch("agent");
    await bench.admin.statusWhen(jobId, (status) => doneBytes(status) > 50 * chunkBytes);
    unwrap(await bench.admin.call("POST", `/v1/jobs/${jobId}/pause`, { paused: true }));
    await tune(fast);
    // What was on its way arrives; after that nothing moves.
    let last = -1;
    await expect
      .poll(
        async () => {
          const now = (await bench.admin.status(jobId)).rawBytesReceived;
          const still = now === last;
          last = now;
          return still;
        },
        { interval: 500, timeout: 20_000 },
      )
      .toBe(true);
    expect(last).toBeLessThan(source.bytes.length);
    unwrap(await bench.admin.call("POST", `/v1/jobs/${jobId}/pause`, { paused: false }));
    await expectTheWholeSource();
  });

  test("gives the job's failure when its disk is gone, and works after a resume", async () => {
    await bench.start();
    await put();
    rmSync(sourcePath());
    launch("first");
    expect((await bench.admin.statusWhen(jobId, isOver)).failure).toMatchObject({
      code: "source-disk-missing",
    });
    writeFileSync(sourcePath(), source.bytes);
    unwrap(
      await bench.admin.call("POST", `/v1/jobs/${jobId}/sync`, { mode: "resume", repairDiffering: false }),
    );
    launch("second");
    await expectTheWholeSource();
  });
});
