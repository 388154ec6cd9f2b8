import { inEnglish } from "../../support/in-english.ts";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  chmodSync,
  chownSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, type describe } from "vitest";
import { ok, fail } from "../../../common/result.ts";
import { launchDocument } from "../../../main/migrations/launch-document.ts";
import { createAuthority, openAuthority } from "../../../main/pki/authority.ts";
import { createAgentControl } from "../../../main/remote/agent-control.ts";
import {
  findAgent,
  launchAgent,
  placeAgent,
  removeAgent,
  stopAgent,
  type FoundAgent,
} from "../../../main/remote/agent-placement.ts";
import type { RemoteSession } from "../../../main/remote/contract.ts";
import { failureOf, valueOf } from "../../support/sshd/expect-result.ts";
import { describeRoot, skipLoudly, SshFixture } from "../../support/sshd/fixture.ts";
import { environmentWith, hopTo, sourceAt } from "../../support/sshd/source.ts";
import { freePort, type SshdOptions, type SshdServer } from "../../support/sshd/sshd.ts";
import { isAlive } from "../../support/sshd/processes.ts";
import type { TestUser } from "../../support/sshd/users.ts";

const agentsDirectory = join(import.meta.dirname, "../../../resources/agents");
const agentFile = join(agentsDirectory, "linux-x86_64", "sma-agent");
const describeAgent: typeof describe.skip = existsSync(agentFile)
  ? describeRoot
  : skipLoudly("the agent is not built: npm run build:agent");

const jobId = "placement0001";
const name = `sma-${jobId}`;

let fixture: SshFixture;
beforeEach(() => {
  fixture = new SshFixture();
});
afterEach(() => fixture.cleanUp());

/** A place where the agent may be put; root's own, as /var/tmp and its like are. */
function place(label: string, mode = 0o755): string {
  const path = join(fixture.directory, label);
  mkdirSync(path);
  chmodSync(path, mode);
  return path;
}

class Bench {
  readonly server: SshdServer;
  readonly user: TestUser;
  constructor(server: SshdServer, user: TestUser) {
    this.server = server;
    this.user = user;
  }
  session(): Promise<RemoteSession> {
    const hop = hopTo(this.server, this.user.name, { authentication: { passwordEntry: "pw" } });
    const source = sourceAt(hop, { elevation: { method: "sudo", passwordEntry: "pw" } });
    return fixture.session(source, environmentWith({ pw: this.user.password }));
  }
}

async function bench(options: SshdOptions = {}): Promise<Bench> {
  const user = fixture.user();
  user.allowSudo("ALL=(ALL) ALL");
  return new Bench(await fixture.sshd(options), user);
}

const binary = () => readFileSync(agentFile);
const theAgent = async () => ok(binary());

function placeAt(session: RemoteSession, candidates: readonly string[]) {
  return placeAgent(session, { jobId, binaryFor: theAgent, candidates });
}

async function aLaunchDocument(): Promise<Buffer> {
  const clock = () => Date.now();
  const authority = valueOf(openAuthority(await createAuthority(clock()), clock));
  return launchDocument({
    jobId,
    hosts: ["127.0.0.1"],
    controlPort: await freePort(),
    nowMs: clock(),
    retrySeconds: 600,
    caPem: authority.certificatePem,
    identity: await authority.issue({ role: "agent", commonName: jobId, validDays: 1 }),
  });
}

