/** The agent for 32-bit Linux, which this machine's kernel runs as well. */
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const agents = join(import.meta.dirname, "../../resources/agents");
const program = join(agents, "linux-i686/sma-agent");
// Before the module is loaded, which reads it once.
process.env["SMA_TEST_AGENT"] = program;
const { pushAgent } = await import("../support/agent/pushed-agent.ts");
const { startReceivingSide } = await import("../support/agent/receiving-side.ts");

const runsHere = spawnSync(program, ["version"]).error === undefined;
if (!runsHere) console.warn("SKIPPED: the agent for 32-bit Linux: this kernel does not run it");

const chunkBytes = 65_536;
const sizeBytes = 50 * chunkBytes;

describe.skipIf(!runsHere)("the agent for 32-bit Linux", () => {
  const folder = mkdtempSync(join(tmpdir(), "sma-i686-"));
  const disk = join(folder, "disk");
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("copies a disk, with the tree hash that the agent for 64 bits finds", async () => {
    writeFileSync(disk, randomBytes(sizeBytes));
    const side = await startReceivingSide();
    const agent = pushAgent();
    try {
      expect((await agent.run(["version"])).stdout).toMatch(/^sma-agent \S+ linux-i686 protocol \d+\n$/);
      await side.provision("i686copy", [{ id: 0, path: disk, sizeBytes }], { chunkBytes });
      expect(await agent.run(["run"], await side.launch("i686copy"))).toMatchObject({ exitCode: 0 });
      const done = await side.waitFor("i686copy", ({ settled, failure }) => settled || failure !== null);
      expect(done.failure).toBeNull();
      const other = join(agents, "linux-x86_64/sma-agent");
      const hash = execFileSync(other, ["hash", disk, "--chunk-size", String(chunkBytes)], {
        encoding: "utf8",
      });
      expect(`${done.disks[0]?.sourceTreeHash}\n`).toBe(hash);
    } finally {
      await agent.discard();
      await side.stop();
    }
  });
});
