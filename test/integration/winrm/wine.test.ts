/** A source that is wine: its own C runtime and its own cmd read the command lines, behind a real login. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unwrap } from "../../../common/result.ts";
import type { WindowsSession } from "../../../main/remote/contract.ts";
import { openSession, startLab, type WinrmLab } from "../../support/winrm/lab.ts";
import { acceptorObstacle } from "../../support/winrm/ntlm-acceptor.ts";
import { compileForWindows, compilingWineObstacle, Wine } from "../../support/winrm/wine.ts";

const obstacle = acceptorObstacle() ?? compilingWineObstacle();
if (obstacle !== null) console.warn(`SKIPPED: WinRM in front of wine: ${obstacle}`);

describe.skipIf(obstacle !== null)("a program on a source that is wine", () => {
  let wine: Wine;
  let lab: WinrmLab;
  let session: WindowsSession;
  let program: Buffer;
  beforeAll(async () => {
    wine = await Wine.start();
    lab = await startLab({
      machine: { driveC: wine.driveC, execute: (line, streams) => wine.execute(line, streams) },
    });
    session = await openSession(lab);
    program = await compileForWindows("wine-show.c");
  });
  afterAll(async () => {
    await session.close();
    await lab.stop();
    await wine.stop();
  });

  const path = "C:\\windows\\sma show.exe";
  const shown = (stdout: string) =>
    stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => Buffer.from(line, "hex").swap16().toString("utf16le"));

  it("answers the login's question through its own cmd", () => {
    expect(session.systemRoot.toLowerCase()).toBe("c:\\windows");
    expect(session.architecture).toBe("AMD64");
  });

  it("arrives by upload and is the same there", async () => {
    expect(await session.upload(program, path)).toEqual({ ok: true });
    expect(await session.upload(program, "C:\\windows\\smashow.exe")).toEqual({ ok: true });
    expect(readFileSync(lab.machine.path(path)).equals(program)).toBe(true);
  });

  const argumentsForAll = [
    "plain",
    "",
    "two words",
    " spaces around ",
    'a "quoted" word',
    '"',
    '\\"',
    '\\\\" \\',
    "C:\\path with space\\",
    "\\\\server\\share\\\\",
    "tab\there",
    "& | < > ^ ( ) ! , ; = * ? ` ' ~ $ @ # { } [ ]",
    "ünïcödé 秘密 😀",
  ];

  it("reads its arguments as they were given, in the words of its own C runtime", async () => {
    const all = [...argumentsForAll, "%PATH% %", "two\nlines\r\n"];
    const output = unwrap(await session.run([path, ...all]));
    expect(output.exitCode).toBe(9);
    expect(shown(output.stdout)).toEqual(all);
  });

  it("reads them as they were given behind its own cmd", async () => {
    const output = unwrap(await session.run(["smashow", ...argumentsForAll]));
    expect(shown(output.stdout)).toEqual(argumentsForAll);
    expect(output.exitCode).toBe(9);
  });

  it("gets its input and gives its output byte by byte", async () => {
    const bytes = randomBytes(300_000).toString("hex");
    const output = unwrap(await session.run([path, "copy"], { stdin: Buffer.from(bytes) }));
    expect(output.stdout).toBe(bytes);
  });

  it("that has no PowerShell gets a script through its own cmd and runs it", async () => {
    const script = [
      "' Says what it was given.",
      'WScript.Echo "a & b | <c> ^ (d) """ & WScript.Arguments(0) & """"',
      "If True Then",
      '  WScript.Echo "two"',
      "End If",
    ].join("\n");
    const output = unwrap(await session.vbscript(script, ["x y", "z"]));
    expect(output).toMatchObject({ stdout: 'a & b | <c> ^ (d) "x y"\r\ntwo\r\n', exitCode: 0 });
    expect(
      readdirSync(lab.machine.path("C:\\windows\\Temp")).filter((name) => name.endsWith(".vbs")),
    ).toEqual([]);
  });

  it("is ended when it takes too long", async () => {
    const stuck = await session.run([path, "copy"], {
      stdin: Readable.from(waiting()),
      timeoutMs: 3_000,
    });
    expect(stuck).toMatchObject({
      ok: false,
      failure: { code: "command-failed", context: { cause: "timed out" } },
    });
    expect(lab.service.runningCommands).toBe(0);
  });
});

async function* waiting(): AsyncGenerator<Buffer> {
  yield Buffer.from("begun");
  await new Promise((resolve) => setTimeout(resolve, 30_000).unref());
}
