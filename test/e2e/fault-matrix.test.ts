/**
 * Faults at points that nobody chose: kills by seed, lines that break all the time, disks and sources that change under
 * a migration. Each ends in an equal image or in a clear failure. `SMA_TEST_FAULTS=N` runs N kills and what takes long.
 */
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
} from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFaultyLine, type FaultyLine } from "../support/faulty-line.ts";
import { attachLoop, detachLoop, loopObstacle } from "../support/intermediate/loop-device.ts";
import { agentLeftovers, imageHash, imageOf, onlyJob } from "../support/job-views.ts";
import { describeKill, killCaseOf, runKillCase, untilCopied } from "../support/kill-cases.ts";
import { startLocalSource, type LocalSource, type TestAssistant } from "../support/local-source.ts";
import { hashFile, writeMixedDisk } from "../support/mixed-disk.ts";
import { freePort } from "../support/sshd/sshd.ts";
import { seededRandom } from "../support/seeded-random.ts";

const mebibyte = 1024 * 1024;
const wanted = Number(process.env["SMA_TEST_FAULTS"] ?? "0");
/** One of each part, in the middle of its work. */
const everyday = [15, 14, 5];
const seeds = wanted > 0 ? Array.from({ length: wanted }, (_, index) => index + 1) : everyday;

/** Dooms the third, seventh and eleventh connection, early in what they carry. */
const resetSeed = 266;

let source: LocalSource;
beforeAll(async () => {
  source = await startLocalSource();
});
afterAll(() => source.stop());

function makeDisk(name: string, bytes: number): string {
  const disk = join(mkdtempSync(join(source.directory, "disk-")), name);
  writeMixedDisk(disk, bytes, name);
  return disk;
}

async function expectEqual(assistant: TestAssistant, disk: string): Promise<void> {
  expect(imageHash(imageOf(await onlyJob(assistant)))).toBe(hashFile(disk));
}

describe.concurrent("a part of a migration that is killed", () => {
  const missed: number[] = [];

  it.each(seeds.map(killCaseOf))("$victim in $step (seed $seed)", async (kill) => {
    const { wrong, wasKilled } = await runKillCase(source, kill);
    expect(wrong, describeKill(kill)).toBe("");
    if (!wasKilled) missed.push(kill.seed);
    // The everyday ones are chosen so that their point cannot be missed.
    if (wanted === 0) expect(wasKilled, `${describeKill(kill)}: was over before the kill`).toBe(true);
  });

  // A part may have done its work before it is to be killed; of many, few have.
  afterAll(() => expect(missed.length, `missed: ${missed.join(" ")}`).toBeLessThanOrEqual(seeds.length / 5));
});

/** Slow enough to be met in the middle on any machine; `hurry` ends it. */
const slowly = ["--limit", "150K"];
const hurry = (assistant: TestAssistant, job: string) => assistant.run(["job", "tune", job, "--limit", "0"]);

describe.concurrent("a line", () => {
  async function migrateOver(
    more: readonly string[],
    act: (line: FaultyLine, assistant: TestAssistant) => Promise<void>,
  ): Promise<void> {
    const assistant = await source.newAssistant();
    const disk = makeDisk("line.img", 8 * mebibyte);
    const line = await startFaultyLine([assistant.controlPort, assistant.dataPort]);
    try {
      const running = assistant.start(
        assistant.migrateArguments(disk, ["--advertise", line.address, ...more]),
      );
      await act(line, assistant);
      const result = await running.result;
      expect(result.exitCode, result.stderr).toBe(0);
      await expectEqual(assistant, disk);
    } finally {
      await line.close();
    }
  }

  it("on which one connection in twenty is reset ends in an equal image", async () => {
    let resets = () => 0;
    await migrateOver(["--connections", "8"], (line) => {
      line.resetConnections(0.05, seededRandom(resetSeed), 64 * 1024);
      resets = () => line.resets;
      return Promise.resolve();
    });
    expect(resets()).toBeGreaterThan(0);
  });

  it("resets connections with a RST at both ends", async () => {
    const ended: string[] = [];
    const port = await freePort();
    const server = createServer((socket) =>
      socket.on("data", () => undefined).on("error", (error) => ended.push(error.message)),
    );
    await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
    const line = await startFaultyLine([port]);
    try {
      line.resetConnections(1, () => 0.5, 1024);
      const socket = createConnection({ host: line.address, port });
      socket.on("error", (error) => ended.push(error.message));
      // Small pieces: the reset comes while some have arrived at the other end.
      const writing = setInterval(() => socket.write("x".repeat(100)), 10);
      await expect.poll(() => ended, { timeout: 60_000 }).toHaveLength(2);
      clearInterval(writing);
      expect(ended.every((why) => /ECONNRESET|EPIPE/.test(why))).toBe(true);
      expect(ended.some((why) => why.includes("ECONNRESET"))).toBe(true);
    } finally {
      await line.close();
      await new Promise((closed) => server.close(closed));
    }
  });

  it.skipIf(wanted === 0)(
    "on which connections are reset at one in twenty reads ends in an equal image",
    () => migrateOver([], (line) => Promise.resolve(line.resetSome(0.05, seededRandom(5), 3))),
  );

  it.skipIf(wanted === 0)("that goes silent without a word is given up and taken up anew", () =>
    migrateOver(slowly, async (line, assistant) => {
      const id = await untilCopied(assistant, 0.1);
      line.goSilent();
      await hurry(assistant, id);
    }),
  );
});

