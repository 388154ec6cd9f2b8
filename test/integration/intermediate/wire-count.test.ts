import { afterAll, expect, test } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pushAgent, runProgram } from "../../support/agent/pushed-agent.ts";
import { startReceivingSide } from "../../support/agent/receiving-side.ts";
import { writeMixedDisk } from "../../support/mixed-disk.ts";
import { NetworkNamespace } from "../../support/network-namespace.ts";

const mebi = 1_048_576;
const folder = mkdtempSync(join(tmpdir(), "sma-wire-"));
const namespace = NetworkNamespace.make(process.pid);
if (namespace === undefined)
  console.warn("SKIPPED: bytes on the wire: no network namespaces for this account");

afterAll(() => {
  namespace?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test.runIf(namespace !== undefined)(
  "what a job says that came over the wire is what the network interface counted, but for headers",
  async () => {
    if (namespace === undefined) return;
    const side = await startReceivingSide(undefined, "0.0.0.0");
    const agent = pushAgent();
    try {
      const disk = writeMixedDisk(join(folder, "disk"), 48 * mebi, "wire");
      const job = "wirecount1";
      await side.provision(job, [{ id: 0, path: disk.path, sizeBytes: disk.sizeBytes }]);
      const before = namespace.receivedBytes();
      const [program, ...args] = namespace.command(agent.program, "run");
      const started = await runProgram(
        program,
        args,
        await side.launch(job, { host: namespace.hostAddress }),
      );
      expect(started.stderr).toBe("");
      const synced = await side.waitFor(job, ({ settled, failure }) => settled || failure !== null);
      expect(synced.failure).toBeNull();
      const counted = namespace.receivedBytes() - before;
      const { wireBytes, rawBytes } = synced.receivedInRun;
      // Some of it compresses, some does not.
      expect(wireBytes).toBeGreaterThan(8 * mebi);
      expect(wireBytes).toBeLessThanOrEqual(rawBytes);
      // Payload is less than what travelled; Ethernet, IP, TCP, TLS, frames and the control connection are the rest.
      expect(counted).toBeGreaterThan(wireBytes);
      expect(counted).toBeLessThan(wireBytes * 1.1 + mebi);
    } finally {
      await side.stop();
      await agent.discard();
    }
  },
);
