import { chmodSync, existsSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  pushAgent,
  launchDocument,
  type LaunchFields,
  type PushedAgent,
} from "../../support/agent/pushed-agent.ts";
import { newAuthority } from "../../support/agent/receiving-side.ts";

const job = "lifecycle1";
const authority = await newAuthority();
const identity = await authority.issue({ role: "agent", commonName: job, validDays: 30 });

const fields: LaunchFields = {
  job,
  // Nobody listens here: the agent lives and goes on trying.
  host: "127.0.0.1",
  controlPort: 9,
  time: Math.floor(Date.now() / 1000),
  retrySeconds: 0,
  nice: 5,
  ionice: 3,
  ca: authority.certificatePem,
  certificate: identity.certificatePem,
  key: identity.key.reveal(),
};

let agent: PushedAgent;

beforeEach(() => {
  agent = pushAgent();
});

afterEach(() => agent.discard());

const launch = (changes: Partial<LaunchFields> = {}) =>
  agent.run(["run"], launchDocument({ ...fields, ...changes }));

/** Field `number` (from 1, as in proc(5)) of /proc/PID/stat behind the name. */
function procStat(pid: number, number: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[number - 3]);
}

/** A zombie that nobody has collected yet has ended. */
function isAlive(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2)[0] !== "Z";
  } catch {
    return false;
  }
}

test.each([0o770, 0o707])("an agent does not run from a directory of mode %o", async (mode) => {
  chmodSync(agent.directory, mode);
  expect(await launch()).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("others may write into the agent's directory") as string,
  });
});

describe("a launched agent", () => {
  test("runs in a session of its own, without the launcher's streams, at the wanted priority", async () => {
    const started = await launch();
    expect(started).toMatchObject({ exitCode: 0, stderr: "" });
    const pid = Number(/^started (\d+)\n$/.exec(started.stdout)?.[1]);
    expect(procStat(pid, 6)).toBe(pid);
    expect(procStat(pid, 19)).toBe(5);
    // Where sessions are groups to the scheduler, only the group's value counts against others.
    const autogroup = `/proc/${pid}/autogroup`;
    if (existsSync(autogroup)) expect(readFileSync(autogroup, "utf8")).toMatch(/^$|nice 5$/m);
    expect(readlinkSync(`/proc/${pid}/fd/0`)).toBe("/dev/null");
    for (const fd of [1, 2])
      expect(readlinkSync(`/proc/${pid}/fd/${fd}`)).toBe(join(agent.directory, "agent.log"));
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe("/");
  });

  test("tells its state, refuses a second one beside it, and ends when told", async () => {
    const started = await launch();
    const pid = Number(started.stdout.split(" ")[1]);
    await agent.waitFor((status) => status.state === "retrying");
    const status = await agent.run(["status"]);
    expect(status.exitCode).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({ state: "retrying", pid, disk: null });
    expect(JSON.parse(status.stdout).lastError).toContain("127.0.0.1 port 9");

    expect(await launch()).toMatchObject({ exitCode: 3, stderr: `already running ${pid}\n` });
    expect(await agent.run(["stop"])).toMatchObject({ exitCode: 0, stdout: "stopped\n" });
    expect(isAlive(pid)).toBe(false);
    const after = await agent.run(["status"]);
    expect(after.exitCode).toBe(4);
    expect(JSON.parse(after.stdout)).toMatchObject({ state: "stopped" });
    expect(await agent.run(["stop"])).toMatchObject({ exitCode: 0, stdout: "not running\n" });
    expect((await launch()).exitCode).toBe(0);
  });

  test("can be started again in the directory of one that was killed", async () => {
    const started = await launch();
    const pid = Number(started.stdout.split(" ")[1]);
    process.kill(pid, "SIGKILL");
    while ((await agent.run(["status"])).exitCode === 0);
    expect((await launch()).exitCode).toBe(0);
  });

  test("gives up when nothing has worked for its retry time", async () => {
    await launch({ retrySeconds: 1 });
    expect((await agent.waitFor((status) => status.state === "failed")).lastError).toContain("port 9");
    while ((await agent.run(["status"])).exitCode === 0);
  });

  test("tries its addresses in turn", async () => {
    await launch({ host: "127.0.0.1\n127.0.0.2\n::1" });
    await agent.waitFor((status) => status.state === "retrying");
    for (const host of ["127.0.0.1", "127.0.0.2", "::1"]) expect(agent.log()).toContain(`${host} port 9`);
  });

  test("writes its key nowhere, and its files only for their owner", async () => {
    await launch();
    await agent.waitFor((status) => status.state === "retrying");
    const secret = identity.key.reveal().split("\n")[1] ?? "";
    for (const name of ["agent.log", "agent.pid", "agent.status"]) {
      expect(readFileSync(join(agent.directory, name), "utf8")).not.toContain(secret);
      expect(statSync(join(agent.directory, name)).mode & 0o777).toBe(0o600);
    }
  });
});

