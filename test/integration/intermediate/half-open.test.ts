/** A line that is dead without a word: no packet passes, and nobody is told. Needs root for a network of its own. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { unwrap } from "../../../common/result.ts";
import { AgentProcess, agentObstacle } from "../../support/intermediate/agent-process.ts";
import { DaemonBench, isOver, jobId, makeDisk } from "../../support/intermediate/daemon.ts";
import { NetworkNamespace } from "../../support/network-namespace.ts";

const namespace = agentObstacle() === null ? NetworkNamespace.make(process.pid) : undefined;
if (namespace === undefined) console.warn("SKIPPED: a half-open line: no agent, or no network namespaces");
let bench: DaemonBench;
beforeEach(() => {
  bench = new DaemonBench();
});
afterEach(() => bench.dispose());
afterAll(() => namespace?.remove());

test.runIf(namespace !== undefined)(
  "a half-open line is noticed on both sides, and once it carries again the copy goes on where it was",
  async () => {
    if (namespace === undefined) return;
    await bench.start({ heartbeatMs: 300 }, { listenAddress: "0.0.0.0" });
    const source = makeDisk(0, 800, 61);
    const path = join(bench.folder, "source.img");
    writeFileSync(path, source.bytes);
    const tuning = { codec: "raw", level: 1, rateBytesPerSecond: 4_000_000 } as const;
    const disks = [{ id: 0, path, sizeBytes: source.bytes.length }];
    const body = { ...bench.provision([source], { tuning }), disks };
    unwrap(await bench.admin.call("PUT", `/v1/jobs/${jobId}`, body));
    const agent = AgentProcess.launch(bench, "agent", namespace);
    try {
      const copied = await bench.admin.statusWhen(jobId, ({ disks: [disk] }) => (disk?.doneBytes ?? 0) > 8e6);
      const [before] = copied.disks;
      namespace.silence(true);
      const lost = await bench.admin.statusWhen(jobId, (status) => !status.agent.connected);
      expect(lost.disks[0]?.doneBytes).toBeGreaterThanOrEqual(before?.doneBytes ?? 0);
      await expect.poll(() => agent.log, { timeout: 60_000 }).toMatch(/silent/);
      namespace.silence(false);
      unwrap(await bench.admin.call("POST", `/v1/jobs/${jobId}/tune`, { ...tuning, rateBytesPerSecond: 0 }));
      const status = await bench.admin.statusWhen(jobId, isOver);
      expect(status).toMatchObject({ phase: "synced", settled: true, failure: null });
      expect(readFileSync(bench.replicaPath(0)).equals(source.bytes)).toBe(true);
    } finally {
      agent.kill();
    }
  },
);
