/** What is left over is listed with what removes it; look-alikes are listed and never removed. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { z } from "zod";
import { instanceSpecSchema } from "../../../common/domain/instance.ts";
import type { orphanReportSchema } from "../../../common/domain/orphan.ts";
import { unwrap } from "../../../common/result.ts";
import { makeBootDisk } from "../../support/cutover/boot-sector.ts";
import { jobId, openCutover, prepareJob } from "../../support/cutover/prepared-job.ts";
import { runSma } from "../../support/run-sma.ts";

let folder = "";
let stateDirectory = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-orphans-"));
  stateDirectory = join(folder, "state");
  makeBootDisk(join(folder, "new.raw"), "new");
  prepareJob(stateDirectory, [join(folder, "new.raw")]);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function orphans(): Promise<z.infer<typeof orphanReportSchema>["orphans"]> {
  const { stdout } = await runSma(["doctor", "--orphans", "--json"], { stateDirectory });
  return (JSON.parse(stdout) as z.infer<typeof orphanReportSchema>).orphans;
}

it("names what each leftover is and the command that removes it, and leaves what nobody wrote down", async () => {
  const { target, store, jobs, close } = openCutover(stateDirectory);
  const signal = new AbortController().signal;
  const spec = instanceSpecSchema.parse({ name: "web", memoryMiB: 32, accelerator: "tcg", network: "none" });
  const image = { diskId: 0, path: join(folder, "new.raw"), format: "raw", sizeBytes: 1_048_576 } as const;
  const { folder: webFolder } = unwrap(await target.provision(spec, [image], signal));
  // An attempt that nobody took back, a drill's instance without a drill, and an agent that could not be removed.
  unwrap(await target.attachTemporaryDisk("web", `${jobId}-7`, image));
  unwrap(await target.receive("web", `${jobId}-7`, image, signal, () => undefined));
  unwrap(await target.provision({ ...spec, name: "web-drill" }, [], signal));
  jobs.records.planResource(jobId, "agent-directory", jobId);
  // Files on the ledger of an instance whose making was cut short.
  store.planFile({ instance: "half", tag: "initial", path: join(stateDirectory, "instances", "half") });
  mkdirSync(join(stateDirectory, "instances", "half"));
  const before = unwrap(await target.find("web"));
  close();

  const lookAlikes = [
    join(webFolder, `temporary-${jobId}-8-0.qcow2`),
    join(webFolder, `image-${jobId}-7-0.qcow2`),
    join(stateDirectory, "instances", "somebody"),
    join(stateDirectory, "target", "jobs", "job000000009"),
  ];
  mkdirSync(join(stateDirectory, "target", "jobs"), { recursive: true });
  for (const path of lookAlikes) writeFileSync(path, "somebody's");

  const found = await orphans();
  const strange = found.filter(({ isLedgered }) => !isLedgered);
  expect(
    strange
      .filter(({ kind }) => kind !== "process")
      .map(({ locator }) => locator)
      .toSorted(),
  ).toEqual(lookAlikes.toSorted());
  expect(strange.every(({ removedBy }) => removedBy === null)).toBe(true);
  const ours = found.filter(({ isLedgered }) => isLedgered);
  expect(new Set(ours.map(({ kind }) => kind))).toEqual(new Set(["agent", "instance", "disk"]));
  expect(ours.find(({ kind }) => kind === "agent")).toMatchObject({ removedBy: `sma job cancel ${jobId}` });

  const commands = new Set(
    ours.flatMap(({ removedBy }) => removedBy ?? []).filter((c) => !c.includes("job cancel")),
  );
  for (const command of commands) {
    const { exitCode, stderr } = await runSma(command.split(" ").slice(1), { stateDirectory });
    expect(exitCode, `${command}: ${stderr}`).toBe(0);
  }
  const left = (await orphans()).filter(({ isLedgered }) => isLedgered);
  expect(left.map(({ kind }) => kind)).toEqual(["agent"]);
  for (const path of lookAlikes) expect(readFileSync(path, "utf8")).toBe("somebody's");
  expect(existsSync(join(webFolder, `temporary-${jobId}-7-0.qcow2`))).toBe(false);
  const again = openCutover(stateDirectory);
  expect(unwrap(await again.target.find("web"))).toEqual(before);
  again.close();
});
