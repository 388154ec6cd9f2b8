/** What may befall the machine that the engine runs on while jobs run: a night asleep, a clock that is set, a full disk. */
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { JobView, ProcedureOutput } from "../../../common/api/procedures.ts";
import { findingCodes } from "../../../common/domain/finding-parameters.ts";
import { launchBrowser } from "../../support/browser.ts";
import { loopObstacle, mountSmallFilesystem } from "../../support/intermediate/loop-device.ts";
import { imageHash, imageOf } from "../../support/job-views.ts";
import { startLocalSource, until, type LocalSource } from "../../support/local-source.ts";
import { changeDisk, hashFile, writeMixedDisk } from "../../support/mixed-disk.ts";
import { projectDirectory } from "../../support/run-sma.ts";
import { startServe, type ServeProcess } from "../../support/serve-process.ts";
import { currentUser, freePort } from "../../support/sshd/sshd.ts";
import { AppPage } from "../pages/app-page.ts";

const mebibyte = 1024 ** 2;
const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;
const obstacle = loopObstacle();

let source: LocalSource;
let browser: Browser;
let serve: ServeProcess;
let app: AppPage;
let clockFile = "";
let ahead = { clockMs: 0, bootMs: 0 };

beforeAll(async () => {
  source = await startLocalSource();
  browser = await launchBrowser();
});
afterEach(() => serve?.stop());
afterAll(async () => {
  await browser?.close();
  await source?.stop();
});

