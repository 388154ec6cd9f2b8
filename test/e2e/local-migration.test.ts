/** Whole migrations of a disk file over a real sshd on loopback: what must hold however the parts die. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stepNames } from "../../common/domain/job.ts";
import { agentLeftovers, copied, imageHash, imageOf, onlyJob } from "../support/job-views.ts";
import { changeDisk, hashFile, writeMixedDisk } from "../support/mixed-disk.ts";
import { startLocalSource, until, type LocalSource, type TestAssistant } from "../support/local-source.ts";
import { projectDirectory, type SmaResult } from "../support/run-sma.ts";
import { describeRoot } from "../support/sshd/fixture.ts";
import { addUser } from "../support/sshd/users.ts";

const mebibyte = 1024 * 1024;
let source: LocalSource;
let disk: string;
let diskHash: string;

beforeAll(async () => {
  source = await startLocalSource();
  disk = join(source.directory, "disk.img");
  // Not a multiple of the chunk size: the last chunk is short.
  writeMixedDisk(disk, 40 * mebibyte + 4096 * 3, "local migration");
  diskHash = hashFile(disk);
});
afterAll(() => source.stop());

function expectDone(result: SmaResult): void {
  expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(0);
}

const placeOf = ({ targetDirectory, controlPort, dataPort }: TestAssistant) => ({
  directory: targetDirectory,
  listenAddress: "127.0.0.1",
  controlPort,
  dataPort,
});

/** Another program that has a port. */
async function squatOn(port: number): Promise<Server> {
  const squatter = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => squatter.listen(port, "127.0.0.1", resolve));
  return squatter;
}

function processesOf(pattern: RegExp): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return pattern.test(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
      } catch {
        return false;
      }
    });
}