describe.concurrent("a source", () => {
  it("that is started anew while it is copied gets its agent again, and not everything travels twice", async () => {
    const assistant = await source.newAssistant();
    const disk = makeDisk("reboot.img", 8 * mebibyte);
    const running = assistant.start(assistant.migrateArguments(disk, slowly));
    const id = await untilCopied(assistant, 0.3);
    // What a reboot leaves of an agent in memory.
    const folder = join("/dev/shm", `sma-${id}`);
    process.kill(Number(readFileSync(join(folder, "agent.pid"), "utf8")), "SIGKILL");
    rmSync(folder, { recursive: true });
    await hurry(assistant, id);
    const result = await running.result;
    expect(result.exitCode, result.stderr).toBe(0);
    await expectEqual(assistant, disk);
    const { rawBytes } = (await onlyJob(assistant)).outputs["sync"] as { rawBytes: number };
    expect(rawBytes).toBeLessThan(8 * mebibyte * 1.3);
    expect(readdirSync("/dev/shm")).not.toContain(`sma-${id}`);
  });

  it("whose disk grew between two runs is refused with both sizes, and the earlier image stays", async () => {
    const assistant = await source.newAssistant();
    const disk = makeDisk("grows.img", 6 * mebibyte);
    const first = await assistant.run(assistant.migrateArguments(disk, ["--every", "24", "--keep", "2"]));
    expect(first.exitCode, first.stderr).toBe(0);
    const job = await onlyJob(assistant);
    const image = imageHash(imageOf(job));
    truncateSync(disk, 9 * mebibyte);
    const second = await assistant.run(["job", "sync", job.id]);
    expect(second.exitCode).not.toBe(0);
    const { state } = await onlyJob(assistant);
    expect(state.name).toBe("in-error");
    expect(JSON.stringify(state)).toContain(String(9 * mebibyte));
    expect(imageHash(imageOf(job))).toBe(image);
  });

  it.skipIf(loopObstacle() !== null)(
    "whose disk has a bad sector fails clearly, naming it (needs loop devices)",
    async () => {
      const assistant = await source.newAssistant();
      const file = makeDisk("bad.img", 8 * mebibyte);
      const handle = openSync(file, "r");
      fsyncSync(handle);
      closeSync(handle);
      const device = attachLoop(file);
      try {
        // The device keeps its size; what lies behind the cut is an I/O error.
        truncateSync(file, 5 * mebibyte);
        const result = await assistant.run(assistant.migrateArguments(device));
        expect(result.exitCode).not.toBe(0);
        const { id, state } = await onlyJob(assistant);
        expect(state).toMatchObject({ name: "in-error", failure: { code: "source-read-error" } });
        // Copiers work on several chunks at once: any bad range may be the first that is found.
        const [, offset] = /offset (\d+) length \d+/.exec(JSON.stringify(state)) ?? [];
        expect(Number(offset)).toBeGreaterThanOrEqual(5 * mebibyte);
        // What is left for a resume goes with the job.
        expect((await assistant.run(["job", "cancel", id, "--yes"])).exitCode).toBe(0);
        expect(agentLeftovers(id)).toEqual([]);
      } finally {
        detachLoop(device);
      }
    },
  );
});