/** An engine whose clock the test sets, a browser on it, and sources to copy from. */
async function open(folder: string, names: readonly string[]): Promise<void> {
  ahead = { clockMs: 0, bootMs: 0 };
  clockFile = join(source.directory, "clock.json");
  writeFileSync(clockFile, JSON.stringify(ahead));
  serve = await startServe(folder, 0, {
    preload: [join(projectDirectory, "test", "support", "set-clock.ts")],
    environment: { SMA_TEST_CLOCK_FILE: clockFile },
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en" });
  context.setDefaultTimeout(300_000);
  const page = await context.newPage();
  await page.clock.install();
  app = new AppPage(page);
  await app.open(serve.link);
  const authentication = {
    user: currentUser(),
    keyFiles: [source.keyFile],
    useSshAgent: false,
    passwordEntry: null,
    keyPassphraseEntry: null,
  };
  const { port } = source.sshd;
  const host = { host: "127.0.0.1", port, hostKey: source.hostKey, legacyAlgorithms: false, authentication };
  for (const name of names)
    await app.call("source.add", {
      name,
      tags: [],
      address: { kind: "ssh", jumpHosts: [], host, elevation: { method: "none" } },
    });
}

/** By the clock that the engine sees. */
function setClock(change: { clockMs: number; bootMs: number }): void {
  ahead = { clockMs: ahead.clockMs + change.clockMs, bootMs: ahead.bootMs + change.bootMs };
  writeFileSync(clockFile, JSON.stringify(ahead));
  process.kill(serve.pid, "SIGUSR2");
}

async function newJob(name: string, disk: string, more: object): Promise<string> {
  const { id } = await app.call<JobView>("job.create", {
    source: name,
    choices: {
      diskPaths: [disk],
      directory: join(source.directory, `target-${name}`),
      listenAddress: "127.0.0.1",
      controlPort: await freePort(),
      dataPort: await freePort(),
      bootCheck: false,
      conversion: { enabled: false },
      acceptedFindings: findingCodes,
      ...more,
    },
  });
  await app.call("job.start", { job: id });
  return id;
}

/** Leaves no room on the filesystem. */
function fillWith(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const size of [mebibyte, 4096, 512]) {
      try {
        for (;;) writeSync(file, Buffer.alloc(size, 1));
      } catch {
        // Smaller pieces fit yet.
      }
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

const slowly = { tuning: { codec: "raw", level: 1, rateBytesPerSecond: mebibyte } };
const view = (job: string) => app.call<JobView>("job.show", { job });
const hasCopied = (job: string, share: number) =>
  until(async () => {
    const { progress, state } = await view(job);
    if (state.name !== "running" && state.name !== "ready") throw new Error(JSON.stringify(state));
    return progress?.note === "copying" && progress.done >= share * progress.total;
  });

/** The job is done, its image is the disk, and nothing that it says of time is beyond what the test took. */
async function expectWhole(job: string, disk: string, begunMs: number): Promise<void> {
  await until(async () => {
    const { state } = await view(job);
    if (state.name === "in-error" || state.name === "stopped") throw new Error(JSON.stringify(state));
    return state.name === "finished";
  });
  const done = await view(job);
  expect(imageHash(imageOf(done))).toBe(hashFile(disk));
  const { seconds } = done.outputs["sync"] as { seconds: number };
  expect(seconds).toBeGreaterThan(0);
  expect(seconds * 1000).toBeLessThan(ahead.bootMs + Date.now() - begunMs);
}

describe("the machine of the engine", () => {
  it("sleeps for a night: the page says so and comes back, jobs go on, a schedule is made up for once", async () => {
    await open(join(source.directory, "state-night"), ["slow", "nightly"]);
    const begunMs = Date.now();
    const nightly = join(source.directory, "nightly.img");
    writeMixedDisk(nightly, 2 * mebibyte, "nightly");
    const scheduled = await newJob("nightly", nightly, {
      runs: { incremental: { intervalHours: 2, keep: 2 } },
    });
    await until(async () => (await view(scheduled)).state.name === "waiting");
    changeDisk(nightly, 1000, 5000, "in the night");

    const disk = join(source.directory, "slow.img");
    writeMixedDisk(disk, 16 * mebibyte, "slow");
    const slow = await newJob("slow", disk, slowly);
    await app.show(`#/jobs/${slow}`);
    await hasCopied(slow, 0.2);

    process.kill(serve.pid, "SIGSTOP");
    setClock({ clockMs: 9 * hourMs, bootMs: 9 * hourMs });
    await app.page.clock.fastForward(9 * hourMs);
    await app.page.locator(".banner").waitFor();
    process.kill(serve.pid, "SIGCONT");
    await app.page.clock.fastForward(10_000);
    await app.page.locator(".banner").waitFor({ state: "hidden" });

    // What is shown of the time to go comes from the flow of now, and not from the hours in which nobody looked.
    const { progress } = await view(slow);
    if (progress?.etaSeconds != null) expect(progress.etaSeconds).toBeLessThan(3600);
    await expectWhole(slow, disk, begunMs);
    await until(async () => (await view(scheduled)).run.number === 2);
    await until(async () => (await view(scheduled)).state.name === "waiting");
    const runs = await app.call<ProcedureOutput<"job.runs">>("job.runs", { job: scheduled });
    expect(runs.map(({ trigger }) => trigger)).toEqual(["admin", "schedule"]);
    expect(imageHash(imageOf(await view(scheduled)))).toBe(hashFile(nightly));
    expect(app.problems).toEqual([]);
  });

  it.each([
    ["forward", yearMs],
    ["back", -yearMs],
  ])("has its clock set %s by a year: the job ends, says so, and its receipt holds", async (way, clockMs) => {
    await open(join(source.directory, `state-${way}`), ["box"]);
    const begunMs = Date.now();
    const disk = join(source.directory, `${way}.img`);
    writeMixedDisk(disk, 8 * mebibyte, way);
    const job = await newJob("box", disk, slowly);
    await hasCopied(job, 0.2);
    setClock({ clockMs, bootMs: 0 });
    if (way === "back") {
      // Dated before the installation was made, a receipt would be worth nothing.
      await until(async () => (await view(job)).state.name === "in-error");
      expect((await view(job)).state).toMatchObject({ step: "receipt", failure: { code: "clock-skew" } });
      setClock({ clockMs: -clockMs, bootMs: 0 });
      await app.call("job.start", { job });
      await until(async () => (await view(job)).state.name !== "in-error");
    }
    await expectWhole(job, disk, begunMs);

    const lines = await app.call<ProcedureOutput<"job.logs">>("job.logs", { job, afterSeq: 0 });
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map(({ seq }) => seq).toSorted((a, b) => a - b));
    // Set right again, a clock may be noticed once more by who was just about to stop.
    const set = lines.filter(({ said, message }) => said?.kind === "clock-set" && message.includes(way));
    expect(set).toHaveLength(1);
    const { path, signed } = await app.call<ProcedureOutput<"receipt.show">>("receipt.show", { job });
    for (const { beganAt, endedAt } of signed.receipt.times) expect(endedAt >= beganAt).toBe(true);
    await app.call("receipt.verify", { receiptPath: path });
    expect(app.problems).toEqual([]);
  });

  it.runIf(obstacle === null)(
    "has no room left: the page says it, the job waits, nothing is lost, and all goes on once there is room",
    async () => {
      const folder = join(source.directory, "state-small");
      const unmount = mountSmallFilesystem(join(source.directory, "small.img"), 24, folder);
      try {
        await open(folder, ["box"]);
        const begunMs = Date.now();
        const disk = join(source.directory, "full.img");
        writeMixedDisk(disk, 8 * mebibyte, "full");
        const job = await newJob("box", disk, slowly);
        await hasCopied(job, 0.1);
        const ballast = join(folder, "ballast");
        fillWith(ballast);

        const banner = app.page.locator(".banner").filter({ hasText: folder });
        const refused = async () =>
          app
            .call("settings.set", { retention: { assessmentsPerSource: 9, jobLogDays: 40 } })
            .then(() => "", String);
        await until(async () => /is full/.test(await refused()));
        await banner.waitFor();
        // Longer than the copy would still take: what it did cannot be written down, so the job is where it was.
        await sleep(3_000);
        expect((await view(job)).state.name).toBe("running");

        rmSync(ballast);
        await banner.waitFor({ state: "hidden" });
        expect(await refused()).toBe("");
        await expectWhole(job, disk, begunMs);
        expect(await app.call<unknown[]>("source.list", {})).toHaveLength(1);
        expect(app.problems).toEqual([]);
      } finally {
        await serve.stop();
        unmount();
      }
    },
  );
});