describe.concurrent("a migration", () => {
  it("ends in images of every format that hold exactly the source's bytes, and leaves the source as it was", async () => {
    const assistant = await source.newAssistant();
    const formats = ["qcow2", "raw", "vhd", "vmdk"];
    const before = statSync(disk);
    const result = await assistant.run(
      assistant.migrateArguments(
        disk,
        formats.flatMap((format) => ["--format", format]),
      ),
    );
    expectDone(result);

    const job = await onlyJob(assistant);
    expect(job.state.name).toBe("finished");
    const { files } = job.outputs["image"] as { files: { path: string; format: string }[] };
    expect(files.map(({ format }) => format).toSorted()).toEqual(formats.toSorted());
    const raw = files.find(({ format }) => format === "raw")?.path ?? "";
    expect(hashFile(raw)).toBe(diskHash);
    for (const { path, format } of files) {
      const compared = execFileSync("qemu-img", [
        "compare",
        "-f",
        format === "vhd" ? "vpc" : format,
        "-F",
        "raw",
        path,
        disk,
      ]);
      expect(compared.toString(), format).toContain("Images are identical");
    }
    expect(hashFile(disk)).toBe(diskHash);
    expect(statSync(disk).mtimeMs).toBe(before.mtimeMs);
    expect(agentLeftovers(job.id)).toEqual([]);
    expect(processesOf(new RegExp(assistant.targetDirectory))).toEqual([]);
  });

  it("refuses a second job for the same source while the first is unfinished", async () => {
    const assistant = await source.newAssistant();
    const running = assistant.start(assistant.migrateArguments(disk, ["--limit", "1M"]));
    await copied(assistant, 0);
    const second = await assistant.run(assistant.migrateArguments(disk));
    expect(second.exitCode).toBe(7);
    expect(second.stderr).toMatch(/unfinished job/);
    running.child.kill("SIGINT");
    expect((await running.result).exitCode).toBe(130);
    expectDone(await assistant.run(["job", "cancel", (await onlyJob(assistant)).id, "--yes"]));
  });

  it("goes on after Ctrl-C where it stopped", async () => {
    const assistant = await source.newAssistant();
    const running = assistant.start(assistant.migrateArguments(disk, ["--limit", "1M"]));
    await copied(assistant, 0.2);
    running.child.kill("SIGINT");
    expect((await running.result).exitCode).toBe(130);
    const stopped = await onlyJob(assistant);
    expect(stopped.state).toMatchObject({ name: "stopped", step: "sync" });

    expectDone(await assistant.run(["job", "resume", stopped.id]));
    const job = await onlyJob(assistant);
    expect(imageHash(imageOf(job))).toBe(diskHash);
  });

  it("pauses and goes on when another process asks for it", async () => {
    const assistant = await source.newAssistant();
    const running = assistant.start(assistant.migrateArguments(disk, ["--limit", "1M"]));
    await copied(assistant, 0);
    const { id } = await onlyJob(assistant);
    expectDone(await assistant.run(["job", "pause", id]));
    await until(async () => (await onlyJob(assistant)).progress?.note === "paused");
    expect((await onlyJob(assistant)).state).toMatchObject({ name: "running", paused: true });
    expectDone(await assistant.run(["job", "resume", id]));
    expectDone(await running.result);
  });

  it("removes agent, replica and intermediate when it is cancelled from another process", async () => {
    const assistant = await source.newAssistant();
    const running = assistant.start(assistant.migrateArguments(disk, ["--limit", "1M"]));
    await copied(assistant, 0);
    const { id } = await onlyJob(assistant);
    expectDone(await assistant.run(["job", "cancel", id, "--yes"]));
    await running.result;
    expect(await assistant.ask("job.list", {})).toEqual([]);
    expect(agentLeftovers(id)).toEqual([]);
    expect(existsSync(join(assistant.targetDirectory, "jobs", id))).toBe(false);
    await until(() => processesOf(new RegExp(`sma-${id}`)).length === 0);
  });

  it("copies what changed while it was copying, and says with which pass source and replica agreed", async () => {
    const assistant = await source.newAssistant();
    const live = join(source.directory, "live.img");
    writeMixedDisk(live, 32 * mebibyte, "live");
    const running = assistant.start(assistant.migrateArguments(live, ["--limit", "1M"]));
    await copied(assistant, 0.4);
    changeDisk(live, 100_000, 5000, "change early");
    changeDisk(live, 31 * mebibyte, 70_000, "change late");
    expectDone(await running.result);
    const job = await onlyJob(assistant);
    expect(job.outputs["sync"]).toMatchObject({ settled: true });
    expect(imageHash(imageOf(job))).toBe(hashFile(live));
  });

  it("says which port is taken, and goes on with another that it is given", async () => {
    const assistant = await source.newAssistant();
    const squatter = await squatOn(assistant.dataPort);
    try {
      const refused = await assistant.run(assistant.migrateArguments(disk));
      expect(refused.exitCode).toBe(7);
      expect(refused.stderr).toContain(String(assistant.dataPort));
      expect(refused.stderr).toContain("--data-port");
      const found = await assistant.ask("target.ports", placeOf(assistant));
      expect(found).toMatchObject({ control: { state: "free" }, data: { state: "taken" } });
      const { id } = await onlyJob(assistant);
      const other = ["--data-port", String(found.data.proposal)];
      expectDone(await assistant.run(["job", "resume", id, ...other]));
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
    }
    expect(imageHash(imageOf(await onlyJob(assistant)))).toBe(diskHash);
  });

  it("goes on with other ports where its own were taken while it stood still in the middle of its copy", async () => {
    const assistant = await source.newAssistant();
    const running = assistant.start(assistant.migrateArguments(disk, ["--limit", "1M"]));
    await copied(assistant, 0.2);
    running.child.kill("SIGINT");
    await running.result;
    const before = await onlyJob(assistant);
    // The machine of the intermediate starts anew, and another program is quicker.
    process.kill(
      Number(readFileSync(join(assistant.targetDirectory, "intermediate.pid"), "utf8")),
      "SIGKILL",
    );
    await until(async () => {
      const { control } = await assistant.ask("target.ports", placeOf(assistant));
      return control.state === "free";
    });
    const squatter = await squatOn(assistant.controlPort);
    try {
      expect((await assistant.run(["job", "resume", before.id])).exitCode).toBe(7);
      const { control } = await assistant.ask("target.ports", placeOf(assistant));
      const other = ["--control-port", String(control.proposal)];
      expectDone(await assistant.run(["job", "resume", before.id, ...other]));
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
    }
    const job = await onlyJob(assistant);
    expect(imageHash(imageOf(job))).toBe(diskHash);
    expect(agentLeftovers(job.id)).toEqual([]);
  });

  it("names a disk that is not there", async () => {
    const assistant = await source.newAssistant();
    const result = await assistant.run(assistant.migrateArguments("/dev/no-such-disk"));
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toContain("/dev/no-such-disk");
  });
});

describeRoot("a migration by a user who may use sudo", () => {
  it("reads the disk as root and leaves nothing of root's behind", async () => {
    const user = addUser();
    try {
      user.allowSudo("ALL=(ALL) NOPASSWD: ALL");
      user.authorize(`${source.keyFile}.pub`);
      chmodSync(disk, 0o600);
      const assistant = await source.newAssistant();
      const [command = "", , ...options] = assistant.migrateArguments(disk);
      expectDone(
        await assistant.run([
          ...[command, `${user.name}@127.0.0.1:${source.sshd.port}`, ...options],
          ...["--identity", source.keyFile, "--accept-host-key", source.hostKey],
        ]),
      );
      const job = await onlyJob(assistant);
      expect(imageHash(imageOf(job))).toBe(diskHash);
      expect(agentLeftovers(job.id)).toEqual([]);
    } finally {
      user.remove();
    }
  });
});

