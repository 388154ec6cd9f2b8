import { inEnglish } from "../../support/in-english.ts";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BootVerdict } from "../../../common/domain/boot-verdict.ts";
import type { ImageFile } from "../../../common/domain/image.ts";
import type { TaskRequest, TaskStatus } from "../../../common/api/intermediate-tasks.ts";
import { defaultConversion } from "../../../common/domain/conversion.ts";
import { fail, ok, unwrap } from "../../../common/result.ts";
import type { TaskImplementations } from "../../../intermediate/tasks/implementations.ts";
import { DaemonBench, isOver, jobId, makeDisk } from "../../support/intermediate/daemon.ts";
import type { ReferenceAgent } from "../../support/intermediate/reference-agent.ts";

const disks = [makeDisk(0, 20, 51)];
const image: TaskRequest = { kind: "image", formats: ["raw"], converted: false };
const boot: TaskRequest = {
  kind: "boot-check",
  firmware: "bios",
  memoryMiB: 512,
  timeoutSeconds: 60,
  converted: false,
  repair: false,
};

let bench: DaemonBench;
let agent: ReferenceAgent | undefined;
beforeEach(() => {
  bench = new DaemonBench();
});
afterEach(async () => {
  agent?.destroy();
  await bench.dispose();
});

function aborted(signal: AbortSignal): Promise<unknown> {
  return signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener("abort", resolve));
}

/** Image and boot work that the test holds in its hand. */
class HandTasks implements TaskImplementations {
  built = 0;
  booted = 0;
  converted = 0;
  hold: Promise<void> = Promise.resolve();
  failNext = false;
  /** Null: it is broken. */
  verdict: BootVerdict | null = null;

  async buildImages(
    options: Parameters<TaskImplementations["buildImages"]>[0],
  ): ReturnType<TaskImplementations["buildImages"]> {
    this.built += 1;
    const path = join(options.outputDirectory, "disk-0.raw");
    await options.claim(path);
    writeFileSync(path, `image ${this.built}`);
    options.report({ done: 5, total: 10, unit: "bytes", note: "half way", said: { kind: "half" } });
    await Promise.race([this.hold, aborted(options.signal)]);
    if (options.signal.aborted) return fail("cancelled", inEnglish("stopped"));
    if (this.failNext) {
      this.failNext = false;
      return fail("image-failed", inEnglish("no luck"));
    }
    const file: ImageFile = {
      diskId: 0,
      format: "raw",
      path,
      fileBytes: 7,
      virtualBytes: options.disks[0]?.sizeBytes ?? 0,
      sha256: "0".repeat(64),
    };
    return ok([file]);
  }

  async layoutUnavailable(): ReturnType<TaskImplementations["layoutUnavailable"]> {
    return null;
  }

  async makeLayout(): ReturnType<TaskImplementations["makeLayout"]> {
    return ok({ isNew: true, volumes: [], differing: [], seconds: 0 });
  }

  async conversionUnavailable(): ReturnType<TaskImplementations["conversionUnavailable"]> {
    return null;
  }

  async convert({
    disks: replicas,
    workDirectory,
    claim,
  }: Parameters<TaskImplementations["convert"]>[0]): ReturnType<TaskImplementations["convert"]> {
    this.converted += 1;
    for (const { diskId } of replicas) {
      const path = join(workDirectory, `disk-${diskId}.qcow2`);
      await claim(path);
      writeFileSync(path, `overlay ${this.converted}`);
    }
    await Promise.race([this.hold]);
    return ok({ guest: null, changes: [], notes: [], seconds: 0 });
  }

  async checkBoot({
    workDirectory,
    claim,
  }: Parameters<TaskImplementations["checkBoot"]>[0]): ReturnType<TaskImplementations["checkBoot"]> {
    this.booted += 1;
    if (this.verdict === null) throw new Error("a defect in the boot check");
    const consoleLogPath = join(workDirectory, "console.log");
    await claim(consoleLogPath);
    writeFileSync(consoleLogPath, "login:");
    return ok({ ...this.verdict, consoleLogPath });
  }
}

async function synced(tasks: HandTasks): Promise<void> {
  await bench.start({}, {}, tasks);
  await bench.putJob(disks);
  agent = await bench.agent(disks);
  void agent.run();
  await bench.admin.statusWhen(jobId, isOver);
}

const post = (body: object) => bench.admin.call<TaskStatus>("POST", `/v1/jobs/${jobId}/tasks`, body);
const get = (kind: string) => bench.admin.call<TaskStatus>("GET", `/v1/jobs/${jobId}/tasks/${kind}`);

