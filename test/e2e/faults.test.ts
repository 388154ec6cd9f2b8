/** Bad days of a migration: each ends in an equal image or in a clear failure from which the job can be resumed. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFaultyLine, type FaultyLine } from "../support/faulty-line.ts";
import { copied, imageHash, imageOf, onlyJob } from "../support/job-views.ts";
import { startLocalSource, type LocalSource, type TestAssistant } from "../support/local-source.ts";
import { hashFile, writeMixedDisk } from "../support/mixed-disk.ts";
import { projectDirectory } from "../support/run-sma.ts";

const mebibyte = 1024 * 1024;
const diskBytes = 40 * mebibyte;
let source: LocalSource;
let disk: string;
let diskHash: string;

beforeAll(async () => {
  source = await startLocalSource();
  disk = join(source.directory, "disk.img");
  writeMixedDisk(disk, diskBytes, "faults");
  diskHash = hashFile(disk);
});
afterAll(() => source.stop());

describe.concurrent("the line between agent and intermediate", () => {
  async function withLine(act: (line: FaultyLine, assistant: TestAssistant) => Promise<void>): Promise<void> {
    const assistant = await source.newAssistant();
    const line = await startFaultyLine([assistant.controlPort, assistant.dataPort]);
    try {
      await act(line, assistant);
    } finally {
      await line.close();
    }
  }

  it("drops for thirty seconds: only what was not acknowledged travels again", () =>
    withLine(async (line, assistant) => {
      const running = assistant.start(
        assistant.migrateArguments(disk, ["--advertise", line.address, "--limit", "1M"]),
      );
      await copied(assistant, 0.5);
      line.cut();
      await sleep(30_000);
      line.mend();
      const result = await running.result;
      expect(result.exitCode, result.stderr).toBe(0);
      const job = await onlyJob(assistant);
      expect(imageHash(imageOf(job))).toBe(diskHash);
      // Everything once, and at most the window that was in flight again: far from twice.
      const { wireBytes } = job.outputs["sync"] as { wireBytes: number };
      expect(line.carriedBytes).toBeLessThan(wireBytes * 1.5);
    }));

  it("damages a frame in flight, and repeats others: they are refused, and travel again", () =>
    withLine(async (line, assistant) => {
      // Whoever refuses a frame ends its connection, long before the copy is over.
      const closed = () => line.tampered.filter(({ isClosed }) => isClosed).length;
      const running = assistant.start(
        assistant.migrateArguments(disk, ["--advertise", line.address, "--limit", "1M"]),
      );
      await copied(assistant, 0.1);
      line.corruptNext(assistant.dataPort);
      await expect.poll(closed, { timeout: 60_000 }).toBe(1);
      await copied(assistant, 0.3);
      line.replayNext(assistant.dataPort);
      await expect.poll(closed, { timeout: 60_000 }).toBe(2);
      const result = await running.result;
      expect(result.exitCode, result.stderr).toBe(0);
      expect(line.tampered.map(({ how }) => how)).toEqual(["corrupted", "replayed"]);
      expect(imageHash(imageOf(await onlyJob(assistant)))).toBe(diskHash);
    }));
});

describe.concurrent("the intermediate's disk", () => {
  it.skipIf(process.getuid?.() !== 0)(
    "is full midway: the job says so, and goes on when there is room (needs root for a small tmpfs)",
    async () => {
      const assistant = await source.newAssistant();
      mkdirSync(assistant.targetDirectory, { recursive: true });
      // Room for the sparse replica to begin with, not to end with.
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=20m,mode=700", "tmpfs", assistant.targetDirectory]);
      try {
        const first = await assistant.run(assistant.migrateArguments(disk));
        expect(first.exitCode).not.toBe(0);
        const failed = await onlyJob(assistant);
        expect(failed.state).toMatchObject({ name: "in-error", failure: { code: "no-space" } });

        execFileSync("mount", ["-o", "remount,size=1g", assistant.targetDirectory]);
        const resumed = await assistant.run(["job", "resume", failed.id]);
        expect(resumed.exitCode, resumed.stderr).toBe(0);
        expect(imageHash(imageOf(await onlyJob(assistant)))).toBe(diskHash);
      } finally {
        execFileSync("umount", ["--lazy", assistant.targetDirectory]);
      }
    },
  );

  /** A job that was killed between its sync and its verification, with a byte of the replica flipped there. */
  async function withFlippedByte(checksum: string) {
    const assistant = await source.newAssistant();
    const killed = await assistant.run([...assistant.migrateArguments(disk), "--checksum", checksum], {
      preload: [join(projectDirectory, "test", "support", "kill-at-write.ts")],
      environment: { SMA_TEST_KILL_AT: "after:sync:done" },
    });
    expect(killed.signal, killed.stderr).toBe("SIGKILL");
    const { id } = await onlyJob(assistant);
    flipByte(join(assistant.targetDirectory, "jobs", id, "disk-0.raw"), 9 * mebibyte + 12_345);
    return { assistant, id };
  }

  it("flips a byte of the replica before verification: the range is named, and copied again on resume", async () => {
    const { assistant, id } = await withFlippedByte("arrival");
    const refused = await assistant.run(["job", "resume", id]);
    expect(refused.exitCode).toBe(6);
    const { state } = await onlyJob(assistant);
    expect(state).toMatchObject({ name: "in-error", step: "verify", failure: { code: "replica-differs" } });
    expect(JSON.stringify(state)).toContain(String(9 * mebibyte));

    const repaired = await assistant.run(["job", "resume", id]);
    expect(repaired.exitCode, repaired.stderr).toBe(0);
    expect(imageHash(imageOf(await onlyJob(assistant)))).toBe(diskHash);
  });

  it("flips a byte that nobody hashed on arrival: the read-back finds it, and it is copied again by itself", async () => {
    const { assistant, id } = await withFlippedByte("proof");
    const resumed = await assistant.run(["job", "resume", id]);
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(resumed.stderr).toContain("copying again what the last verification found different");
    const shown = await assistant.run(["job", "show", id]);
    expect(shown.stdout).toContain("; 0 B hashed on arrival");
    expect(imageHash(imageOf(await onlyJob(assistant)))).toBe(diskHash);
  });
});

function flipByte(path: string, offset: number): void {
  const file = openSync(path, "r+");
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, offset);
  byte[0] = (byte[0] ?? 0) ^ 0xff;
  writeSync(file, byte, 0, 1, offset);
  closeSync(file);
}