describe.concurrent("after a kill -9", () => {
  async function startSlowly(): Promise<{
    assistant: TestAssistant;
    running: ReturnType<TestAssistant["start"]>;
    id: string;
  }> {
    const assistant = await source.newAssistant();
    const running = assistant.start(assistant.migrateArguments(disk, ["--limit", "1M"]));
    await copied(assistant, 0.2);
    return { assistant, running, id: (await onlyJob(assistant)).id };
  }

  it("of the assistant, the transfer goes on and the job is resumed to its end", async () => {
    const { assistant, running, id } = await startSlowly();
    running.child.kill("SIGKILL");
    await running.result;
    expect(processesOf(new RegExp(`sma-${id}`)).length).toBeGreaterThan(0);
    expectDone(await assistant.run(["job", "resume", id]));
    expect(imageHash(imageOf(await onlyJob(assistant)))).toBe(diskHash);
  });

  it("of the intermediate, it is started again and only what was not acknowledged travels again", async () => {
    const { assistant, running } = await startSlowly();
    // This target's own: other tests have intermediates beside it.
    const pid = Number(readFileSync(join(assistant.targetDirectory, "intermediate.pid"), "utf8"));
    expect(processesOf(/intermediate\/index\.ts/)).toContain(pid);
    process.kill(pid, "SIGKILL");
    expectDone(await running.result);
    const job = await onlyJob(assistant);
    expect(imageHash(imageOf(job))).toBe(diskHash);
  });

  it("of the agent, it is launched again and the job ends in the same image", async () => {
    const { assistant, running, id } = await startSlowly();
    const agents = processesOf(new RegExp(`sma-${id}/sma-agent`));
    expect(agents.length).toBeGreaterThan(0);
    for (const pid of agents) process.kill(pid, "SIGKILL");
    expectDone(await running.result);
    expect(imageHash(imageOf(await onlyJob(assistant)))).toBe(diskHash);
  });

  it("of the assistant at every entry of the journal, resuming ends in the same image", async () => {
    const preload = [join(projectDirectory, "test", "support", "kill-at-write.ts")];
    const small = join(source.directory, "small.img");
    writeMixedDisk(small, 3 * mebibyte + 512, "small");
    const expected = hashFile(small);

    const everyWrite = async (): Promise<string[]> => {
      const counter = await source.newAssistant();
      const countFile = join(source.directory, "writes");
      const environment = { SMA_TEST_COUNT_FILE: countFile };
      expectDone(await counter.run(counter.migrateArguments(small), { preload, environment }));
      const writes = Number(readFileSync(countFile, "utf8"));
      return Array.from(
        { length: writes },
        (_, index) => `${index % 2 === 1 ? "before" : "after"}:${index + 1}`,
      );
    };
    // Every write takes many minutes. The first is the job itself, and between the end of a step and the beginning of
    // the next nothing is done.
    const moments =
      process.env["SMA_TEST_EVERY_WRITE"] === "1"
        ? await everyWrite()
        : ["after:1", ...stepNames.map((step) => `after:${step}:begin`), `after:${stepNames.at(-1)}:done`];

    const killAndResume = async (moment: string) => {
      const assistant = await source.newAssistant();
      const killed = await assistant.run(assistant.migrateArguments(small), {
        preload,
        environment: { SMA_TEST_KILL_AT: moment },
      });
      expect(killed.signal, `${moment}: ${killed.stderr}`).toBe("SIGKILL");
      const kept = await assistant.ask("job.list", {});
      // A job is there whole or not at all: killed while it was being written down, it is asked for again.
      if (kept.length === 0) expectDone(await assistant.run(assistant.migrateArguments(small)));
      const job = await onlyJob(assistant);
      if (job.state.name !== "finished") expectDone(await assistant.run(["job", "resume", job.id]));
      const done = await onlyJob(assistant);
      expect(done.state.name, moment).toBe("finished");
      expect(imageHash(imageOf(done)), moment).toBe(expected);
      expect(agentLeftovers(job.id), moment).toEqual([]);
    };
    // Each has a state, ports and a folder of its own, and mostly waits.
    const worker = async () => {
      for (let next = moments.shift(); next !== undefined; next = moments.shift()) await killAndResume(next);
    };
    await Promise.all([worker(), worker(), worker()]);
  });
});
