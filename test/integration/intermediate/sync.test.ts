import { readFileSync, statSync } from "node:fs";
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

/** Starts an agent that goes on by itself, and waits for the sync's end. */
async function copy(
  disks: readonly SourceDisk[],
  overrides: Parameters<DaemonBench["agent"]>[1] = {},
): Promise<{ agent: ReferenceAgent; status: SyncStatus; run: ReturnType<ReferenceAgent["run"]> }> {
  const agent = await bench.agent(disks, overrides);
  agents.push(agent);
  const run = agent.run();
  return { agent, run, status: await bench.admin.statusWhen(jobId, isOver) };
}

const ofPass = (keys: readonly string[], pass: number): string[] =>
  keys.filter((key) => key.startsWith(`${pass}/`));

function expectEqualReplicas(disks: readonly SourceDisk[]): void {
  for (const disk of disks)
    expect(readFileSync(bench.replicaPath(disk.id)).equals(disk.bytes), `disk ${disk.id}`).toBe(true);
}

describe("a full sync", () => {
  test("ends with a replica that is byte for byte the source, proved by its tree hash", async () => {
    await bench.start();
    const disks = [makeDisk(0, 300, 1), makeDisk(5, 70, 2)];
    expect(await bench.putJob(disks)).toMatchObject({ phase: "idle", agent: { connected: false } });
    const { agent, status, run } = await copy(disks);
    expect(status).toMatchObject({ phase: "synced", settled: true, pass: 2, failure: null });
    const task = await bench.admin.task(jobId, { kind: "verify" });
    expect(task).toMatchObject({ state: "done", result: { equal: true, differing: [] } });
    expectEqualReplicas(disks);
    const verified = await bench.admin.status(jobId);
    expect(verified.phase).toBe("verified");
    for (const disk of verified.disks) expect(disk.replicaTreeHash).toBe(disk.sourceTreeHash);
    // Zero chunks were neither sent nor stored.
    expect(agent.tally.zero.length).toBeGreaterThan(50);
    expect(statSync(bench.replicaPath(0)).blocks * 512).toBeLessThan(300 * chunkBytes * 0.8);
    unwrap(await bench.admin.call("POST", `/v1/jobs/${jobId}/finish`, {}));
    expect(await run).toEqual({ kind: "finished", remove: true });
    expect((await bench.admin.status(jobId)).agent.connected).toBe(false);
  });

  test("copies a disk that is smaller than one chunk", async () => {
    await bench.start();
    const disks = [{ id: 0, bytes: Buffer.from("a very small disk") }];
    await bench.putJob(disks);
    expect((await copy(disks)).status).toMatchObject({ phase: "synced", settled: true });
    expectEqualReplicas(disks);
  });

  test("never shows progress running backwards within a pass", async () => {
    await bench.start();
    const disks = [makeDisk(0, 200, 3)];
    await bench.putJob(disks);
    const agent = await bench.agent(disks);
    agents.push(agent);
    void agent.run();
    let before = await bench.admin.status(jobId);
    while (!isOver(before)) {
      const now = await bench.admin.status(jobId);
      const samePass = now.pass === before.pass;
      if (samePass) expect(now.disks[0]?.doneBytes).toBeGreaterThanOrEqual(before.disks[0]?.doneBytes ?? 0);
      else expect(now.pass).toBe(before.pass + 1);
      before = now;
    }
    expect(before.rawBytesReceived).toBe(
      agent.tally.sent.length * chunkBytes - (agent.tally.sent.includes("1/0/199") ? 512 : 0),
    );
    expect(before.wireBytesReceived).toBeLessThan(before.rawBytesReceived);
  });
});

describe("a source that is being written", () => {
  test("gets another pass over what changed, until source and replica agree", async () => {
    await bench.start();
    const disks = [makeDisk(0, 100, 4)];
    await bench.putJob(disks);
    const { agent, status } = await copy(disks, {
      beforeChunk(disk, pass, chunk) {
        // Behind the agent's back: what it has read already.
        if (pass === 1 && chunk === 50) disk.bytes.fill(0x77, 10 * chunkBytes, 12 * chunkBytes);
        if (pass === 1 && chunk === 60) disk.bytes.fill(0, 20 * chunkBytes, 21 * chunkBytes);
      },
    });
    expect(status).toMatchObject({ phase: "synced", settled: true, pass: 3 });
    expect(ofPass(agent.tally.sent, 2)).toEqual(["2/0/10", "2/0/11"]);
    expect(ofPass(agent.tally.zero, 2).every((key) => key === "2/0/20")).toBe(true);
    expectEqualReplicas(disks);
  });

  test("ends at the pass limit with the ranges that still changed", async () => {
    await bench.start();
    const disks = [makeDisk(0, 50, 5)];
    await bench.putJob(disks, { passLimit: 3 });
    const { status } = await copy(disks, {
      beforePass: (pass) => void disks[0]?.bytes.fill(pass, 7 * chunkBytes, 8 * chunkBytes),
    });
    expect(status).toMatchObject({
      phase: "synced",
      settled: false,
      pass: 3,
      stillChanging: [{ diskId: 0, offset: 7 * chunkBytes, length: chunkBytes }],
    });
    expect(await bench.admin.task(jobId, { kind: "verify" })).toMatchObject({ result: { equal: true } });
  });

  test("sends only the difference in an incremental sync, over the agent that stayed", async () => {
    await bench.start();
    const disks = [makeDisk(0, 80, 6)];
    await bench.putJob(disks);
    const { agent, status } = await copy(disks);
    expect(status.pass).toBe(2);
    await bench.admin.task(jobId, { kind: "verify" });
    disks[0]?.bytes.write("changed since", 33 * chunkBytes);
    unwrap(
      await bench.admin.call("POST", `/v1/jobs/${jobId}/sync`, { mode: "next", repairDiffering: false }),
    );
    const second = await bench.admin.statusWhen(jobId, (now) => isOver(now) && now.pass > 2);
    expect(second).toMatchObject({ phase: "synced", settled: true, pass: 4 });
    expect(ofPass(agent.tally.sent, 3)).toEqual(["3/0/33"]);
    expectEqualReplicas(disks);
    // The verification was about the replica before.
    expect(second.disks[0]?.replicaTreeHash).toBeNull();
    expect(await bench.admin.call("GET", `/v1/jobs/${jobId}/tasks/verify`)).toMatchObject({
      ok: false,
      failure: { code: "not-found" },
    });
  });
});

