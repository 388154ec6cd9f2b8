/** Drill, cutover, rollback and finalising of an instance, and what remains when somebody pulls the plug. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CutoverView } from "../../../common/domain/cutover.ts";
import { instanceSpecSchema, type InstanceView } from "../../../common/domain/instance.ts";
import { unwrap } from "../../../common/result.ts";
import { makeBootDisk, makeDeadDisk } from "../../support/cutover/boot-sector.ts";
import { jobId, openCutover, prepareJob, sourceName } from "../../support/cutover/prepared-job.ts";
import { projectDirectory, runSma, type SmaResult } from "../../support/run-sma.ts";

const spec = instanceSpecSchema.parse({
  name: "target",
  memoryMiB: 32,
  accelerator: "tcg",
  network: "none",
});
const signal = new AbortController().signal;

let folder = "";
let stateDirectory = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-cutover-"));
  stateDirectory = join(folder, "state");
  makeBootDisk(join(folder, "old.raw"), "oldsystem");
  makeBootDisk(join(folder, "new.raw"), "newsystem");
});
afterEach(async () => {
  const { target, close } = openCutover(stateDirectory);
  for (const { spec: known } of unwrap(await target.list())) await target.remove(known.name);
  close();
  rmSync(folder, { recursive: true, force: true });
});

const sma = (...args: readonly string[]): Promise<SmaResult> => runSma(args, { stateDirectory });

/** A stopped instance that has the old system. */
async function oldInstance(): Promise<void> {
  const { target, close } = openCutover(stateDirectory);
  const disk = { diskId: 0, path: join(folder, "old.raw"), format: "raw", sizeBytes: 1_048_576 } as const;
  unwrap(await target.provision(spec, [disk], signal));
  close();
}

async function instances(): Promise<InstanceView[]> {
  const { target, close } = openCutover(stateDirectory);
  const all = unwrap(await target.list());
  close();
  return all;
}

/** Which system the instance boots. */
async function boots(): Promise<string> {
  const { target, close } = openCutover(stateDirectory);
  unwrap(await target.stop("target", 0, signal));
  unwrap(await target.start("target", signal));
  const { evidence } = unwrap(await target.watch("target", 120, signal, () => undefined));
  unwrap(await target.stop("target", 0, signal));
  close();
  return evidence.what;
}

/** Names in the instance's folder that belong to disks. */
const diskFiles = (view: InstanceView | undefined): string[] =>
  readdirSync(view?.folder ?? "").filter((name) => name.endsWith(".qcow2") || name.endsWith(".new"));

async function view(...args: readonly string[]): Promise<CutoverView> {
  const { exitCode, stdout, stderr } = await sma(...args, "--json");
  expect(exitCode, `${args.join(" ")}: ${stdout}${stderr}`).toBe(0);
  return JSON.parse(stdout) as CutoverView;
}

describe("on the command line", () => {
  it("a drill, a cutover, a rollback and a finalised cutover keep what they promise", async () => {
    prepareJob(stateDirectory, [join(folder, "new.raw")]);
    await oldInstance();
    await sma("instance", "start", "target");
    const before = await instances();

    expect((await sma("cutover", "start", jobId, "--instance", "target")).exitCode).toBe(7);
    const drilled = await view("cutover", "drill", jobId, "--instance", "target");
    expect(drilled.state).toMatchObject({
      name: "ready-for-cutover",
      drill: { evidence: expect.stringContaining("newsystem login:") as string },
    });
    expect(await instances()).toEqual(before);

    const cut = await view("cutover", "start", jobId, "--instance", "target", "--grace", "0");
    expect(cut.state).toMatchObject({ name: "cut-over", instance: "target" });
    const [after] = await instances();
    expect(after).toMatchObject({ power: "running", keptDisks: before[0]?.disks });
    expect((await sma("job", "cancel", jobId, "--yes")).exitCode).toBe(7);

    // What was written since would be lost: the source's name is wanted.
    expect((await sma("cutover", "rollback", jobId)).exitCode).toBe(2);
    expect((await sma("cutover", "rollback", jobId, "--confirm", "other")).exitCode).toBe(2);
    const back = await view("cutover", "rollback", jobId, "--confirm", sourceName);
    expect(back.state).toEqual({ name: "ready" });
    const [restored] = await instances();
    expect(restored).toMatchObject({ power: "running", disks: before[0]?.disks, keptDisks: null });
    expect(diskFiles(restored)).toEqual(diskFiles(before[0]));
    expect(await boots()).toContain("oldsystem");

    await view("cutover", "start", jobId, "--instance", "target", "--without-drill", "--grace", "0");
    expect((await sma("cutover", "finalise", jobId)).exitCode).toBe(2);
    const done = await view("cutover", "finalise", jobId, "--confirm", sourceName);
    expect(done.state).toMatchObject({ name: "finalised" });
    expect(done.undoing).toBeNull();
    const [final] = await instances();
    expect(final?.keptDisks).toBeNull();
    expect(diskFiles(final).some((name) => name.includes("initial"))).toBe(false);
    expect(await boots()).toContain("newsystem");
  });

  it("a system that does not come up is taken off the instance again by itself", async () => {
    makeDeadDisk(join(folder, "new.raw"), "Kernel panic - not syncing: VFS: Unable to mount root fs");
    prepareJob(stateDirectory, [join(folder, "new.raw")]);
    await oldInstance();
    const drill = await sma("cutover", "drill", jobId, "--instance", "target");
    expect(drill.exitCode).toBe(6);
    expect(drill.stderr).toContain("kernel panic");
    const tried = await view("cutover", "show", jobId);
    expect(readFileSync(tried.consoleLogPath ?? "", "utf8")).toContain("Kernel panic");
    expect((await instances()).map(({ spec: { name } }) => name)).toEqual(["target"]);

    const cut = await sma(
      "cutover",
      "start",
      jobId,
      "--instance",
      "target",
      "--without-drill",
      "--grace",
      "0",
    );
    expect(cut.exitCode).toBe(6);
    const shown = await view("cutover", "show", jobId);
    expect(shown.state).toEqual({ name: "ready" });
    expect(shown.lastFailure?.message).toContain("kernel panic");
    expect(await boots()).toContain("oldsystem");
  });
});