describeAgent("placing the agent", () => {
  test("puts it into a private directory of root's, mode 0700, that only the job's name leads to", async () => {
    const session = await (await bench()).session();
    const base = place("base");
    const placed = valueOf(await placeAt(session, [base]));
    expect(placed).toEqual({ directory: join(base, name), agentPath: join(base, name, "sma-agent") });
    for (const path of [placed.directory, placed.agentPath]) {
      expect(statSync(path).mode & 0o7777).toBe(0o700);
      expect(statSync(path).uid).toBe(0);
    }
    expect(readFileSync(placed.agentPath).equals(binary())).toBe(true);
    expect(readdirSync(placed.directory)).toEqual(["sma-agent"]);
  });

  test("asks for the build of the source's platform and passes on that there is none", async () => {
    const session = await (await bench()).session();
    const asked: string[] = [];
    const result = await placeAgent(session, {
      jobId,
      candidates: [place("base")],
      binaryFor: async (platform) => {
        asked.push(platform);
        return fail("no-agent-for-platform", inEnglish("none here"));
      },
    });
    expect(failureOf(result).code).toBe("no-agent-for-platform");
    expect(asked).toEqual([`linux-${process.arch === "x64" ? "x86_64" : process.arch}`]);
    const control = createAgentControl({ agentsDirectory: place("no-agents") });
    expect(failureOf(await control.place(session, jobId, new AbortController().signal)).code).toBe(
      "no-agent-for-platform",
    );
  });

  test("skips what is noexec, full, missing or open to others, and says why where nothing is left", async () => {
    const [noexec, full, open, good] = [place("noexec"), place("full"), place("open", 0o777), place("good")];
    const missing = join(fixture.directory, "missing");
    const session = await (
      await bench({
        privateMounts: [
          ["-t", "tmpfs", "-o", "noexec,mode=1777", "tmpfs", noexec],
          ["-t", "tmpfs", "-o", "size=2m,mode=1777", "tmpfs", full],
        ],
      })
    ).session();
    const bad = [noexec, full, missing, open];
    const failure = failureOf(await placeAt(session, bad));
    expect(failure.code).toBe("no-agent-directory");
    const refusals = failure.context["refusals"];
    expect(refusals).toEqual([
      expect.stringMatching(/noexec: programs may not run there/),
      expect.stringMatching(/full: only \d+ KiB are free and \d+ are needed/),
      expect.stringMatching(/missing: it does not exist/),
      expect.stringMatching(/open: everybody may replace what is in it/),
    ]);
    const left = valueOf(await session.run(["ls", "-A", noexec, full, open], { elevated: true }));
    expect(left.stdout).not.toContain(name);

    expect(valueOf(await placeAt(session, [...bad, good])).directory).toBe(join(good, name));
  });

  test("does not use what somebody else made under its name", async () => {
    const test = await bench();
    const session = await test.session();
    const [linked, owned, wide, file] = [place("linked"), place("owned"), place("wide"), place("file")];
    const elsewhere = place("elsewhere");
    symlinkSync(elsewhere, join(linked, name));
    mkdirSync(join(owned, name), { mode: 0o700 });
    chownSync(join(owned, name), test.user.uid, test.user.uid);
    mkdirSync(join(wide, name));
    chmodSync(join(wide, name), 0o755);
    writeFileSync(join(file, name), "");
    const refusals = failureOf(await placeAt(session, [linked, owned, wide, file])).context["refusals"];
    expect(refusals).toEqual([
      expect.stringContaining("symbolic link that somebody made"),
      ...[owned, wide, file].map(() => expect.stringContaining("is there already and is not ours")),
    ]);
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(valueOf(await findAgent(session, jobId, [linked, owned, wide, file]))).toBe(null);
    valueOf(await removeAgent(session, jobId, [linked, owned, wide, file]));
    expect(existsSync(join(owned, name))).toBe(true);
  });

  test("uses the job's directory with the same agent again, and renews another agent in place", async () => {
    const session = await (await bench()).session();
    const [first, second] = [place("first"), place("second")];
    const placed = valueOf(await placeAt(session, [second]));
    const inode = statSync(placed.agentPath).ino;
    expect(valueOf(await placeAt(session, [first, second]))).toEqual(placed);
    expect(statSync(placed.agentPath).ino).toBe(inode);
    expect(readdirSync(first)).toEqual([]);

    writeFileSync(placed.agentPath, "#!/bin/sh\necho old\n");
    expect(valueOf(await placeAt(session, [second]))).toEqual(placed);
    expect(readFileSync(placed.agentPath).equals(binary())).toBe(true);
  });

  test("names an agent that is made for another processor", async () => {
    const session = await (await bench()).session();
    const base = place("base");
    const foreign = binary();
    // e_machine of the ELF header: AArch64.
    foreign.writeUInt16LE(183, 18);
    const result = await placeAgent(session, {
      jobId,
      candidates: [base],
      binaryFor: async () => ok(foreign),
    });
    expect(failureOf(result).code).toBe("no-agent-for-platform");
    expect(readdirSync(base)).toEqual([]);
  });

  test("a cancelled placement leaves nothing behind", async () => {
    const session = await (await bench()).session();
    const base = place("base");
    const abort = new AbortController();
    const result = await placeAgent(session, {
      jobId,
      candidates: [base],
      signal: abort.signal,
      binaryFor: async () => {
        abort.abort();
        return ok(binary());
      },
    });
    expect(failureOf(result).code).toBe("cancelled");
    expect(readdirSync(base)).toEqual([]);
  });

  test("works where root's home is the only place, under an awkward umask", async () => {
    const test = await bench();
    test.user.write(".profile", "umask 0\n");
    const session = await test.session();
    fixture.onCleanUp(async () => void (await removeAgent(session, jobId, ["HOME"])));
    const placed = valueOf(await placeAt(session, ["HOME"]));
    expect(placed.directory).toBe(`/root/${name}`);
  });
});