describe("removing", () => {
  test("ends the agent and takes its whole directory away", async () => {
    await launch();
    expect(await agent.run(["remove"])).toMatchObject({ exitCode: 0, stdout: "removed\n" });
    expect(existsSync(agent.directory)).toBe(false);
  });

  test("leaves what is not the agent's and says so", async () => {
    writeFileSync(join(agent.directory, "payroll.xlsx"), "not the agent's");
    const removed = await agent.run(["remove"]);
    expect(removed.exitCode).toBe(1);
    expect(removed.stderr).toContain("payroll.xlsx");
    expect(existsSync(join(agent.directory, "payroll.xlsx"))).toBe(true);
    expect(existsSync(agent.program)).toBe(false);
  });
});

describe("a launch document", () => {
  const refused = async (changes: Partial<LaunchFields>, why: RegExp): Promise<void> => {
    const outcome = await launch(changes);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: "" });
    expect(outcome.stderr).toMatch(why);
    expect(existsSync(join(agent.directory, "agent.pid"))).toBe(false);
  };

  test("is refused with the name of the wrong field", async () => {
    await refused({ controlPort: 70000 }, /^error: control-port: /);
    await refused({ job: "Bad Job" }, /^error: job: /);
    expect((await agent.run(["run"], "")).stderr).toBe("error: version: is missing\n");
  });

  test("is refused when the key is not the certificate's", async () => {
    const other = await authority.issue({ role: "agent", commonName: job, validDays: 30 });
    await refused({ key: other.key.reveal() }, /^error: key: does not belong to the certificate/);
  });

  test("is refused when its certificate is of another job, role or installation", async () => {
    const otherJob = await authority.issue({ role: "agent", commonName: "otherjob1", validDays: 30 });
    await refused({ certificate: otherJob.certificatePem, key: otherJob.key.reveal() }, /another job/);
    const foreign = await (await newAuthority()).issue({ role: "agent", commonName: job, validDays: 30 });
    await refused(
      { certificate: foreign.certificatePem, key: foreign.key.reveal() },
      /^error: certificate: /,
    );
  });

  test("is refused when its certificate is not valid at the time that it gives", async () => {
    await refused({ time: fields.time + 31 * 86_400 }, /^error: certificate: certificate has expired/);
  });
});

test("without a command the agent explains itself and fails", async () => {
  const outcome = await agent.run([]);
  expect(outcome.exitCode).toBe(2);
  for (const word of [
    "run",
    "status",
    "stop",
    "remove",
    "disks",
    "hash",
    "inspect",
    "version",
    "exit codes",
  ]) {
    expect(outcome.stderr).toContain(word);
  }
  expect((await agent.run(["--help"])).exitCode).toBe(0);
  expect((await agent.run(["run", "away"])).exitCode).toBe(2);
});
