import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { pushAgent, type PushedAgent } from "../../support/agent/pushed-agent.ts";
import { startReceivingSide, type ReceivingSide } from "../../support/agent/receiving-side.ts";

const mebi = 1_048_576;
const chunkBytes = 65_536;
/** Three whole groups and some: 1,024 chunks make a group. */
const sizeBytes = 3 * 1024 * chunkBytes + 20 * chunkBytes;
const folder = mkdtempSync(join(tmpdir(), "sma-reconnect-"));
const disk = join(folder, "disk");
let side: ReceivingSide;
let agent: PushedAgent;

beforeAll(() => writeFileSync(disk, randomBytes(sizeBytes)));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  side = await startReceivingSide();
  agent = pushAgent();
});

afterEach(async () => {
  await agent.discard();
  await side.stop();
});

const slow = { codec: "raw", level: 1, rateBytesPerSecond: 40 * mebi } as const;

test("an intermediate that was killed gets only what it had not acknowledged, from the same agent", async () => {
  await side.provision("reconnect1", [{ id: 0, path: disk, sizeBytes }], { chunkBytes, tuning: slow });
  await agent.run(["run"], await side.launch("reconnect1"));
  const before = await side.waitFor(
    "reconnect1",
    ({ disks }) => (disks[0]?.doneBytes ?? 0) > 1200 * chunkBytes,
  );
  const pid = agent.status()?.pid;
  await side.kill();
  await agent.waitFor(({ state }) => state === "retrying" || state === "connecting");
  side = await startReceivingSide(side);
  await side.provision("reconnect1", [{ id: 0, path: disk, sizeBytes }], {
    chunkBytes,
    tuning: { ...slow, rateBytesPerSecond: 0 },
  });
  const done = await side.waitFor("reconnect1", ({ settled, failure }) => settled || failure !== null);
  expect(done.failure).toBeNull();
  expect(agent.status()?.pid).toBe(pid);
  expect(done.disks[0]?.sourceTreeHash).toBe(
    (await agent.run(["hash", disk, "--chunk-size", String(chunkBytes)])).stdout.trim(),
  );
  // The counter began anew with the process: of what had been durable before, nothing came twice.
  const durableBefore = before.disks[0]?.doneBytes ?? 0;
  expect(done.rawBytesReceived).toBeLessThanOrEqual(sizeBytes - durableBefore);
});

test("an agent that was killed is followed by one that goes on", async () => {
  await side.provision("reconnect2", [{ id: 0, path: disk, sizeBytes }], { chunkBytes, tuning: slow });
  await agent.run(["run"], await side.launch("reconnect2"));
  const { pid } = await agent.waitFor(({ chunksDone }) => chunksDone > 1500);
  process.kill(pid, "SIGKILL");
  while ((await agent.run(["status"])).exitCode === 0);
  await side.call("POST", "/v1/jobs/reconnect2/tune", { ...slow, rateBytesPerSecond: 0 });
  await agent.run(["run"], await side.launch("reconnect2"));
  const done = await side.waitFor("reconnect2", ({ settled, failure }) => settled || failure !== null);
  expect(done.failure).toBeNull();
  const skipped = /pass 1 of disk 0 done: (\d+) changed, 0 same, (\d+) skipped/.exec(agent.log());
  expect(Number(skipped?.[1]) + Number(skipped?.[2])).toBe(sizeBytes / chunkBytes);
  expect(Number(skipped?.[2])).toBeGreaterThan(500);
});

test("pausing stops the copy and resuming lets it go on", async () => {
  await side.provision("reconnect3", [{ id: 0, path: disk, sizeBytes }], { chunkBytes, tuning: slow });
  await agent.run(["run"], await side.launch("reconnect3"));
  await agent.waitFor(({ chunksDone }) => chunksDone > 200);
  await side.call("POST", "/v1/jobs/reconnect3/pause", { paused: true });
  const paused = await agent.waitFor(({ state }) => state === "paused");
  // What was under way when PAUSE came still arrives.
  await sleep(1500);
  const later = await agent.waitFor(({ state }) => state === "paused");
  expect(later.chunksDone).toBeLessThan(paused.chunksDone + 300);
  expect(later.chunksDone).toBeLessThan(sizeBytes / chunkBytes);
  await side.call("POST", "/v1/jobs/reconnect3/tune", { ...slow, rateBytesPerSecond: 0 });
  await side.call("POST", "/v1/jobs/reconnect3/pause", { paused: false });
  const done = await side.waitFor("reconnect3", ({ settled, failure }) => settled || failure !== null);
  expect(done.failure).toBeNull();
});

test("FINISH ends the agent, which takes its directory with it", async () => {
  const small = join(folder, "small");
  writeFileSync(small, randomBytes(mebi));
  await side.provision("reconnect4", [{ id: 0, path: small, sizeBytes: mebi }]);
  await agent.run(["run"], await side.launch("reconnect4"));
  await side.waitFor("reconnect4", ({ settled }) => settled);
  // The last pass's books may still be being closed.
  const finish = () =>
    side.call("POST", "/v1/jobs/reconnect4/finish", {}).then(
      () => true,
      () => false,
    );
  while (!(await finish())) await sleep(100);
  while (existsSync(agent.directory)) await sleep(50);
});
