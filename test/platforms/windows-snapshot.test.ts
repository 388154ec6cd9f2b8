/** Volumes that are read from snapshots: the agent for Windows under wine with a shadow copy service for tests. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startReceivingSide, type ReceivingSide } from "../support/agent/receiving-side.ts";
import { pushWineAgent } from "../support/agent/wine-agent.ts";
import { wineObstacle } from "../support/agent/wine-installation.ts";
import { WinePrefix } from "../support/agent/wine-prefix.ts";

const obstacle = wineObstacle("x86_64");
if (obstacle !== null) console.warn(`SKIPPED: snapshots of Windows: ${obstacle}`);

const chunkBytes = 65_536;
const sizeBytes = 40 * chunkBytes;
const linuxAgent = join(import.meta.dirname, "../../resources/agents/linux-x86_64/sma-agent");

describe.skipIf(obstacle !== null)("a volume with a shadow copy service", () => {
  const folder = mkdtempSync(join(tmpdir(), "sma-windows-snapshot-"));
  const volume = join(folder, "volume");
  const snapshot = join(folder, "snapshot");
  let wine: WinePrefix;
  let side: ReceivingSide;

  beforeAll(async () => {
    for (const file of [volume, snapshot]) writeFileSync(file, randomBytes(sizeBytes));
    wine = new WinePrefix("x86_64", { WINEDLLOVERRIDES: "vssapi=n" });
    wine.attachDevice("D", volume);
    wine.attachDevice("E", snapshot);
    const source = join(import.meta.dirname, "../support/agent/fake-vssapi.c");
    const library = join(wine.driveC, "windows/system32/vssapi.dll");
    rmSync(library, { force: true });
    const flags = ["-shared", "-static", "-O1", "-Wall"];
    execFileSync("x86_64-w64-mingw32-gcc", [...flags, "-o", library, source, "-loleaut32"]);
    side = await startReceivingSide();
  });
  afterAll(async () => {
    await wine.stop();
    await side.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const hashOf = (file: string): string =>
    execFileSync(linuxAgent, ["hash", file, "--chunk-size", String(chunkBytes)], { encoding: "utf8" }).trim();

  async function copy(job: string, mode: string) {
    const agent = pushWineAgent(wine, "windows-x86_64", job);
    await side.provision(job, [{ id: 0, path: "\\\\.\\D:", sizeBytes }], { chunkBytes });
    await agent.run(["run"], await side.launch(job), { FAKE_VSS: mode });
    const done = await side.waitFor(job, ({ settled, failure }) => settled || failure !== null);
    await agent.run(["stop"]);
    expect(done.failure).toBeNull();
    return { hash: done.disks[0]?.sourceTreeHash, log: agent.log(), remarks: done.remarks };
  }

  test("is read from its snapshot, and writers that failed are named with what to do", async () => {
    const { hash, log, remarks } = await copy("snapshot1", "");
    expect(hash).toBe(hashOf(snapshot));
    expect(log).toContain("1 of 1 volumes are read from snapshots");
    expect(log).toMatch(
      /VSS writer SqlServerWriter failed at freeze: 0x800423f2 VSS_E_WRITERERROR_TIMEOUT: .+; try when/,
    );
    expect(log).not.toContain("System Writer");
    // Told to whoever follows the job as well.
    expect(remarks).toEqual(expect.arrayContaining([expect.stringContaining("SqlServerWriter failed")]));
  });

  test("is read as it is where there can be no snapshot, with the reason and what to do", async () => {
    const { hash, log } = await copy("snapshot2", "refuse");
    expect(hash).toBe(hashOf(volume));
    expect(log).toMatch(/volume D:\\ is read as it is: 0x80042308 VSS_E_OBJECT_NOT_FOUND: .+mountvol/);
    expect(log).toContain("no snapshot (volumes): 0x80042308 VSS_E_OBJECT_NOT_FOUND");
  });
});
