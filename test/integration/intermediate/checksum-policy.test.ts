/** What becomes of a chunk that suffered between the agent's hash and the wire, whenever arriving bytes are hashed. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChecksumPolicy, SyncStatus, Tuning } from "../../../common/api/intermediate.ts";
import { unwrap } from "../../../common/result.ts";
import { DaemonBench, isOver, jobId, makeDisk } from "../../support/intermediate/daemon.ts";
import { noTasks } from "../../support/intermediate/no-tasks.ts";
import type { ReferenceAgent, SourceDisk } from "../../support/intermediate/reference-agent.ts";

const chunkBytes = 65_536;
const chunks = 240;

let bench: DaemonBench;
let disks: SourceDisk[];
let damaged: number;
const agents: ReferenceAgent[] = [];
beforeEach(() => {
  bench = new DaemonBench();
  disks = [makeDisk(0, chunks, 71)];
  damaged = dataChunk(20);
});
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await bench.dispose();
});

/** The first chunk from `from` on that is not zero. */
function dataChunk(from: number): number {
  const bytes = disks[0]?.bytes ?? Buffer.alloc(0);
  const isData = (chunk: number) =>
    bytes.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes).some((byte) => byte !== 0);
  for (let chunk = from; ; chunk += 1) if (isData(chunk)) return chunk;
}

const tuning = (checksum: ChecksumPolicy): Tuning => ({
  codec: "zstd",
  level: 1,
  rateBytesPerSecond: 0,
  checksum,
});

async function tune(checksum: ChecksumPolicy): Promise<SyncStatus> {
  return unwrap(await bench.admin.call<SyncStatus>("POST", `/v1/jobs/${jobId}/tune`, tuning(checksum)));
}

async function startAgent(overrides: Parameters<DaemonBench["agent"]>[1] = {}) {
  const agent = await bench.agent(disks, overrides);
  agents.push(agent);
  return { agent, run: agent.run() };
}

/** Agents one after another, as one that tries again, until the sync is over. */
async function agentsUntilOver(overrides: Parameters<DaemonBench["agent"]>[1] = {}): Promise<SyncStatus> {
  let over = false;
  const running = (async () => {
    while (!over) await (await startAgent(overrides)).run;
  })();
  const status = await bench.admin.statusWhen(jobId, isOver);
  over = true;
  agents.splice(0).forEach((agent) => agent.destroy());
  await running;
  return status;
}

const uncheckedBytes = (status: SyncStatus): number =>
  status.disks.reduce((sum, disk) => sum + disk.uncheckedBytes, 0);

const damage = (which: () => number) => ({
  damages: (_disk: SourceDisk, _pass: number, chunk: number) => chunk === which(),
});

/** Sends what the read-back found wrong again; the sync is over, whatever came of it. */
async function repair(): Promise<void> {
  unwrap(await bench.admin.call("POST", `/v1/jobs/${jobId}/sync`, { mode: "resume", repairDiffering: true }));
}

async function expectEqual(): Promise<void> {
  expect(await bench.admin.task(jobId, { kind: "verify" })).toMatchObject({
    state: "done",
    result: { equal: true, differing: [] },
  });
  const status = await bench.admin.status(jobId);
  expect(status).toMatchObject({ phase: "verified", failure: null });
  expect(uncheckedBytes(status)).toBe(0);
  for (const disk of disks) expect(readFileSync(bench.replicaPath(disk.id)).equals(disk.bytes)).toBe(true);
}

describe("with `arrival`", () => {
  test("a damaged chunk is refused before it is written, and what was taken was all hashed", async () => {
    await bench.start();
    await bench.putJob(disks, { tuning: tuning("arrival") });
    const { run } = await startAgent(damage(() => damaged));
    expect(await run).toMatchObject({ kind: "aborted", name: "protocol" });
    const refused = await bench.admin.statusWhen(jobId, ({ agent }) => !agent.connected);
    expect(refused.agent.lastError).toContain(`the bytes of chunk ${damaged}`);
    expect(await agentsUntilOver()).toMatchObject({ phase: "synced", settled: true });

    const status = await bench.admin.status(jobId);
    expect(uncheckedBytes(status)).toBe(0);
    const { rawBytes, checkedBytes } = status.receivedInRun;
    // All but the damaged one, and what arrived behind it and was not looked at any more.
    expect(checkedBytes).toBeGreaterThanOrEqual(status.disks[0]?.inRun.sentBytes ?? Infinity);
    expect(checkedBytes).toBeLessThan(rawBytes);
    await expectEqual();
  });
});

