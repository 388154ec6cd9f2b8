/** Instances as QEMU processes, on the command line: they outlive the assistant, and only what was made goes. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InstanceView } from "../../../common/domain/instance.ts";
import { makeBootDisk } from "../../support/cutover/boot-sector.ts";
import { until } from "../../support/local-source.ts";
import { runSma, type SmaResult } from "../../support/run-sma.ts";

let folder = "";
let stateDirectory = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-instances-"));
  // Longer than a Unix socket's path may be.
  stateDirectory = join(folder, "a-folder-with-a-name-that-is-long".repeat(3), "state");
  makeBootDisk(join(folder, "disk.raw"), "alpha");
});
afterAll(async () => {
  await sma("instance", "remove", "alpha", "--confirm", "alpha");
  rmSync(folder, { recursive: true, force: true });
});

const sma = (...args: readonly string[]): Promise<SmaResult> => runSma(args, { stateDirectory });
const views = async (): Promise<InstanceView[]> =>
  JSON.parse((await sma("instance", "list", "--json")).stdout) as InstanceView[];

describe("an instance", () => {
  it("runs on when the assistant ends, says on its console what boots, and is found again", async () => {
    const created = await sma(
      ...["instance", "create", "alpha", "--disk", join(folder, "disk.raw")],
      ...["--memory", "32", "--accelerator", "tcg"],
    );
    expect(created.exitCode, created.stderr).toBe(0);
    const started = await sma("instance", "start", "alpha");
    expect(started.exitCode, started.stderr).toBe(0);
    await until(async () => (await sma("instance", "console", "alpha")).stdout.includes("alpha login:"));
    const [view] = await views();
    expect(view).toMatchObject({ power: "running", accelerator: "tcg", keptDisks: null });
    process.kill(view?.pid ?? 0, 0);
  });

  it("is stopped, and started again with the same disks", async () => {
    expect((await sma("instance", "stop", "alpha", "--grace", "0")).exitCode).toBe(0);
    const [stopped] = await views();
    expect(stopped).toMatchObject({ power: "stopped", pid: null });
    expect((await sma("instance", "start", "alpha")).exitCode).toBe(0);
    expect((await views())[0]).toMatchObject({ power: "running", disks: stopped?.disks });
  });

  it("is not taken for running where its pid is another process's", async () => {
    expect((await sma("instance", "stop", "alpha", "--grace", "0")).exitCode).toBe(0);
    const [view] = await views();
    writeFileSync(join(view?.folder ?? "", "qemu.pid"), `${process.pid}\n`);
    expect((await views())[0]?.power).toBe("stopped");
  });

  it("is not removed without its name, and then leaves what it did not make", async () => {
    expect((await sma("instance", "remove", "alpha")).exitCode).toBe(2);
    const [view] = await views();
    const instanceFolder = view?.folder ?? "";
    const lookAlikes = ["disk-initial-1.qcow2", "image-job000000001-1-0.qcow2"];
    for (const name of lookAlikes) writeFileSync(join(instanceFolder, name), "somebody's");
    const refused = await sma("instance", "remove", "alpha", "--confirm", "alpha");
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain("did not make");
    expect(readdirSync(instanceFolder).toSorted()).toEqual(lookAlikes.toSorted());
    expect(readFileSync(join(instanceFolder, "disk-initial-1.qcow2"), "utf8")).toBe("somebody's");
    for (const name of lookAlikes) rmSync(join(instanceFolder, name));
    expect((await sma("instance", "remove", "alpha", "--confirm", "alpha")).exitCode).toBe(0);
    expect(existsSync(instanceFolder)).toBe(false);
    expect(await views()).toEqual([]);
  });
});
