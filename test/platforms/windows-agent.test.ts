/** The agent for Windows under wine against the real intermediate. */
import { randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startReceivingSide, type ReceivingSide } from "../support/agent/receiving-side.ts";
import { pushWineAgent, type WineAgent } from "../support/agent/wine-agent.ts";
import { wineObstacle } from "../support/agent/wine-installation.ts";
import { WinePrefix } from "../support/agent/wine-prefix.ts";

const chunkBytes = 65_536;
const sizeBytes = 300 * chunkBytes + 512 * 3;
const linuxAgent = join(import.meta.dirname, "../../resources/agents/linux-x86_64/sma-agent");

describe.each(["x86_64", "i686"] as const)("the agent for Windows on %s", (machine) => {
  const obstacle = wineObstacle(machine);
  if (obstacle !== null) {
    console.warn(`SKIPPED: the agent for Windows on ${machine}: ${obstacle}`);
    test.skip(obstacle, () => undefined);
    return;
  }
  const platform = `windows-${machine}`;
  const folder = mkdtempSync(join(tmpdir(), "sma-windows-agent-"));
  const disk = join(folder, "disk");
  let wine: WinePrefix;
  let side: ReceivingSide;
  let made = 0;
  const push = (): WineAgent => pushWineAgent(wine, platform, `sma ${(made += 1)}`);

  beforeAll(async () => {
    writeFileSync(disk, Buffer.concat([randomBytes(sizeBytes / 2), Buffer.alloc(sizeBytes / 2)]));
    wine = new WinePrefix(machine);
    wine.attachDevice("D", disk);
    side = await startReceivingSide();
  });
  afterAll(async () => {
    await wine.stop();
    await side.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const linuxHash = (): string =>
    execFileSync(linuxAgent, ["hash", disk, "--chunk-size", String(chunkBytes)], { encoding: "utf8" });

  test("says what it is, and hashes a volume's device as another agent hashes the file behind it", async () => {
    const agent = push();
    const version = await agent.run(["version"]);
    expect(version).toMatchObject({ exitCode: 0, stderr: "" });
    expect(version.stdout).toMatch(new RegExp(`^sma-agent \\S+ ${platform} protocol \\d+\n$`));
    const hash = await agent.run(["hash", "\\\\.\\D:", "--chunk-size", String(chunkBytes)]);
    expect(hash).toMatchObject({ exitCode: 0, stdout: linuxHash() });
  });

  test("decodes, prints and encodes the protocol's golden vectors", async () => {
    const agentFolder = join(import.meta.dirname, "../../agent");
    const sources = ["tests/check.c", "tests/frame_test.c", "text.c"];
    sources.push("frame.c", "frame_build.c", "frame_layout.c", "frame_dump.c");
    const flags = ["-std=c99", "-D_GNU_SOURCE", "-O1", "-D__USE_MINGW_ANSI_STDIO=1", "-static"];
    execFileSync(`${machine}-w64-mingw32-gcc`, [
      ...[...flags, "-o", join(wine.driveC, "frame_test.exe")],
      ...sources.map((source) => join(agentFolder, source)),
    ]);
    const vectors = join(import.meta.dirname, "../vectors/frames.txt");
    const outcome = await wine.run("C:\\frame_test.exe", [], "", {
      SMA_FRAME_VECTORS: `Z:${vectors.replaceAll("/", "\\")}`,
    });
    expect(outcome.stdout).toMatch(/^[1-9]\d* passed, 0 failed\s*$/m);
    expect(outcome.exitCode).toBe(0);
  });

  // The way in and out of processes is the same source for both: once is enough.
  test.skipIf(machine === "i686")(
    "refuses what is no launch document, from the process in the background too",
    async () => {
      const agent = push();
      const refused = await agent.run(["run"], "nonsense");
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toMatch(/^error: document: /);
      expect(await agent.run(["status"])).toMatchObject({ exitCode: 4 });
    },
  );

  test("copies a volume, is killed on the way, goes on, ends with equal tree hashes, and removes itself", async () => {
    const agent = push();
    const tuning = { codec: "zstd", level: 1, rateBytesPerSecond: 4_000_000 } as const;
    await side.provision("windows1", [{ id: 0, path: "\\\\.\\D:", sizeBytes }], { chunkBytes, tuning });
    const started = await agent.run(["run"], await side.launch("windows1"));
    expect(started).toMatchObject({ exitCode: 0, stderr: "" });
    expect(started.stdout).toMatch(/^started \d+\n$/);
    expect((await agent.run(["run"], await side.launch("windows1"))).exitCode).toBe(3);

    const before = await side.waitFor(
      "windows1",
      ({ disks }) => (disks[0]?.doneBytes ?? 0) > 20 * chunkBytes,
    );
    const pid = agent.status()?.pid ?? 0;
    expect(started.stdout).toBe(`started ${pid}\n`);
    // As a crash would be: the process gets no chance to say goodbye.
    await wine.run("taskkill", ["/f", "/pid", String(pid)]);
    while ((await agent.run(["status"])).exitCode !== 4) await sleep(50);

    await side.call("POST", "/v1/jobs/windows1/tune", { ...tuning, rateBytesPerSecond: 0 });
    expect((await agent.run(["run"], await side.launch("windows1"))).exitCode).toBe(0);
    const done = await side.waitFor("windows1", ({ settled, failure }) => settled || failure !== null);
    expect(done.failure).toBeNull();
    expect(`${done.disks[0]?.sourceTreeHash}\n`).toBe(linuxHash());
    expect(before.disks[0]?.doneBytes).toBeGreaterThan(0);

    expect(await agent.run(["remove"])).toMatchObject({ exitCode: 0, stdout: "removed\n", stderr: "" });
    // A running program's file goes when it has ended.
    while (agent.exists()) await sleep(100);
  });

  test.skipIf(machine === "i686")(
    "gets out of a job that ends with the connection by way of a service that leaves nothing",
    async () => {
      const agent = push();
      await side.provision("windows2", [{ id: 0, path: "\\\\.\\D:", sizeBytes }], { chunkBytes });
      const started = await agent.run(["run"], await side.launch("windows2"), { SMA_AGENT_SERVICE: "1" });
      expect(started).toMatchObject({ exitCode: 0, stderr: "" });
      const done = await side.waitFor("windows2", ({ settled, failure }) => settled || failure !== null);
      expect(done.failure).toBeNull();
      const refused = await agent.run(["run"], "nonsense", { SMA_AGENT_SERVICE: "1" });
      expect(refused.stderr).toMatch(/^error: document: /);
      expect(await agent.run(["stop"])).toMatchObject({ exitCode: 0, stdout: "stopped\n" });
      expect(agent.log()).toContain("stopped");
      expect(existsSync(join(agent.directory, "agent.status"))).toBe(true);
    },
  );
});
