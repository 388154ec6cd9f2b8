/** A Windows source behind OpenSSH: found by its answers, worked with through PowerShell. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { unwrap } from "../../../common/result.ts";
import type { WindowsSession } from "../../../main/remote/contract.ts";
import { createSshConnector } from "../../../main/remote/ssh/connector.ts";
import { environmentWith, hopTo, sourceAt } from "../../support/sshd/source.ts";
import { startWindowsSsh } from "../../support/winrm/openssh-server.ts";
import { WindowsMachine, type WindowsMachineOptions } from "../../support/winrm/windows-machine.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(options: Partial<WindowsMachineOptions> = {}) {
  const driveC = mkdtempSync(join(tmpdir(), "sma-drive-c-"));
  const machine = new WindowsMachine({ driveC, ...options });
  const server = await startWindowsSsh(machine, "Pässwört");
  const connector = createSshConnector({ homeDirectory: driveC, sshAgentSocket: null });
  const hop = hopTo({ host: "127.0.0.1", port: server.port }, "CORP\\Administrator", {
    authentication: { passwordEntry: "windows" },
  });
  const session = unwrap(
    await connector.connect(sourceAt(hop), environmentWith({ windows: "Pässwört" }), { timeoutMs: 20_000 }),
  );
  cleanUps.push(
    () => rmSync(driveC, { recursive: true, force: true }),
    () => server.stop(),
    () => session.close(),
  );
  if (session.platform !== "windows") throw new Error("taken for a POSIX source");
  return { machine, server, session: session satisfies WindowsSession };
}

it("is recognised, and tells where it is and how it sees this machine", async () => {
  const { session } = await open();
  expect(session).toMatchObject({
    systemRoot: "C:\\Windows",
    architecture: "AMD64",
    ownAddress: "192.0.2.7",
  });
});

it("runs programs with their arguments and exit codes, and scripts with parameters and input", async () => {
  const { session } = await open({
    scripts: {
      greets: async (parameters, { stdin, stdout }) => {
        for await (const chunk of stdin as AsyncIterable<Buffer>) stdout.write(chunk);
        stdout.write(parameters.join("|"));
        return 3;
      },
    },
  });
  expect(unwrap(await session.run(["echo", "two words & more"])).stdout).toContain("two words & more");
  const output = unwrap(
    await session.powershell("# greets\nparam($a, $b)\n", ["%PATH%\n", "ünï"], { stdin: Buffer.from("in;") }),
  );
  expect(output).toMatchObject({ stdout: "in;%PATH%\n|ünï", exitCode: 3 });
  expect(unwrap(await session.isAdministrator())).toBe(true);
});

it("keeps every command line within what cmd takes, and takes long scripts through standard input", async () => {
  const { machine, server, session } = await open({
    scripts: { "long one": async ([given = ""], { stdout }) => (stdout.write(given), 0) },
  });
  const script = `# long one\n${"$x = 'filler'\n".repeat(2000)}`;
  expect(unwrap(await session.powershell(script, ["parameter"])).stdout).toBe("parameter");
  const content = randomBytes(700_001);
  expect(await session.upload(content, "C:\\agent.exe")).toEqual({ ok: true });
  expect(readFileSync(machine.path("C:\\agent.exe")).equals(content)).toBe(true);
  expect(Math.max(...server.lines.map((line) => line.length))).toBeLessThan(8192);
});

it("says who is no administrator before anything is started as one", async () => {
  const { session } = await open({ isAdministrator: false });
  expect(await session.run(["ver"], { elevated: true })).toMatchObject({
    ok: false,
    failure: { code: "root-required" },
  });
});

it("cancels a command, and a closed session says so", async () => {
  const { session } = await open({
    scripts: {
      waits: (_parameters, { signal }) =>
        new Promise((done) => signal.addEventListener("abort", () => done(1))),
    },
  });
  const cancelling = new AbortController();
  const waiting = session.powershell("# waits\n", [], { signal: cancelling.signal });
  cancelling.abort();
  expect(await waiting).toMatchObject({ ok: false, failure: { code: "cancelled" } });
  await session.close();
  expect(await session.run(["ver"])).toMatchObject({ ok: false, failure: { code: "connection-lost" } });
});
