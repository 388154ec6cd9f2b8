import { readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unwrap } from "../../../common/result.ts";
import { DaemonBench, isOver, jobId } from "../../support/intermediate/daemon.ts";
import { loopObstacle, mountSmallFilesystem } from "../../support/intermediate/loop-device.ts";
import type { ReferenceAgent, SourceDisk } from "../../support/intermediate/reference-agent.ts";

const mebi = 1_048_576;
const obstacle = loopObstacle();
if (obstacle !== null) console.warn(`SKIPPED: the tests of a full volume: ${obstacle}`);

let bench: DaemonBench;
let unmount: () => void;
let mountPoint = "";
const agents: ReferenceAgent[] = [];
/** Incompressible and without zeros: all of it takes room. */
const disks: SourceDisk[] = [{ id: 0, bytes: Buffer.alloc(40 * mebi) }];
for (let at = 0, state = 9; at < 40 * mebi; at += 4) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  disks[0]?.bytes.writeUInt32LE(state, at);
}

beforeEach(() => {
  bench = new DaemonBench();
  mountPoint = join(bench.folder, "data");
  unmount =
    obstacle === null
      ? mountSmallFilesystem(join(bench.folder, "small.img"), 64, mountPoint)
      : () => undefined;
});
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await bench.stop();
  await bench.kill();
  unmount();
  await bench.dispose();
});

function fillUpTo(freeBytes: number): string {
  const path = join(mountPoint, "ballast");
  const { bavail, bsize } = statfsSync(mountPoint);
  writeFileSync(path, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes), 1));
  return path;
}

async function start() {
  const agent = await bench.agent(disks);
  agents.push(agent);
  return { agent, run: agent.run() };
}

describe.runIf(obstacle === null)("a volume that fills up midway", () => {
  test.each([
    ["by ENOSPC of the filesystem", 0],
    ["by the reserve", 8 * mebi],
  ])(
    "%s: the job fails as no-space, and after space was freed only the rest travels",
    async (_, reserveBytes) => {
      // A small window, so that most of what fits is acknowledged before the rest is sent.
      await bench.start({
        reserveBytes,
        window: 4,
        commit: { bytes: 4 * mebi, ageMs: 50, chunks: 4, rangeChunks: 4_096 },
      });
      await bench.putJob(disks);
      const ballast = fillUpTo(reserveBytes + 20 * mebi);
      const first = await start();
      expect(await first.run).toMatchObject({ kind: "aborted", name: "no-space" });
      const failed = await bench.admin.status(jobId);
      expect(failed).toMatchObject({ phase: "failed", failure: { code: "no-space" } });
      expect(first.agent.tally.acknowledged.size).toBeGreaterThan(10);

      // Until somebody resumes, the agent is told to come again later.
      expect(await (await start()).run).toMatchObject({ kind: "aborted", name: "no-space" });

      rmSync(ballast);
      unwrap(
        await bench.admin.call("POST", `/v1/jobs/${jobId}/sync`, { mode: "resume", repairDiffering: false }),
      );
      const second = await start();
      const status = await bench.admin.statusWhen(jobId, isOver);
      expect(status).toMatchObject({ phase: "synced", settled: true, failure: null });
      const again = second.agent.tally.sent.filter((key) => first.agent.tally.acknowledged.has(key));
      expect(again).toEqual([]);
      expect(readFileSync(bench.replicaPath(0)).equals(disks[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
      expect(await bench.admin.task(jobId, { kind: "verify" })).toMatchObject({ result: { equal: true } });
    },
  );

  test("before anything was sent: the job is refused, with the numbers", async () => {
    await bench.start({ reserveBytes: 8 * mebi });
    fillUpTo(4 * mebi);
    const answer = await bench.admin.call("PUT", `/v1/jobs/${jobId}`, bench.provision(disks));
    expect(answer).toMatchObject({
      ok: false,
      failure: { code: "no-space", context: { reserveBytes: 8 * mebi, diskBytes: 40 * mebi } },
    });
    expect(await bench.admin.call("GET", `/v1/jobs/${jobId}`)).toMatchObject({
      failure: { code: "not-found" },
    });
  });
});
