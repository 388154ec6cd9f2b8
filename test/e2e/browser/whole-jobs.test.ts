/** Whole jobs that are planned, started and seen to their end in the wizard alone: files in a new layout, another machine as the target. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobView, ProcedureOutput } from "../../../common/api/procedures.ts";
import { findingCodes } from "../../../common/domain/finding-parameters.ts";
import type { Source } from "../../../common/domain/source.ts";
import { helperUnavailable } from "../../../intermediate/layout/helper-machine.ts";
import { emptyDraft, type WizardDraft } from "../../../renderer/store/wizard-draft.ts";
import { imageHash, imageOf } from "../../support/job-views.ts";
import { startLocalSource, until, type LocalSource } from "../../support/local-source.ts";
import { hashFile, writeMixedDisk } from "../../support/mixed-disk.ts";
import { startRecordedSource, type RecordedSource } from "../../support/recorded-source.ts";
import { projectDirectory } from "../../support/run-sma.ts";
import { makeSmallServer, type SmallServer } from "../../support/small-server.ts";
import { currentUser, freePort, startSshd, type SshdServer } from "../../support/sshd/sshd.ts";
import { startBrowserHost, type JourneyHost } from "../journeys/hosts.ts";
import { AppPage } from "../pages/app-page.ts";
import { JobPage } from "../pages/job-page.ts";
import { WizardPage } from "../pages/wizard-page.ts";

const noLayouts = await helperUnavailable();
if (noLayouts !== null) console.warn(`SKIPPED: files in a new layout: ${noLayouts.message}`);

let source: LocalSource;
let recorded: RecordedSource;
let store: SshdServer;
let small: SmallServer;
let smallDirectory = "";
let host: JourneyHost;
let app: AppPage;
let wizard: WizardPage;
let job: JobPage;

beforeAll(async () => {
  source = await startLocalSource();
  // Facts know disks by names under /dev, and this is the part of it where a file may be.
  smallDirectory = mkdtempSync("/dev/shm/sma-small-");
  small = makeSmallServer(smallDirectory, "files1");
  recorded = await startRecordedSource(small.bundle);
  store = await startSshd({
    config: [`AuthorizedKeysFile ${join(source.directory, "authorized_keys")}`, "PermitRootLogin yes"],
  });
  host = await startBrowserHost(join(source.directory, "whole-state"));
  app = new AppPage(host.page);
  wizard = new WizardPage(app.page);
  job = new JobPage(app.page);
  const authentication = {
    user: currentUser(),
    keyFiles: [source.keyFile],
    useSshAgent: false,
    passwordEntry: null,
    keyPassphraseEntry: null,
  };
  const over = (port: number, hostKey: string) => ({
    kind: "ssh",
    jumpHosts: [],
    elevation: { method: "none" },
    host: { host: "127.0.0.1", port, hostKey, legacyAlgorithms: false, authentication },
  });
  await app.call("source.add", { name: "box", tags: [], address: over(source.sshd.port, source.hostKey) });
  await app.call("source.add", {
    name: "store",
    tags: [],
    address: over(store.port, store.fingerprint("ed25519")),
  });
  await app.call("source.add", { name: "files1", tags: [], address: recorded.address });
});
afterAll(async () => {
  await host?.stop();
  await store?.stop();
  await recorded?.stop();
  await source?.stop();
  rmSync(smallDirectory, { recursive: true, force: true });
});

/** What only a test has to say: a disk that is a file, and findings about the machine that tests run on. */
async function beginWith(draft: Partial<WizardDraft>): Promise<void> {
  await app.goTo("Start");
  await app.page.getByRole("heading", { level: 1, name: "Start" }).waitFor();
  await app.call("wizard.draft.set", { draft: { ...emptyDraft, acceptedFindings: findingCodes, ...draft } });
  await app.page.evaluate(() => window.localStorage.clear());
  await app.page.reload();
  await app.navigation.waitFor();
  await wizard.open();
}

