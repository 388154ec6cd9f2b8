import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pushAgent, runProgram, type PushedAgent } from "../../support/agent/pushed-agent.ts";
import { startReceivingSide, type ReceivingSide } from "../../support/agent/receiving-side.ts";
import { writeMixedDisk } from "../../support/mixed-disk.ts";

const launcherSource = join(import.meta.dirname, "../../../agent/tests/old-kernel/old_kernel.c");

describe("under a filter that refuses every system call newer than Linux 2.6.18", () => {
  const folder = mkdtempSync(join(tmpdir(), "sma-old-"));
  const oldKernel = join(folder, "old_kernel");
  let side: ReceivingSide;
  let agent: PushedAgent;

  beforeAll(async () => {
    const built = await runProgram("cc", [
      "-O1",
      "-Wall",
      "-Wextra",
      "-Werror",
      launcherSource,
      "-o",
      oldKernel,
    ]);
    if (built.exitCode !== 0) throw new Error(built.stderr);
    side = await startReceivingSide();
    agent = pushAgent();
  });

  afterAll(async () => {
    await agent.discard();
    await side.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const onOldKernel = (args: readonly string[], input?: string) =>
    runProgram(oldKernel, [agent.program, ...args], input);

  test("the agent goes into the background, copies a disk, reports its status and leaves", async () => {
    const disk = writeMixedDisk(join(folder, "disk"), 64 * 1_048_576, "old");
    await side.provision("oldkernel1", [{ id: 0, path: disk.path, sizeBytes: disk.sizeBytes }]);
    const started = await onOldKernel(["run"], await side.launch("oldkernel1"));
    expect(started).toMatchObject({ exitCode: 0, stderr: "" });

    const synced = await side.waitFor("oldkernel1", (status) => status.settled || status.failure !== null);
    expect(synced.failure).toBeNull();
    const hashed = await onOldKernel(["hash", disk.path]);
    expect(hashed.exitCode).toBe(0);
    expect(synced.disks[0]?.sourceTreeHash).toBe(hashed.stdout.trim());

    await agent.waitFor((status) => status.state === "waiting");
    const status = await onOldKernel(["status"]);
    expect(status.exitCode).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({ state: "waiting", lastError: null });
    expect(await onOldKernel(["stop"])).toMatchObject({ exitCode: 0, stdout: "stopped\n" });
  });

  test("the agent lists disks", async () => {
    const listed = await onOldKernel(["disks", "--json"]);
    expect(listed).toMatchObject({ exitCode: 0, stderr: "" });
    expect(Array.isArray(JSON.parse(listed.stdout))).toBe(true);
  });
});