describe("with `proof`", () => {
  test("a damaged chunk is found by the read-back, hashed when it comes again, and the job ends equal", async () => {
    await bench.start();
    await bench.putJob(disks, { tuning: tuning("proof") });
    const { agent } = await startAgent(damage(() => damaged));
    const synced = await bench.admin.statusWhen(jobId, isOver);
    // The agent's passes cannot see it: they compare the source with what was said of it.
    expect(synced).toMatchObject({ phase: "synced", settled: true, receivedInRun: { checkedBytes: 0 } });
    expect(uncheckedBytes(synced)).toBe(synced.disks[0]?.inRun.sentBytes);

    const range = { diskId: 0, offset: damaged * chunkBytes, length: chunkBytes };
    const task = await bench.admin.task(jobId, { kind: "verify" });
    expect(task).toMatchObject({ result: { equal: false, differing: [range] } });
    const failed = await bench.admin.status(jobId);
    expect(failed).toMatchObject({ phase: "failed", failure: { code: "replica-differs" } });
    // Everything else has been hashed now.
    expect(uncheckedBytes(failed)).toBe(chunkBytes);

    const was = damaged;
    damaged = -1;
    await repair();
    const repaired = await bench.admin.statusWhen(jobId, (status) => isOver(status) && status.pass > 2);
    expect(repaired).toMatchObject({ phase: "synced", receivedInRun: { checkedBytes: chunkBytes } });
    expect(agent.tally.sent.filter((key) => key.startsWith("3/"))).toEqual([`3/0/${was}`]);
    await expectEqual();
  });

  test("what is left of a disk to be hashed is said also while another one is under way", async () => {
    disks = [makeDisk(0, 60, 72), makeDisk(1, 60, 73)];
    await bench.start();
    await bench.putJob(disks, { tuning: tuning("proof") });
    let later: SyncStatus | undefined;
    await startAgent({
      async beforePass(pass) {
        if (pass === 2) later ??= await bench.admin.status(jobId);
      },
    });
    const synced = await bench.admin.statusWhen(jobId, isOver);
    for (const [index, disk] of synced.disks.entries()) {
      expect(disk.uncheckedBytes).toBeGreaterThan(0);
      expect(later?.disks[index]?.uncheckedBytes).toBe(disk.uncheckedBytes);
    }
    await expectEqual();
  });

  test("an agent that goes on damaging it is refused once the read-back has found it out", async () => {
    await bench.start();
    await bench.putJob(disks, { tuning: tuning("proof") });
    await startAgent(damage(() => damaged));
    await bench.admin.statusWhen(jobId, isOver);
    expect(await bench.admin.task(jobId, { kind: "verify" })).toMatchObject({ result: { equal: false } });
    agents.splice(0).forEach((agent) => agent.destroy());
    await bench.admin.statusWhen(jobId, ({ agent }) => !agent.connected);
    await repair();
    const status = await agentsUntilOver(damage(() => damaged));
    expect(status).toMatchObject({ phase: "failed", failure: { code: "protocol-violation" } });
    expect(status.failure?.message).toContain(`the bytes of chunk ${damaged}`);

    unwrap(
      await bench.admin.call("POST", `/v1/jobs/${jobId}/sync`, { mode: "resume", repairDiffering: false }),
    );
    await agentsUntilOver();
    await expectEqual();
  });
});

test.each(["zstd", "raw"] as const)(
  "changed while it runs (%s), killed in between: who hashed what is known, and what suffered is found",
  async (codec) => {
    await bench.spawn();
    await bench.putJob(disks, { tuning: { ...tuning("arrival"), codec } });
    const change = (checksum: ChecksumPolicy) =>
      bench.admin.call("POST", `/v1/jobs/${jobId}/tune`, { ...tuning(checksum), codec });
    let first: ReferenceAgent | undefined;
    const settled = async (keys: number) => {
      while ((first?.tally.acknowledged.size ?? 0) < keys)
        await new Promise((resolve) => setTimeout(resolve, 10));
    };
    const early = dataChunk(90);
    const started = await startAgent({
      ...damage(() => early),
      async beforeChunk(_disk, pass, chunk) {
        if (pass !== 1) return;
        if (chunk === 80) {
          await settled(80);
          unwrap(await change("proof"));
        }
        if (chunk === 160) {
          await settled(160);
          await bench.kill();
        }
      },
    });
    first = started.agent;
    expect(await started.run).toEqual({ kind: "lost" });
    // It may go on for a while before it notices that nobody is there any more.
    const between = first.tally.sent
      .map((key) => Number(key.split("/")[2]))
      .filter((chunk) => chunk >= 80 && chunk < 160);
    expect(between).toContain(early);

    await bench.spawn();
    const reloaded = await bench.admin.status(jobId);
    expect(uncheckedBytes(reloaded)).toBe(between.length * chunkBytes);
    await bench.putJob(disks, { tuning: { ...tuning("arrival"), codec } });
    const { agent } = await startAgent();
    const synced = await bench.admin.statusWhen(jobId, isOver);
    expect(agent.tally.skipped).toHaveLength(160);
    // A resumed first pass believes what is recorded, and a second one finds it the same: neither has hashed it.
    expect(synced).toMatchObject({ phase: "synced", settled: true });
    expect(uncheckedBytes(synced)).toBe(between.length * chunkBytes);

    expect(await bench.admin.task(jobId, { kind: "verify" })).toMatchObject({
      result: { equal: false, differing: [{ diskId: 0, offset: early * chunkBytes, length: chunkBytes }] },
    });
    await repair();
    await bench.admin.statusWhen(jobId, (status) => isOver(status) && status.pass > 2);
    await expectEqual();
  },
);

test("with `automatic`, chunks are hashed on arrival while the processors have room, and what is left is said", async () => {
  let room = true;
  // In this thread: workers that are late would be a reason too.
  await bench.start({ unpackThreads: 0 }, {}, noTasks, { hasRoom: () => room });
  expect((await bench.putJob(disks)).tuning.checksum).toBeUndefined();
  const { agent } = await startAgent({
    async beforeChunk(_disk, pass, chunk) {
      if (pass !== 1 || chunk !== 100) return;
      while (agent.tally.acknowledged.size < 100) await new Promise((resolve) => setTimeout(resolve, 10));
      room = false;
    },
  });
  const status = await bench.admin.statusWhen(jobId, isOver);
  const early = agent.tally.sent.filter((key) => Number(key.split("/")[2]) < 100).length;
  expect(status.receivedInRun.checkedBytes).toBe(early * chunkBytes);
  // The last chunk is shorter; in the sums of whole chunks it is not.
  expect(uncheckedBytes(status)).toBe((status.disks[0]?.inRun.sentBytes ?? 0) - early * chunkBytes);
  expect(await tune("arrival")).toMatchObject({ tuning: { checksum: "arrival" } });
  await expectEqual();
});