describe("the admin's hand", () => {
  test("pauses, changes the rate and goes on, live", async () => {
    await bench.start();
    const disks = [makeDisk(0, 120, 7)];
    await bench.putJob(disks);
    unwrap(await bench.admin.call("POST", `/v1/jobs/${jobId}/pause`, { paused: true }));
    const agent = await bench.agent(disks);
    agents.push(agent);
    void agent.run();
    await expect.poll(() => agent.tally.pauses.length).toBe(1);
    expect(await bench.admin.status(jobId)).toMatchObject({ paused: true, phase: "syncing" });
    expect(agent.tally.sent).toEqual([]);
    const tuning = { codec: "raw", level: 1, rateBytesPerSecond: 1_000_000 };
    unwrap(await bench.admin.call("POST", `/v1/jobs/${jobId}/tune`, tuning));
    await expect.poll(() => agent.tally.tunes.length).toBe(1);
    expect(agent.tally.tunes[0]).toMatchObject({ codec: 0, rate: 1_000_000 });
    unwrap(await bench.admin.call("POST", `/v1/jobs/${jobId}/pause`, { paused: false }));
    expect(await bench.admin.statusWhen(jobId, isOver)).toMatchObject({
      phase: "synced",
      paused: false,
      tuning,
    });
  });

  test("is told of unreadable ranges when the copy goes on over them", async () => {
    await bench.start();
    const whole = makeDisk(0, 20, 8);
    const disks = [{ ...whole, unreadable: [{ offset: 3 * chunkBytes + 4_096, length: 4_096 }] }];
    await bench.putJob(disks, { continueOnReadError: true });
    const { status } = await copy(disks);
    expect(status.readErrors).toEqual([{ diskId: 0, offset: 3 * chunkBytes + 4_096, length: 4_096 }]);
    const expected = Buffer.from(whole.bytes);
    expected.fill(0, 3 * chunkBytes + 4_096, 3 * chunkBytes + 8_192);
    expect(readFileSync(bench.replicaPath(0)).equals(expected)).toBe(true);
  });

  test.each([
    [4, "source-disk-missing"],
    [5, "source-disk-changed"],
    [6, "source-read-error"],
  ])("sees ABORT %i of the agent as the job's failure %s, and can resume", async (code, expected) => {
    await bench.start();
    const disks = [makeDisk(0, 10, 9)];
    await bench.putJob(disks);
    const agent = await bench.agent(disks);
    agents.push(agent);
    await agent.greet();
    agent.control.send({ type: "ABORT", code, reason: "disk 0 offset 4096" });
    const failed = await bench.admin.statusWhen(jobId, (status) => status.phase === "failed");
    expect(failed.failure?.code).toBe(expected);
    expect(failed.failure?.message).toContain("disk 0 offset 4096");
    const refused = await bench.agent(disks);
    expect(await refused.run()).toMatchObject({ kind: "aborted", name: "not-ready" });
    unwrap(
      await bench.admin.call("POST", `/v1/jobs/${jobId}/sync`, { mode: "resume", repairDiffering: false }),
    );
    expect((await copy(disks)).status).toMatchObject({ phase: "synced", failure: null });
  });
});

describe("verification", () => {
  test("names the flipped byte's range, and a repair copies that range alone", async () => {
    await bench.start();
    const disks = [makeDisk(0, 60, 10), makeDisk(1, 60, 11)];
    await bench.putJob(disks);
    const { agent } = await copy(disks);
    const { open } = await import("node:fs/promises");
    const file = await open(bench.replicaPath(1), "r+");
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, 17 * chunkBytes + 5);
    await file.write(Buffer.of(byte.readUInt8(0) ^ 0x10), 0, 1, 17 * chunkBytes + 5);
    await file.close();

    const range = { diskId: 1, offset: 17 * chunkBytes, length: chunkBytes };
    const task = await bench.admin.task(jobId, { kind: "verify" });
    expect(task).toMatchObject({ state: "done", result: { equal: false, differing: [range] } });
    const failed = await bench.admin.status(jobId);
    expect(failed).toMatchObject({
      phase: "failed",
      failure: { code: "replica-differs" },
      differing: [range],
    });
    expect(failed.disks.map((disk) => disk.state)).toEqual(["verified", "differs"]);

    unwrap(
      await bench.admin.call("POST", `/v1/jobs/${jobId}/sync`, { mode: "resume", repairDiffering: true }),
    );
    const repaired = await bench.admin.statusWhen(jobId, (status) => isOver(status) && status.pass > 2);
    expect(repaired.phase).toBe("synced");
    const again = [...ofPass(agent.tally.sent, 3), ...ofPass(agent.tally.zero, 3)];
    expect(again).toEqual(["3/1/17"]);
    expect(await bench.admin.task(jobId, { kind: "verify" })).toMatchObject({ result: { equal: true } });
    expectEqualReplicas(disks);
  });
});
