import { readFileSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DaemonBench, jobId, makeDisk } from "../../support/intermediate/daemon.ts";

let bench: DaemonBench;
beforeEach(() => {
  bench = new DaemonBench();
});
afterEach(() => bench.dispose());

describe("a full sync", () => {
  test("ends with a replica that is byte for byte the source, proved by its tree hash", async () => {
    await bench.start();
    const disks = [makeDisk(0, 300, 1), makeDisk(5, 70, 2)];
    expect(await bench.putJob(disks)).toMatchObject({ phase: "idle", agent: { connected: false } });
    const agent = await bench.agent(disks);
    const run = agent.run();
    const synced = await bench.admin.statusWhen(
      jobId,
      (status) => status.phase !== "idle" && status.phase !== "syncing",
    );
    expect(synced).toMatchObject({ phase: "synced", settled: true, pass: 2, failure: null });
    const task = await bench.admin.task(jobId, { kind: "verify" });
    expect(task).toMatchObject({ state: "done", result: { equal: true, differing: [] } });
    for (const disk of disks) {
      expect(readFileSync(bench.replicaPath(disk.id)).equals(disk.bytes)).toBe(true);
    }
    const verified = await bench.admin.status(jobId);
    expect(verified.phase).toBe("verified");
    for (const disk of verified.disks) expect(disk.replicaTreeHash).toBe(disk.sourceTreeHash);
    // Zero chunks were neither sent nor stored.
    expect(agent.tally.zero.length).toBeGreaterThan(50);
    expect(statSync(bench.replicaPath(0)).blocks * 512).toBeLessThan(300 * 65_536 * 0.8);
    await bench.admin.call("POST", `/v1/jobs/${jobId}/finish`, {});
    expect(await run).toEqual({ kind: "finished", remove: true });
  });
});
