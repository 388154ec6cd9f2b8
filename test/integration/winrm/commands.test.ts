import { createHash, randomBytes } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { Readable, Writable } from "node:stream";
import { afterEach, expect, it } from "vitest";
import type { RunOutput } from "../../../main/remote/contract.ts";
import { unwrap, type Result } from "../../../common/result.ts";
import type { WindowsSession } from "../../../main/remote/contract.ts";
import {
  openSession,
  startLab,
  type ConnectOptions,
  type LabOptions,
  type WinrmLab,
} from "../../support/winrm/lab.ts";
import { describeWithNtlm } from "../../support/winrm/needs-acceptor.ts";
import { makeFolder, type WindowsProgram } from "../../support/winrm/windows-machine.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(options: LabOptions = {}, connecting: ConnectOptions = {}) {
  const lab = await startLab(options);
  cleanUps.push(() => lab.stop());
  const session = await openSession(lab, connecting);
  cleanUps.push(async () => {
    await session.close();
    expect(lab.endpoint.errors).toEqual([]);
  });
  return { lab, session };
}

/** Puts a program there that a POSIX shell runs; gives its Windows path. */
function program(lab: WinrmLab, name: string, script: string): string {
  const path = `C:\\Program Files\\${name}.exe`;
  makeFolder(lab.machine, "C:\\Program Files");
  writeFileSync(lab.machine.path(path), `#!/bin/sh\n${script}\n`);
  chmodSync(lab.machine.path(path), 0o755);
  return path;
}

const value = (result: Result<RunOutput>) => unwrap(result);
const codeOf = (result: Result<unknown>) => (result.ok ? "ok" : result.failure.code);

const difficultArguments = [
  "plain",
  "",
  "two words",
  " leading and trailing ",
  'a "quoted" word',
  '"',
  '\\"',
  "C:\\path\\",
  "C:\\path with space\\",
  "\\\\server\\share\\\\",
  'ends in backslashes and a quote\\\\"',
  "tab\there",
  "& | < > ^ ( ) ! , ; = * ? ` ' ~ $ @ # { } [ ]",
  '<xml attribute="1">&amp;</xml>',
  "ünïcödé 秘密 😀",
];

describeWithNtlm("a program's arguments", () => {
  const show = 'for argument in "$@"; do printf "%s\\0" "$argument"; done';
  const shown = (output: RunOutput) => output.stdout.split("\0").slice(0, -1);

  it("reach it unchanged, whatever is in them", async () => {
    const { lab, session } = await open();
    const all = [...difficultArguments, "%PATH% %%", "line one\nline two\r\n"];
    const output = value(await session.run([program(lab, "show", show), ...all]));
    expect(shown(output)).toEqual(all);
  });

  it.each(difficultArguments.map((argument) => [argument]))(
    "reach a name that cmd finds unchanged: %j",
    async (argument) => {
      const { session } = await open();
      const output = value(await session.run(["echo", argument, "end"]));
      expect(output.stdout).toBe(`${argument} end\r\n`);
    },
  );

  it.each(["%PATH%", "a\nb", "nul\0"])(
    "that cmd would change are refused and named: %j",
    async (argument) => {
      const { session } = await open();
      const output = await session.run(["echo", "first", argument]);
      expect(output).toMatchObject({
        ok: false,
        failure: { code: "input-invalid", context: { field: "argv[2]" } },
      });
    },
  );

  it("are refused before Windows would cut them off", async () => {
    const { session } = await open();
    const output = await session.run(["C:\\x.exe", "a".repeat(33_000)]);
    expect(codeOf(output)).toBe("input-invalid");
  });
});

