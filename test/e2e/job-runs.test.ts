/** Several runs of one job over a real sshd on loopback: what travels, what is kept, and what a death may not break. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobView, RunView } from "../../common/api/procedures.ts";
import { startFaultyLine } from "../support/faulty-line.ts";
import { copied, imageHash, imageOf, onlyJob } from "../support/job-views.ts";
import { startLocalSource, until, type LocalSource, type TestAssistant } from "../support/local-source.ts";
import { changeDisk, hashFile, writeMixedDisk } from "../support/mixed-disk.ts";
import { projectDirectory, type SmaResult } from "../support/run-sma.ts";

const mebibyte = 1024 * 1024;
let source: LocalSource;

beforeAll(async () => {
  source = await startLocalSource();
});
afterAll(() => source.stop());

function expectDone(result: SmaResult): void {
  expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(0);
}

const runsOf = (assistant: TestAssistant, job: string) => assistant.ask("job.runs", { job });
const copiedIn = (run: RunView | undefined): number =>
  (run?.outputs["sync"] as { rawBytes: number } | undefined)?.rawBytes ?? Number.NaN;

describe.concurrent("a job that syncs on a schedule", () => {
  it("copies changes alone from its second run on, keeps the newest images, and is finished by a final run", async () => {
    const assistant = await source.newAssistant();
    const disk = join(source.directory, "incremental.img");
    writeMixedDisk(disk, 24 * mebibyte + 4096, "incremental");
    expectDone(await assistant.run(assistant.migrateArguments(disk, ["--every", "24", "--keep", "2"])));
    const first = await onlyJob(assistant);
    expect(first.state).toMatchObject({ name: "waiting", reason: "next-run" });
    const due = first.state.name === "waiting" ? Date.parse(first.state.nextRunAt ?? "") : 0;
    expect(due).toBe(Date.parse(first.run.beganAt ?? "") + 24 * 3_600_000);
    const firstHash = hashFile(disk);
    const firstImage = imageOf(first);

    changeDisk(disk, 3 * mebibyte + 100, 5000, "second");
    // As if a day had gone by.
    const database = new DatabaseSync(join(assistant.stateDirectory, "state.sqlite"));
    database
      .prepare("UPDATE job SET state = json_set(state, '$.nextRunAt', ?)")
      .run(new Date(Date.now() - 1000).toISOString());
    database.close();
    expectDone(await assistant.run(["job", "run-due"]));
    const second = await onlyJob(assistant);
    expect(second).toMatchObject({
      run: { number: 2, kind: "incremental", trigger: "schedule" },
      state: { name: "waiting" },
    });
    expect((await assistant.run(["job", "run-due"])).stdout).toContain("nothing is due");
    expect(imageHash(imageOf(second))).toBe(hashFile(disk));
    // What an earlier run made stays what it was.
    expect(imageHash(firstImage)).toBe(firstHash);

    changeDisk(disk, 20 * mebibyte, 70_000, "third");
    expectDone(await assistant.run(["job", "sync", first.id, "--final"]));
    const third = await onlyJob(assistant);
    expect(third).toMatchObject({ run: { number: 3, kind: "final" }, state: { name: "finished" } });
    expect(imageHash(imageOf(third))).toBe(hashFile(disk));

    const runs = await runsOf(assistant, first.id);
    expect(runs.map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ["full", "done"],
      ["incremental", "done"],
      ["final", "done"],
    ]);
    expect(copiedIn(runs[0])).toBeGreaterThan(10 * mebibyte);
    expect(copiedIn(runs[1])).toBe(mebibyte);
    expect(copiedIn(runs[2])).toBe(mebibyte);
    expect(runs.map(({ images }) => images.length)).toEqual([0, 1, 1]);
    expect(existsSync(firstImage)).toBe(false);
    expect(imageHash(imageOf(second))).not.toBe(imageHash(imageOf(third)));
  });

  it("ends in the right image when the assistant is killed at any write of a later run", async () => {
    const assistant = await source.newAssistant();
    const disk = join(source.directory, "killed.img");
    writeMixedDisk(disk, 3 * mebibyte + 512, "killed");
    expectDone(await assistant.run(assistant.migrateArguments(disk, ["--every", "24", "--keep", "1"])));
    const { id } = await onlyJob(assistant);
    const preload = [join(projectDirectory, "test", "support", "kill-at-write.ts")];
    const everyWrite = async (): Promise<string[]> => {
      const countFile = join(source.directory, "later-writes");
      const environment = { SMA_TEST_COUNT_FILE: countFile };
      expectDone(await assistant.run(["job", "sync", id], { preload, environment }));
      const writes = Number(readFileSync(countFile, "utf8"));
      return Array.from(
        { length: writes },
        (_, index) => `${index % 2 === 1 ? "before" : "after"}:${index + 1}`,
      );
    };
    // Every write takes many minutes; what later runs add to the first one's is `next`, and an end that is no end.
    const moments =
      process.env["SMA_TEST_EVERY_WRITE"] === "1"
        ? await everyWrite()
        : ["after:sync:begin", "after:clean-up:done"];
    let { number } = (await onlyJob(assistant)).run;
    for (const moment of moments) {
      changeDisk(disk, (number % 3) * mebibyte + number, 100, moment);
      const killed = await assistant.run(["job", "sync", id], {
        preload,
        environment: { SMA_TEST_KILL_AT: moment },
      });
      expect(killed.signal, `${moment}: ${killed.stderr}`).toBe("SIGKILL");
      const left = await onlyJob(assistant);
      // Killed before the run was planned, while it ran, or when it was over.
      if (left.run.number === number) expectDone(await assistant.run(["job", "sync", id]));
      else if (left.run.endedAt === null) expectDone(await assistant.run(["job", "resume", id]));
      number += 1;
      const done = await onlyJob(assistant);
      expect(done.state.name, moment).toBe("waiting");
      expect(done.run, moment).toMatchObject({ number, outcome: "done" });
      expect(imageHash(imageOf(done)), moment).toBe(hashFile(disk));
      expect(copiedIn((await runsOf(assistant, id)).at(-1)), moment).toBeLessThanOrEqual(mebibyte);
    }
  });
});

describe.concurrent("a job's manners", () => {
  it("can be changed while it waits and while it runs", async () => {
    const assistant = await source.newAssistant();
    const disk = join(source.directory, "tuned.img");
    writeMixedDisk(disk, 16 * mebibyte, "tuned");
    const hour = new Date().getHours();
    const closed = `${String((hour + 2) % 24).padStart(2, "0")}:00-${String((hour + 3) % 24).padStart(2, "0")}:00`;
    const running = assistant.start(assistant.migrateArguments(disk, ["--limit", "20k", "--window", closed]));
    await until(async () => (await assistant.ask("job.list", {}))[0]?.state.name === "waiting");
    const { id, state } = await onlyJob(assistant);
    expect(state).toMatchObject({ name: "waiting", reason: "window" });

    expectDone(await assistant.run(["job", "tune", id, "--window", "any"]));
    // At 20 KiB a second this would take the better part of an hour.
    await copied(assistant, 0);
    expectDone(await assistant.run(["job", "tune", id, "--limit", "0", "--no-compression"]));
    expectDone(await running.result);
    const done = await onlyJob(assistant);
    expect(done.plan.tuning).toMatchObject({ codec: "raw", rateBytesPerSecond: 0 });
    expect(imageHash(imageOf(done))).toBe(hashFile(disk));
    const log = (await assistant.run(["job", "logs", id])).stdout;
    expect(log).toContain("the sync is tuned: no compression, no bandwidth limit");
  });
});

describe.concurrent("a run that failed after its copy", () => {
  it("costs the next run what changed since, not another copy", async () => {
    const assistant = await source.newAssistant();
    const disk = join(source.directory, "failed.img");
    writeMixedDisk(disk, 24 * mebibyte, "failed");
    const line = await startFaultyLine([assistant.controlPort, assistant.dataPort]);
    const killed = await assistant.run(assistant.migrateArguments(disk, ["--advertise", line.address]), {
      preload: [join(projectDirectory, "test", "support", "kill-at-write.ts")],
      environment: { SMA_TEST_KILL_AT: "after:verify:done" },
    });
    expect(killed.signal, killed.stderr).toBe("SIGKILL");
    const { id } = await onlyJob(assistant);
    // Somebody's file where the image would go: the job must not overwrite it, and fails.
    const images = join(assistant.targetDirectory, "jobs", id, "images");
    mkdirSync(images, { recursive: true });
    writeFileSync(join(images, "disk-0.qcow2"), "not the job's");
    const failed = await assistant.run(["job", "resume", id]);
    expect(failed.exitCode).not.toBe(0);
    expect((await onlyJob(assistant)).state).toMatchObject({ name: "in-error", step: "image" });

    rmSync(join(images, "disk-0.qcow2"));
    changeDisk(disk, 9 * mebibyte + 7, 4000, "meanwhile");
    const carriedBefore = line.carriedBytes;
    expectDone(await assistant.run(["job", "sync", id]));
    const carried = line.carriedBytes - carriedBefore;
    await line.close();
    const done: JobView = await onlyJob(assistant);
    expect(done).toMatchObject({ state: { name: "finished" }, run: { number: 2 } });
    expect(imageHash(imageOf(done))).toBe(hashFile(disk));
    const runs = await runsOf(assistant, id);
    expect(runs.map(({ outcome }) => outcome)).toEqual(["superseded", "done"]);
    expect(copiedIn(runs[0])).toBeGreaterThan(10 * mebibyte);
    expect(copiedIn(runs[1])).toBe(mebibyte);
    // What the line carried, both ways and with TLS and all: the changed chunk and some talk, as the job says itself.
    const { wireBytes } = runs[1]?.outputs["sync"] as { wireBytes: number };
    expect(carried).toBeGreaterThan(wireBytes);
    expect(carried).toBeLessThan(wireBytes + mebibyte / 2);
    expect(runs[1]?.outputs["sync"]).toMatchObject({ savings: { sameBytes: 23 * mebibyte } });
  });
});
