/**
 * Whole migrations of a Windows source: connect, collect, push, launch, follow, prove, clean up. What Windows would do
 * is done by a machine of the test behind a real login; agent, intermediate and assistant are the real ones. First the
 * agent is this system's own build; then it is the Windows build, which wine runs in a job that ends with the command,
 * as WinRM's does.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobView } from "../../../common/api/procedures.ts";
import { unwrap } from "../../../common/result.ts";
import { projectDirectory } from "../../support/run-sma.ts";
import { hashFile, writeMixedDisk } from "../../support/mixed-disk.ts";
import { agentScripts, fileSize } from "../../support/winrm/agent-host.ts";
import { collectorScript, windowsBundle } from "../../support/winrm/collector.ts";
import { startLab, type WinrmLab } from "../../support/winrm/lab.ts";
import { startMigratingLab } from "../../support/winrm/migrating-lab.ts";
import { compilingWineObstacle, Wine } from "../../support/winrm/wine.ts";
import { describeWithNtlm } from "../../support/winrm/needs-acceptor.ts";
import {
  makeFolder,
  ProgramMissing,
  type WindowsMachineOptions,
} from "../../support/winrm/windows-machine.ts";

const agent = join(projectDirectory, "resources", "agents", "linux-x86_64", "sma-agent");
const isBuilt = existsSync(agent);
if (!isBuilt)
  console.warn("SKIPPED: the journey of a Windows source: build the agent with npm run build:agent");

const windowsAgent = join(projectDirectory, "resources", "agents", "windows-x86_64", "sma-agent.exe");
const obstacle =
  compilingWineObstacle() ??
  (existsSync(windowsAgent) ? null : "the agent for Windows is not built (npm run build:agent)");
if (obstacle !== null) console.warn(`SKIPPED: the journey of a Windows source under wine: ${obstacle}`);

const describeJourney = isBuilt ? describeWithNtlm : describe.skip;

let folder: string;
let disk: string;
const cleanUps: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-journey-"));
  disk = join(folder, "disk.img");
  writeMixedDisk(disk, 12 * 1024 * 1024 + 4096, "windows journey");
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function journey(
  machine: Partial<WindowsMachineOptions> = {},
  { program = agent, diskSize = fileSize }: { program?: string; diskSize?: typeof fileSize } = {},
) {
  const lab: WinrmLab = await startLab({
    machine: {
      ...machine,
      scripts: {
        ...collectorScript(windowsBundle),
        ...agentScripts(() => lab.machine, { diskSize }),
        ...machine.scripts,
      },
    },
  });
  cleanUps.push(() => lab.stop());
  makeFolder(lab.machine, "C:\\Windows\\Temp");
  const migrating = await startMigratingLab(lab, folder, program);
  cleanUps.push(() => migrating.close());
  return { lab, ...migrating };
}

const imageOf = (job: JobView) => {
  const image = job.outputs["image"] as { files: { path: string }[] } | undefined;
  return image?.files[0]?.path ?? JSON.stringify(job.state);
};

describeJourney("a migration of a Windows source over WinRM", () => {
  it("ends in an image that holds exactly the disk's bytes, and leaves nothing on the source", async () => {
    const { lab, migrate } = await journey();
    const before = statSync(disk).mtimeMs;
    const job = await migrate(disk);
    expect(job.state, JSON.stringify(job.state)).toMatchObject({ name: "finished" });
    expect(hashFile(imageOf(job))).toBe(hashFile(disk));
    expect(statSync(disk).mtimeMs).toBe(before);
    expect(readdirSync(lab.machine.path("C:\\Windows\\Temp"))).toEqual([]);
    expect(lab.service.runningCommands).toBe(0);
    expect(lab.endpoint.errors).toEqual([]);
  });

  it("is rehearsed by the doctor, step by step, and nothing of that stays either", async () => {
    const { lab, assistant } = await journey({
      scripts: {
        "sma powershell version": async (_parameters, { stdout }) => (stdout.write("5.1.14393\r\n"), 0),
      },
    });
    const intermediate = { host: "192.0.2.9", ports: [8080] };
    const lines = unwrap(await assistant.call("doctor.windows", { source: "win", intermediate }));
    const verdicts = Object.fromEntries(lines.map(({ id, verdict }) => [id, verdict]));
    expect(verdicts, JSON.stringify(lines, null, 1)).toMatchObject({
      login: "ok",
      administrator: "ok",
      system: "ok",
      "port-8080": "ok",
      agent: "ok",
      disks: "ok",
      launch: "ok",
      survival: "ok",
    });
    expect(readdirSync(lab.machine.path("C:\\Windows\\Temp"))).toEqual([]);
  });

  it("names the antivirus that removes the agent as soon as it is there, and goes on once it lets it be", async () => {
    let isOnGuard = true;
    const { lab, assistant, migrate } = await journey({
      beforeStart: (file) => {
        if (!isOnGuard || !file.endsWith("sma-agent.exe")) return;
        rmSync(file, { force: true });
        throw new ProgramMissing(file);
      },
    });
    const stopped = await migrate(disk);
    expect(stopped.state).toMatchObject({
      name: "in-error",
      failure: { code: "agent-blocked", remedy: expect.stringContaining("Exclude C:\\Windows\\Temp\\sma-") },
    });
    expect(readdirSync(lab.machine.path("C:\\Windows\\Temp"))).toEqual([]);
    isOnGuard = false;
    const resumed = await assistant.call("job.run", { job: stopped.id });
    expect(resumed).toMatchObject({ ok: true, value: { state: { name: "finished" } } });
  });
});

(obstacle === null ? describeWithNtlm : describe.skip)("the agent for Windows, pushed over WinRM", () => {
  it("outlives the command that started it, copies a volume with equal hashes, and leaves nothing", async () => {
    const wine = await Wine.start();
    cleanUps.push(() => wine.stop());
    wine.attachDevice("D", disk);
    const volume = "\\\\.\\D:";
    const { lab, migrate } = await journey(
      { driveC: wine.driveC, execute: (line, streams) => wine.execute(line, streams) },
      { program: windowsAgent, diskSize: (path) => (path === volume ? fileSize(disk) : null) },
    );
    const job = await migrate(volume);
    expect(job.state, JSON.stringify(job.state)).toMatchObject({ name: "finished" });
    expect(hashFile(imageOf(job))).toBe(hashFile(disk));
    const temp = readdirSync(lab.machine.path("C:\\Windows\\Temp"));
    expect(temp.filter((name) => name.startsWith("sma-"))).toEqual([]);
    expect(lab.endpoint.errors).toEqual([]);
  });
});