/** From the review to the end of the job. */
async function migrate(name: string): Promise<JobView> {
  await wizard.next("Review");
  await wizard.start(name);
  await until(() => job.id !== "");
  await job.state("Finished").or(job.state("Needs you")).waitFor();
  const done = await app.call<JobView>("job.show", { job: job.id });
  const lines = await app.call<ProcedureOutput<"job.logs">>("job.logs", { job: job.id, afterSeq: 0 });
  expect(done.state, lines.map(({ message }) => message).join("\n")).toEqual({ name: "finished" });
  return done;
}

describe("by the wizard alone", () => {
  it.runIf(noLayouts === null)(
    "a server's files are brought into a new layout, and are all there",
    async () => {
      await beginWith({});
      await wizard.choose("files1");
      await wizard.next("Check");
      await wizard.assess();
      await wizard.next("Target");
      await wizard.fill({
        "Folder for replicas and images": join(source.directory, "target-files"),
        "Address to listen on": "127.0.0.1",
        "Control port": String(await freePort()),
        "Disk data port": String(await freePort()),
      });
      await wizard.next("Plan");
      await wizard.field("File replication").check();
      const size = app.page.getByLabel("Size: /", { exact: true });
      await size.waitFor();
      await size.fill("96 MiB");
      await wizard.field("Make it bootable on the target").uncheck();
      await wizard.field("Prove that it boots").uncheck();
      const done = await migrate("files1");
      expect(done.plan.replication).toBe("file");

      // Read back from the image alone, by a program that is not ours.
      const image = join(source.directory, "files.raw");
      execFileSync("qemu-img", ["convert", "-O", "raw", imageOf(done), image]);
      const { partitiontable } = JSON.parse(execFileSync("sfdisk", ["-J", image]).toString()) as {
        partitiontable: { partitions: { start: number; size: number }[] };
      };
      const root = partitiontable.partitions.find((each) => each.size === (96 * 1024 ** 2) / 512);
      const at = `${image}?offset=${(root?.start ?? 0) * 512}`;
      const read = (path: string) =>
        execFileSync("debugfs", ["-R", `cat ${path}`, at], { stdio: "pipe" }).toString();
      for (const [path, text] of Object.entries(small.files)) expect(read(path), path).toBe(text);
      expect(read("/tmp/scratch")).toBe("");
      expect(app.problems).toEqual([]);
    },
  );

  it("a disk goes to another machine that is reached over SSH, and nothing of it runs there afterwards", async () => {
    const disk = join(source.directory, "to-store.img");
    writeMixedDisk(disk, 8 * 1024 ** 2, "to another machine");
    const program = join(source.directory, "sma intermediate");
    const entry = join(projectDirectory, "intermediate", "index.ts");
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${entry}'\n`, { mode: 0o755 });
    const target = join(source.directory, "target-store");
    const [box] = (await app.call<Source[]>("source.list", {})).filter(({ name }) => name === "box");
    await beginWith({ disks: { [box?.id ?? ""]: [disk] } });
    await wizard.choose("box");
    await wizard.next("Check");
    await wizard.next("Target");
    await app.page.getByRole("radio", { name: "A folder on another Linux machine" }).check();
    await wizard
      .field("Target host")
      .selectOption({ label: `store (${currentUser()}@127.0.0.1:${store.port})` });
    await wizard.fill({
      "Program on it that runs the intermediate": program,
      "Folder for replicas and images": target,
      "Address to listen on": "127.0.0.1",
      "Control port": String(await freePort()),
      "Disk data port": String(await freePort()),
    });
    await wizard.next("Plan");
    await wizard.field("Make it bootable on the target").uncheck();
    await wizard.field("Prove that it boots").uncheck();
    const done = await migrate("box");
    expect(done.plan.target).toMatchObject({ kind: "ssh-host", hostName: "store" });
    expect(imageHash(imageOf(done))).toBe(hashFile(disk));
    const pid = readFileSync(join(target, "intermediate.pid"), "utf8").trim();
    await until(() => !existsSync(`/proc/${pid}`));
    expect(app.problems).toEqual([]);
  });
});
