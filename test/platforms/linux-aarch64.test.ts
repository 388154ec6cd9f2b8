/** The agent for 64-bit ARM under QEMU's user emulation, where it was built (`npm run build:agent -- --all`). */
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const agents = join(import.meta.dirname, "../../resources/agents");
const program = join(agents, "linux-aarch64/sma-agent");
const emulator = "qemu-aarch64";
const obstacle = !existsSync(program)
  ? "it was not built: `npm run build:agent -- --target linux-aarch64`"
  : spawnSync(emulator, ["--version"]).error !== undefined
    ? `${emulator} (qemu-user) is not installed`
    : null;
if (obstacle !== null) console.warn(`SKIPPED: the agent for 64-bit ARM: ${obstacle}`);

describe.skipIf(obstacle !== null)("the agent for 64-bit ARM", () => {
  const folder = mkdtempSync(join(tmpdir(), "sma-aarch64-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: string[]): string =>
    execFileSync(emulator, [program, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

  test("is a static program for that processor which says what it is", () => {
    const header = readFileSync(program).subarray(0, 20);
    expect([header.readUInt8(4), header.readUInt16LE(18)]).toEqual([2, 183]);
    expect(run("version")).toMatch(/^sma-agent \S+ linux-aarch64 protocol \d+\n$/);
  });

  test("finds the tree hash of a disk that the agent for this machine finds", () => {
    const disk = join(folder, "disk");
    writeFileSync(disk, Buffer.concat([randomBytes(1_048_576), Buffer.alloc(1_048_576 + 512)]));
    const native = execFileSync(join(agents, "linux-x86_64/sma-agent"), ["hash", disk], { encoding: "utf8" });
    expect(run("hash", disk)).toBe(native);
    expect(JSON.parse(run("inspect", "--json", disk))).toMatchObject({
      format: 1,
      devices: [{ path: disk }],
    });
  });
});