describeAgent("the agent's life on a source", () => {
  async function launched(): Promise<{
    test: Bench;
    session: RemoteSession;
    base: string;
    processId: number;
  }> {
    const test = await bench();
    const session = await test.session();
    const base = place("base");
    const placed = valueOf(await placeAt(session, [base]));
    fixture.onCleanUp(async () => void (await removeAgent(await test.session(), jobId, [base])));
    const { processId, wasRunning } = valueOf(await launchAgent(session, placed, await aLaunchDocument()));
    expect(wasRunning).toBe(false);
    return { test, session, base, processId };
  }

  async function findUntil(
    session: RemoteSession,
    base: string,
    isIt: (found: FoundAgent) => boolean,
  ): Promise<FoundAgent> {
    for (;;) {
      const found = valueOf(await findAgent(session, jobId, [base]));
      if (found !== null && isIt(found)) return found;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  test("it outlives the SSH session, is found again over a new one, and goes without a trace", async () => {
    const { test, session, base, processId } = await launched();
    await session.close();
    test.server.killConnections();
    expect(isAlive(processId)).toBe(true);

    const again = await test.session();
    const found = await findUntil(again, base, ({ lastError }) => lastError !== null);
    expect(found).toMatchObject({ directory: join(base, name), running: true, status: { pid: processId } });
    const second = valueOf(await launchAgent(again, found, await aLaunchDocument()));
    expect(second).toEqual({ processId, wasRunning: true });

    valueOf(await removeAgent(again, jobId, [base]));
    expect(isAlive(processId)).toBe(false);
    expect(readdirSync(base)).toEqual([]);
    expect(valueOf(await findAgent(again, jobId, [base]))).toBe(null);
    valueOf(await removeAgent(again, jobId, [base]));
  });

  test("it runs as root with nothing of its key in arguments or environment", async () => {
    const { processId } = await launched();
    expect(statSync(`/proc/${processId}`).uid).toBe(0);
    const shown =
      readFileSync(`/proc/${processId}/cmdline`, "utf8") + readFileSync(`/proc/${processId}/environ`, "utf8");
    expect(shown).toContain("sma-agent");
    expect(shown).not.toContain("PRIVATE KEY");
  });

  test("stopping ends it and keeps its directory; stopping again is fine", async () => {
    const { session, base, processId } = await launched();
    const found = valueOf(await findAgent(session, jobId, [base]));
    if (found === null) throw new Error("not found");
    valueOf(await stopAgent(session, found));
    expect(isAlive(processId)).toBe(false);
    expect(valueOf(await findAgent(session, jobId, [base]))).toMatchObject({
      running: false,
      directory: found.directory,
    });
    valueOf(await stopAgent(session, found));
  });

  test("an agent that does not listen any more is ended all the same", async () => {
    const { session, base, processId } = await launched();
    process.kill(processId, "SIGSTOP");
    valueOf(await removeAgent(session, jobId, [base]));
    expect(isAlive(processId)).toBe(false);
    expect(readdirSync(base)).toEqual([]);
  });

  test("removing leaves what is not the agent's, and says so", async () => {
    const { session, base } = await launched();
    writeFileSync(join(base, name, "somebody's notes"), "keep me");
    const failure = failureOf(await removeAgent(session, jobId, [base]));
    expect(failure.message).toContain("somebody's notes");
    expect(readdirSync(join(base, name))).toEqual(["somebody's notes"]);
  });

  test("a launch document that the agent refuses is told in the agent's own words", async () => {
    const session = await (await bench()).session();
    const placed = valueOf(await placeAt(session, [place("base")]));
    const failure = failureOf(await launchAgent(session, placed, Buffer.from("version 1\n1\n")));
    expect(failure.code).toBe("agent-launch-failed");
    expect(failure.message).toMatch(/error: \S+: /);
  });
});