describe("after a kill -9 at writes of the journal, the ledger and the instance's record", () => {
  const child = (verb: string, environment: Record<string, string>) =>
    spawnSync(
      process.execPath,
      [
        ...["--import", join(projectDirectory, "test", "support", "kill-at-write.ts")],
        ...[join(projectDirectory, "test", "support", "cutover", "child.ts"), stateDirectory, verb, "target"],
      ],
      { env: { ...process.env, ...environment }, encoding: "utf8" },
    );

  async function fresh(): Promise<void> {
    const { target, close } = openCutover(stateDirectory);
    for (const { spec: known } of unwrap(await target.list())) await target.remove(known.name);
    close();
    rmSync(stateDirectory, { recursive: true, force: true });
    prepareJob(stateDirectory, [join(folder, "new.raw")]);
    await oldInstance();
  }

  it("a cutover is gone on with to its end or rolled back, and nothing is left over", async () => {
    await fresh();
    const countFile = join(folder, "writes");
    expect(child("start", { SMA_TEST_COUNT_FILE: countFile }).status).toBe(0);
    const writes = Number(readFileSync(countFile, "utf8"));
    expect(writes).toBeGreaterThan(20);

    // Every write takes twice as long; SMA_TEST_EVERY_WRITE asks for that.
    const isEvery = process.env["SMA_TEST_EVERY_WRITE"] === "1";
    for (let write = 1, turn = 0; write <= writes; write += isEvery ? 1 : 2, turn += 1) {
      const moment = `${turn % 2 === 1 ? "before" : "after"}:${write}`;
      await fresh();
      const [before] = await instances();
      expect(child("start", { SMA_TEST_KILL_AT: moment }).signal, moment).toBe("SIGKILL");

      const { store, close } = openCutover(stateDirectory);
      const { state } = store.cutover(jobId);
      close();
      // Every fifth goes on, the others are rolled back where there is something to roll back.
      const goesOn = turn % 5 === 4 || !["cutover-in-progress", "cut-over"].includes(state.name);
      const again = child(goesOn && state.name !== "cut-over" ? "start" : "rollback", {});
      expect(again.status, `${moment} ${state.name}: ${again.stderr}`).toBe(0);
      const [view_] = await instances();
      const cut = goesOn && state.name !== "cut-over";
      expect(view_?.keptDisks, moment).toEqual(cut ? before?.disks : null);
      if (!cut) expect(view_?.disks, moment).toEqual(before?.disks);
      if (!cut) expect(diskFiles(view_), moment).toEqual(diskFiles(before));
    }
  }, 900_000);

  it("a drill that was killed is cleared away by the next one", async () => {
    for (const moment of ["after:4", "before:15", "after:30"]) {
      await fresh();
      expect(child("drill", { SMA_TEST_KILL_AT: moment }).signal, moment).toBe("SIGKILL");
      const again = child("drill", {});
      expect(again.status, `${moment}: ${again.stderr}`).toBe(0);
      expect((await instances()).map(({ spec: { name } }) => name)).toEqual(["target"]);
      const { store, close } = openCutover(stateDirectory);
      expect(store.cutover(jobId).state.name).toBe("ready-for-cutover");
      expect(store.files("target-drill")).toEqual([]);
      close();
    }
  }, 900_000);
});