describeWithNtlm("a command", () => {
  it("gives its output, its errors and its exit code", async () => {
    const { lab, session } = await open();
    const path = program(lab, "both", 'echo out; echo "ünïcödé" >&2; exit 7');
    expect(value(await session.run([path]))).toEqual({ stdout: "out\n", stderr: "ünïcödé\n", exitCode: 7 });
  });

  it("gets its input byte by byte, in as many requests as it takes", async () => {
    const { lab, session } = await open();
    const input = randomBytes(400_000);
    const output = value(
      await session.run([program(lab, "hash", "sha256sum")], { stdin: Readable.from([input]) }),
    );
    expect(output.stdout.slice(0, 64)).toBe(createHash("sha256").update(input).digest("hex"));
    expect(lab.endpoint.actions.filter((action) => action === "Send").length).toBeGreaterThan(3);
  });

  it("finds its input at an end where it is given none", async () => {
    const { lab, session } = await open();
    expect(value(await session.run([program(lab, "wait", "cat; echo end")])).stdout).toBe("end\n");
  });

  it("that ends without reading its input gives its exit code all the same", async () => {
    const { lab, session } = await open();
    const path = program(lab, "deaf", "exit 3");
    const output = value(await session.run([path], { stdin: randomBytes(2_000_000) }));
    expect(output.exitCode).toBe(3);
  });

  it("may print for longer than the server holds a request", async () => {
    const { lab, session } = await open({}, { connector: { operationTimeoutMs: 150 } });
    const path = program(lab, "slow", "echo one; sleep 0.6; echo two");
    expect(value(await session.run([path])).stdout).toBe("one\ntwo\n");
    expect(lab.endpoint.actions.filter((action) => action === "Receive").length).toBeGreaterThan(3);
  });

  it("may print much", async () => {
    const { lab, session } = await open();
    const path = program(lab, "much", "head -c 3000000 /dev/zero | tr '\\0' x");
    const output = value(await session.run([path]));
    expect(output.stdout.length).toBe(3_000_000);
  });

  it("fails when it prints more than the caller wants, and is ended", async () => {
    const { lab, session } = await open();
    const path = program(lab, "endless", "yes");
    const output = await session.run([path], { maxOutputBytes: 100_000 });
    expect(output).toMatchObject({
      ok: false,
      failure: { code: "command-failed", context: { maxOutputBytes: 100_000 } },
    });
    expect(lab.service.runningCommands).toBe(0);
  });

  it("passes its output on with backpressure where the caller takes bytes", async () => {
    const { lab, session } = await open();
    const hash = createHash("sha256");
    let length = 0;
    const stdoutTo = new Writable({
      highWaterMark: 1000,
      write(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        length += chunk.length;
        setImmediate(done);
      },
    });
    const path = program(lab, "bytes", "head -c 500000 /dev/zero");
    const output = value(await session.run([path], { stdoutTo, maxOutputBytes: 1000 }));
    await new Promise((resolve) => stdoutTo.end(resolve));
    expect(output.stdout).toBe("");
    expect(length).toBe(500_000);
    expect(hash.digest("hex")).toBe(createHash("sha256").update(Buffer.alloc(500_000)).digest("hex"));
  });

  it("fails when it takes longer than allowed, and is ended on the source", async () => {
    const { lab, session } = await open();
    const output = await session.run([program(lab, "sleep", "exec sleep 600")], { timeoutMs: 300 });
    expect(output).toMatchObject({
      ok: false,
      failure: { code: "command-failed", context: { cause: "timed out" } },
    });
    expect(lab.service.runningCommands).toBe(0);
    expect(codeOf(await session.run(["echo", "still here"]))).toBe("ok");
  });

  it("is ended on the source when the caller cancels it", async () => {
    const { lab, session } = await open();
    const caller = new AbortController();
    const running = session.run([program(lab, "sleep", "exec sleep 600")], { signal: caller.signal });
    while (lab.service.runningCommands === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    caller.abort();
    expect(codeOf(await running)).toBe("cancelled");
    expect(lab.service.runningCommands).toBe(0);
    expect(codeOf(await session.run(["echo", "still here"]))).toBe("ok");
  });

  it("does not start when it was cancelled before", async () => {
    const { lab, session } = await open();
    const before = lab.endpoint.actions.length;
    expect(codeOf(await session.run(["echo", "x"], { signal: AbortSignal.abort() }))).toBe("cancelled");
    expect(lab.endpoint.actions.length).toBe(before);
  });

  it("that is not there is a failure that says so", async () => {
    const { session } = await open();
    const output = await session.run(["C:\\agent\\sma-agent.exe"]);
    expect(output).toMatchObject({ ok: false, failure: { code: "command-failed" } });
    expect(output.ok ? "" : output.failure.remedy).toContain("antivirus");
  });

  it("that cmd does not find gives cmd's words and its exit code", async () => {
    const { session } = await open();
    const output = value(await session.run(["nonsense"]));
    expect(output.exitCode).toBe(1);
    expect(output.stderr).toContain("not recognized");
  });

  it("is refused as elevated where the account is no administrator", async () => {
    const { session } = await open({ machine: { isAdministrator: false } });
    expect(codeOf(await session.run(["echo", "x"], { elevated: true }))).toBe("root-required");
    expect(codeOf(await session.run(["echo", "x"]))).toBe("ok");
  });

  it("runs as elevated where it is one", async () => {
    const { session } = await open();
    expect(codeOf(await session.run(["echo", "x"], { elevated: true }))).toBe("ok");
  });
});

describeWithNtlm("a PowerShell script", () => {
  const received: string[][] = [];
  const record: WindowsProgram = async (parameters, { stdin, stdout }) => {
    received.push([...parameters]);
    for await (const chunk of stdin) stdout.write(chunk);
    return 4;
  };

  it("gets its parameters unchanged, none of them part of its text", async () => {
    received.length = 0;
    const { session } = await open({ machine: { scripts: { record } } });
    const parameters = [
      "'; Remove-Item C:\\ -Recurse; '",
      "",
      "$(whoami)",
      '`n"\n',
      "ünïcödé 😀",
      "-EncodedCommand",
    ];
    const output = value(await session.powershell("# record\n", parameters));
    expect(received).toEqual([parameters]);
    expect(output.exitCode).toBe(4);
  });

  it("may be longer than a command line, and its own input still arrives", async () => {
    received.length = 0;
    const { session } = await open({ machine: { scripts: { record } } });
    const text = `# record\n${"# a long script with 'quotes' and ünïcödé\n".repeat(2000)}`;
    const input = randomBytes(150_000).toString("hex");
    const output = value(await session.powershell(text, ["one", "two"], { stdin: Buffer.from(input) }));
    expect(received).toEqual([["one", "two"]]);
    expect(output.stdout).toBe(input);
  });

  it("gives its errors as text, not as the XML in which they come", async () => {
    const { session } = await open();
    const output = value(await session.powershell("# unknown\n", []));
    expect(output.stderr).toBe('no script "unknown" here\r\n');
  });

  it("is a failure that names PowerShell where the source has none", async () => {
    const { session } = await open({ machine: { hasPowershell: false } });
    const output = await session.powershell("# record\n", []);
    expect(output).toMatchObject({ ok: false, failure: { code: "shell-unusable" } });
  });
});

describeWithNtlm("the remote shell", () => {
  const echo = (session: WindowsSession) => session.run(["echo", "x"]).then(codeOf);

  it("is opened anew when the server ended it for idleness", async () => {
    const { lab, session } = await open();
    lab.service.forgetShells();
    expect(await echo(session)).toBe("ok");
    expect(lab.service.openShells).toBe(1);
  });

  it("is opened anew when its operations are used up, which Windows never counts back", async () => {
    const { lab, session } = await open({ shells: { maxOperationsPerShell: 5 } });
    for (let count = 0; count < 12; count++) expect(await echo(session)).toBe("ok");
    expect(lab.service.openShells).toBe(1);
  });

  it("that the account's quota does not allow is a failure that names the quota", async () => {
    const lab = await startLab({ shells: { maxShells: 0 } });
    cleanUps.push(() => lab.stop());
    await expect(openSession(lab)).rejects.toMatchObject({
      failure: {
        code: "remote-limit-reached",
        remedy: expect.stringContaining("MaxShellsPerUser") as string,
      },
    });
  });

  it("is ended with the session, and so is what still runs in it", async () => {
    const { lab, session } = await open();
    const running = session.run([program(lab, "sleep", "exec sleep 600")]);
    while (lab.service.runningCommands === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await session.close();
    await running;
    expect(lab.service.openShells).toBe(0);
    expect(lab.service.runningCommands).toBe(0);
  });
});
