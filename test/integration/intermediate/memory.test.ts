import { afterEach, beforeEach, expect, test } from "vitest";
import type { DaemonStatus } from "../../../common/api/intermediate.ts";
import { unwrap } from "../../../common/result.ts";
import { DaemonBench, isOver, jobId } from "../../support/intermediate/daemon.ts";
import type { ReferenceAgent, SourceDisk } from "../../support/intermediate/reference-agent.ts";

const mebi = 1_048_576;

let bench: DaemonBench;
let agent: ReferenceAgent | undefined;
beforeEach(() => {
  bench = new DaemonBench();
});
afterEach(async () => {
  agent?.destroy();
  await bench.dispose();
});

test("a fast source and a slow volume do not fill the daemon's memory: the sockets wait", async () => {
  // Incompressible, and more than the daemon may keep.
  const disks: SourceDisk[] = [{ id: 0, bytes: Buffer.alloc(400 * mebi) }];
  for (let at = 0, state = 9; at < 400 * mebi; at += 512) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    disks[0]?.bytes.writeUInt32LE(state, at);
  }
  await bench.spawn({ writeBytesPerSecond: 60 * mebi });
  await bench.putJob(disks, {
    chunkBytes: 262_144,
    dataConnections: 4,
    passLimit: 1,
    tuning: { codec: "raw", level: 1, rateBytesPerSecond: 0 },
  });
  agent = await bench.agent(disks);
  void agent.run();
  let most = 0;
  for (;;) {
    most = Math.max(most, unwrap(await bench.admin.call<DaemonStatus>("GET", "/v1/status")).residentBytes);
    const status = await bench.admin.status(jobId);
    if (isOver(status)) {
      expect(status).toMatchObject({ phase: "synced", settled: false, failure: null });
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(most).toBeLessThan(256 * mebi);
});
