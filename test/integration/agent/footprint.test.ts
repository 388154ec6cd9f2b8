import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { pushAgent, type PushedAgent } from "../../support/agent/pushed-agent.ts";
import { startReceivingSide, type ReceivingSide } from "../../support/agent/receiving-side.ts";

const mebi = 1_048_576;
const residentMostKiB = 64 * 1024;
const folder = mkdtempSync(join(tmpdir(), "sma-footprint-"));
let side: ReceivingSide;
let agent: PushedAgent;

beforeAll(async () => {
  side = await startReceivingSide();
});

afterAll(async () => {
  await side.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  agent = pushAgent();
});

afterEach(() => agent.discard());

/** A sparse disk with `used` mebibytes of half-compressible data spread over it. */
function makeDisk(name: string, sizeBytes: number, used: number): string {
  const path = join(folder, name);
  const file = openSync(path, "w");
  ftruncateSync(file, sizeBytes);
  for (let index = 0; index < used; index += 1) {
    const bytes = Buffer.concat([randomBytes(mebi / 2), Buffer.alloc(mebi / 2, `block ${index} `)]);
    writeSync(file, bytes, 0, mebi, Math.floor((sizeBytes / used) * index));
  }
  closeSync(file);
  return path;
}

/** Highest resident set of the process so far, in KiB. */
function peakKiB(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

async function copy(
  job: string,
  path: string,
  changes: Parameters<ReceivingSide["provision"]>[2] = {},
): Promise<number> {
  await side.provision(job, [{ id: 0, path, sizeBytes: statSync(path).size }], changes);
  const started = await agent.run(["run"], await side.launch(job));
  expect(started.exitCode).toBe(0);
  const synced = await side.waitFor(job, (status) => status.settled || status.failure !== null);
  expect(synced.failure).toBeNull();
  return Number(started.stdout.split(" ")[1]);
}

test("stays below 64 MiB while it copies a 2 GiB disk over eight connections", async () => {
  const pid = await copy("memoryjob1", makeDisk("large", 2048 * mebi, 200), { dataConnections: 8 });
  expect(peakKiB(pid)).toBeLessThan(residentMostKiB);
});

test("stays below 64 MiB with the largest chunks at the highest compression", async () => {
  const path = makeDisk("strong", 48 * mebi, 24);
  const tuning = { codec: "zstd", level: 19, rateBytesPerSecond: 0 } as const;
  const pid = await copy("memoryjob2", path, { chunkBytes: 4 * mebi, tuning });
  expect(peakKiB(pid)).toBeLessThan(residentMostKiB);
});

test("stays below 64 MiB with the smallest chunks", async () => {
  const pid = await copy("memoryjob3", makeDisk("small", 512 * mebi, 60), { chunkBytes: 65_536 });
  expect(peakKiB(pid)).toBeLessThan(residentMostKiB);
});

test("opens the source only for reading, and nothing outside its own directory for writing", async () => {
  const path = makeDisk("watched", 64 * mebi, 32);
  const before = statSync(path);
  // Slow enough to be watched while it copies.
  const tuning = { codec: "raw", level: 1, rateBytesPerSecond: 8 * mebi } as const;
  await side.provision("readonly1", [{ id: 0, path, sizeBytes: 64 * mebi }], { tuning });
  const started = await agent.run(["run"], await side.launch("readonly1"));
  const pid = Number(started.stdout.split(" ")[1]);
  await agent.waitFor((status) => status.state === "syncing" && status.chunksDone > 3);

  const accessModes = new Map<string, Set<number>>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
    const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
    const flags = Number.parseInt(/^flags:\s+(\d+)$/m.exec(info)?.[1] ?? "", 8);
    accessModes.set(target, (accessModes.get(target) ?? new Set()).add(flags & 3));
  }
  expect(accessModes.get(path)).toEqual(new Set([0]));
  const writable = [...accessModes].filter(
    ([target, modes]) => target.startsWith("/") && [...modes].some((m) => m !== 0),
  );
  for (const [target] of writable)
    expect(target === "/dev/null" || target.startsWith(agent.directory)).toBe(true);
  expect(statSync(path)).toMatchObject({ mtimeMs: before.mtimeMs, ctimeMs: before.ctimeMs, ino: before.ino });
});
