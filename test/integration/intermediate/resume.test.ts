import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DaemonBench, isOver, jobId, makeDisk } from "../../support/intermediate/daemon.ts";
import type { ReferenceAgent, SourceDisk } from "../../support/intermediate/reference-agent.ts";

const chunks = 400;

let bench: DaemonBench;
let disks: SourceDisk[];
const agents: ReferenceAgent[] = [];
beforeEach(() => {
  bench = new DaemonBench();
  disks = [makeDisk(0, chunks, 21), makeDisk(1, 40, 22)];
});
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await bench.dispose();
});

async function startAgent(overrides: Parameters<DaemonBench["agent"]>[1] = {}) {
  const agent = await bench.agent(disks, overrides);
  agents.push(agent);
  return { agent, run: agent.run() };
}

/** Every chunk that travelled or was zeroed, whichever way it was told. */
const told = (agent: ReferenceAgent): string[] => [...agent.tally.sent, ...agent.tally.zero];

async function expectTheWholeSource(): Promise<void> {
  const status = await bench.admin.statusWhen(jobId, isOver);
  expect(status).toMatchObject({ phase: "synced", settled: true, failure: null });
  expect(await bench.admin.task(jobId, { kind: "verify" })).toMatchObject({ result: { equal: true } });
  for (const disk of disks) expect(readFileSync(bench.replicaPath(disk.id)).equals(disk.bytes)).toBe(true);
}

describe("after kill -9 of the daemon", () => {
  test.each([1, 37, 150, 390, 401, 430])(
    "before chunk number %i, only unacknowledged chunks travel again",
    async (killAt) => {
      await bench.spawn();
      await bench.putJob(disks, { dataConnections: 3 });
      let seen = 0;
      const first = await startAgent({
        async beforeChunk() {
          seen += 1;
          // Slow enough that some chunks are acknowledged by then and some are not.
          if (seen % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 15));
          if (seen === killAt) await bench.kill();
        },
      });
      expect(await first.run).toEqual({ kind: "lost" });
      const acknowledged = new Set(first.agent.tally.acknowledged);

      await bench.spawn();
      const reloaded = await bench.admin.status(jobId);
      expect(reloaded.phase).toBe("syncing");
      const doneChunks = reloaded.disks.reduce((sum, disk) => sum + Math.ceil(disk.doneBytes / 65_536), 0);
      expect(doneChunks).toBeGreaterThanOrEqual(
        [...acknowledged].filter((key) => key.startsWith("1/")).length,
      );
      await bench.putJob(disks, { dataConnections: 3 });
      const second = await startAgent();
      await expectTheWholeSource();
      expect(told(second.agent).filter((key) => acknowledged.has(key))).toEqual([]);
    },
  );

  test("ten times at arbitrary moments, the replica still becomes the source", async () => {
    const moments = [40, 75, 110, 30, 160, 55, 90, 130, 70, 20];
    const acknowledged = new Set<string>();
    let travelledAgain: string[] = [];
    for (const moment of moments) {
      await bench.spawn();
      await bench.putJob(disks);
      const { agent, run } = await startAgent();
      await new Promise((resolve) => setTimeout(resolve, moment));
      await bench.kill();
      await run;
      travelledAgain = travelledAgain.concat(told(agent).filter((key) => acknowledged.has(key)));
      for (const key of agent.tally.acknowledged) acknowledged.add(key);
    }
    expect(travelledAgain).toEqual([]);
    await bench.spawn();
    await bench.putJob(disks);
    await startAgent();
    await expectTheWholeSource();
  });
});

describe("after the loss of a connection", () => {
  test("a data connection's end ends the session, and the next one goes on", async () => {
    await bench.start();
    await bench.putJob(disks);
    let seen = 0;
    const first = await startAgent({
      async beforeChunk() {
        seen += 1;
        if (seen === 200) {
          while (first.agent.tally.acknowledged.size <= 150)
            await new Promise((resolve) => setTimeout(resolve, 20));
          first.agent.data[1]?.destroy();
        }
      },
    });
    expect(await first.run).toEqual({ kind: "lost" });
    expect(first.agent.tally.acknowledged.size).toBeGreaterThan(150);
    const gone = await bench.admin.statusWhen(jobId, (status) => !status.agent.connected);
    expect(gone.agent.lastError).toContain("data connection 1");
    const second = await startAgent();
    await expectTheWholeSource();
    expect(told(second.agent).filter((key) => first.agent.tally.acknowledged.has(key))).toEqual([]);
  });

  test("a clean end of the daemon keeps everything it had received", async () => {
    const child = await bench.spawn();
    await bench.putJob(disks);
    let seen = 0;
    const first = await startAgent({
      beforeChunk() {
        seen += 1;
        if (seen === 300) child.kill("SIGTERM");
      },
    });
    const exit = await new Promise((resolve) => child.once("exit", (code) => resolve(code)));
    expect(exit).toBe(0);
    expect(await first.run).toMatchObject({ kind: "aborted", name: "not-ready" });
    await bench.spawn();
    await bench.putJob(disks);
    const second = await startAgent();
    await expectTheWholeSource();
    expect(told(second.agent).filter((key) => first.agent.tally.acknowledged.has(key))).toEqual([]);
  });

  test("in a proving pass the copy goes on in that pass", async () => {
    await bench.start();
    await bench.putJob(disks);
    const first = await startAgent({
      beforeChunk(_, pass, chunk) {
        if (pass === 2 && chunk === 100) first.agent.destroy();
      },
    });
    expect(await first.run).toEqual({ kind: "lost" });
    const second = await startAgent();
    await expectTheWholeSource();
    expect((await bench.admin.status(jobId)).pass).toBe(2);
    expect(told(second.agent)).toEqual([]);
  });
});