describe("a task", () => {
  test("runs once for the same request, tells its progress, and keeps its result over a restart", async () => {
    const tasks = new HandTasks();
    let release: () => void = () => undefined;
    tasks.hold = new Promise((resolve) => (release = resolve));
    await synced(tasks);
    expect(unwrap(await post(image))).toMatchObject({ state: "running" });
    await expect.poll(async () => unwrap(await get("image")).note).toBe("half way");
    expect(unwrap(await post(image))).toMatchObject({ state: "running", done: 5, total: 10 });
    expect(await post({ ...image, formats: ["qcow2"] })).toMatchObject({ failure: { code: "job-state" } });
    expect(
      await bench.admin.call("POST", `/v1/jobs/${jobId}/sync`, { mode: "next", repairDiffering: false }),
    ).toMatchObject({
      failure: { code: "job-state" },
    });
    release();
    const done = await bench.admin.task(jobId, image);
    expect(done).toMatchObject({ state: "done", result: { kind: "image", files: [{ format: "raw" }] } });
    expect(unwrap(await post(image))).toEqual(done);
    expect(tasks.built).toBe(1);

    await bench.stop();
    await bench.start({}, {}, tasks);
    expect(unwrap(await get("image"))).toEqual(done);
    expect(unwrap(await post(image))).toEqual(done);
    expect(tasks.built).toBe(1);
    expect((await bench.admin.task(jobId, { ...image, formats: ["raw", "qcow2"] })).state).toBe("done");
    expect(tasks.built).toBe(2);
  });

  test("over the conversion needs one of this replica, and a new conversion makes what came of the old one void", async () => {
    const tasks = new HandTasks();
    await synced(tasks);
    const convert: TaskRequest = { kind: "convert", firmware: "bios", conversion: defaultConversion };
    const overlay: TaskRequest = { kind: "image", formats: ["raw"], converted: true };
    expect(await bench.admin.task(jobId, overlay)).toMatchObject({ failure: { code: "job-state" } });
    expect((await bench.admin.task(jobId, convert)).state).toBe("done");
    expect((await bench.admin.task(jobId, overlay)).state).toBe("done");
    expect(tasks.built).toBe(1);

    const other = { ...convert, conversion: { ...defaultConversion, serialConsole: true } };
    expect((await bench.admin.task(jobId, other)).state).toBe("done");
    expect(await get("image")).toMatchObject({ failure: { code: "not-found" } });
    expect((await bench.admin.task(jobId, overlay)).state).toBe("done");
    expect({ built: tasks.built, converted: tasks.converted }).toEqual({ built: 2, converted: 2 });
  });

  test("that writes the overlays does not run beside one that reads them", async () => {
    const tasks = new HandTasks();
    let release: () => void = () => undefined;
    tasks.hold = new Promise((resolve) => (release = resolve));
    await synced(tasks);
    expect(unwrap(await post(image))).toMatchObject({ state: "running" });
    const convert = { kind: "convert", firmware: "bios", conversion: defaultConversion };
    expect(await post(convert)).toMatchObject({
      failure: { code: "job-state", context: { rival: "image" } },
    });
    release();
    await bench.admin.task(jobId, image);
  });

  test("that failed runs again, and may overwrite its own files", async () => {
    const tasks = new HandTasks();
    tasks.failNext = true;
    await synced(tasks);
    expect(await bench.admin.task(jobId, image)).toMatchObject({
      state: "failed",
      failure: { code: "image-failed" },
    });
    expect(await bench.admin.task(jobId, image)).toMatchObject({ state: "done" });
    expect(tasks.built).toBe(2);
  });

  test("is cancelled while it runs, and can be asked for again", async () => {
    const tasks = new HandTasks();
    tasks.hold = new Promise(() => undefined);
    await synced(tasks);
    await post(image);
    const cancelled = await bench.admin.call<TaskStatus>("DELETE", `/v1/jobs/${jobId}/tasks/image`);
    expect(unwrap(cancelled)).toMatchObject({ state: "failed", failure: { code: "cancelled" } });
    tasks.hold = Promise.resolve();
    expect(await bench.admin.task(jobId, image)).toMatchObject({ state: "done" });
  });

  test("with a defect fails alone: the daemon and the job go on", async () => {
    const tasks = new HandTasks();
    await synced(tasks);
    expect(await bench.admin.task(jobId, boot)).toMatchObject({
      state: "failed",
      failure: { code: "internal" },
    });
    expect(await bench.admin.task(jobId, { kind: "verify" })).toMatchObject({ state: "done" });
  });

  test("counts no more once another sync has begun", async () => {
    const tasks = new HandTasks();
    await synced(tasks);
    await bench.admin.task(jobId, image);
    unwrap(
      await bench.admin.call("POST", `/v1/jobs/${jobId}/sync`, { mode: "next", repairDiffering: false }),
    );
    await bench.admin.statusWhen(jobId, (status) => isOver(status) && status.pass > 2);
    expect(await get("image")).toMatchObject({ failure: { code: "not-found" } });
    await bench.admin.task(jobId, image);
    expect(tasks.built).toBe(2);
  });

  test("leaves its images with the proof that they boot when the job is deleted with keepImages, and nothing else", async () => {
    const tasks = new HandTasks();
    tasks.verdict = {
      booted: true,
      cause: null,
      checkIn: null,
      repairs: [],
      evidence: "login prompt",
      found: [],
      accelerator: "tcg",
      secondsToVerdict: 9,
      timeline: [{ atSeconds: 9, what: "login" }],
      consoleLogPath: "",
      screenshotPath: null,
    };
    await synced(tasks);
    await bench.admin.task(jobId, boot);
    await bench.admin.task(jobId, image);
    const named = { architecture: "x86_64", platform: "linux", operatingSystem: null } as const;
    const facts = { ...named, bootMode: "bios", licenceType: "auto" } as const;
    await bench.admin.task(jobId, { kind: "verify" });
    const sealed = await bench.admin.task(jobId, { kind: "seal", converted: false, facts });
    expect(sealed).toMatchObject({ state: "done" });
    unwrap(await bench.admin.call("DELETE", `/v1/jobs/${jobId}`, { keepImages: true }));
    const folder = join(bench.folder, "data", "jobs", jobId);
    const kept = (name: string): string => readFileSync(join(folder, "images", name), "utf8");
    expect(kept("disk-0.raw")).toBe("image 1");
    expect(kept("boot-console.log")).toBe("login:");
    expect(JSON.parse(kept("boot-check.json"))).toMatchObject({
      booted: true,
      timeline: [{ what: "login" }],
      consoleLog: "boot-console.log",
      screen: null,
    });
    expect(existsSync(join(folder, "disk-0.raw"))).toBe(false);
    expect(existsSync(join(folder, "boot-check"))).toBe(false);
    expect(existsSync(join(folder, "job.json"))).toBe(false);
  });
});
