import { inEnglish } from "../../../../support/in-english.ts";
import { describe, expect, it } from "vitest";
import { fail, failure, ok, type Result } from "../../../../../common/result.ts";
import type { RunOutput, WindowsSession } from "../../../../../main/remote/contract.ts";
import {
  findWindowsAgent,
  launchWindowsAgent,
  placeWindowsAgent,
  platformOf,
} from "../../../../../main/remote/windows/agent-placement.ts";
import { explainStart } from "../../../../../main/remote/windows/agent-status.ts";

const jobId = "0123456789abcdef";
const placement = {
  directory: "C:\\Windows\\Temp\\sma-x",
  agentPath: "C:\\Windows\\Temp\\sma-x\\sma-agent.exe",
};
const output = (stdout: string, exitCode = 0): Result<RunOutput> => ok({ stdout, stderr: "", exitCode });

interface Answers {
  readonly powershell?: (name: string, parameters: readonly string[]) => Result<RunOutput>;
  readonly run?: (argv: readonly string[]) => Result<RunOutput>;
}

function sessionWith({ powershell, run }: Answers): WindowsSession & { readonly uploads: string[] } {
  const uploads: string[] = [];
  return {
    platform: "windows",
    description: "admin@srv:5985",
    architecture: "AMD64",
    systemRoot: "C:\\Windows",
    ownAddress: null,
    uploads,
    powershell: async (text, parameters) =>
      powershell?.(/^# (.*)/.exec(text)?.[1] ?? "", parameters) ?? output(""),
    run: async (argv) => run?.(argv) ?? output("sma-agent 1 windows-x86_64 protocol 1\r\n"),
    vbscript: () => Promise.reject(new Error("not part of this test")),
    storeLines: () => Promise.reject(new Error("not part of this test")),
    upload: async (_content, path) => {
      uploads.push(path);
      return ok();
    },
    isAdministrator: async () => ok(true),
    close: async () => undefined,
  };
}

const binaryFor = async () => ok(Buffer.from("agent"));

describe("placing the agent on Windows", () => {
  it("takes the first folder that will have it and says why the others would not", async () => {
    const session = sessionWith({
      powershell: (name, [candidate = ""]) =>
        name !== "sma agent folder"
          ? output("")
          : candidate === "WINDOWS-TEMP"
            ? output("refused only 3 KiB are free and 9 are needed\r\n")
            : output(`folder C:\\ProgramData\\sma-${jobId}\r\n`),
    });
    const placed = await placeWindowsAgent(session, { jobId, binaryFor });
    expect(placed).toMatchObject({ ok: true, value: { directory: `C:\\ProgramData\\sma-${jobId}` } });
    expect(session.uploads).toEqual([`C:\\ProgramData\\sma-${jobId}\\sma-agent.exe`]);
    const none = await placeWindowsAgent(session, { jobId, binaryFor, candidates: ["WINDOWS-TEMP"] });
    expect(none).toMatchObject({
      ok: false,
      failure: { code: "no-agent-directory", message: expect.stringContaining("only 3 KiB are free") },
    });
  });

  it("sends nothing where the same agent is there already", async () => {
    const digest = "d4f0bc5a29de06b510f9aa428f1eedba926012b591fef7a518e776a7c9bd1824";
    const session = sessionWith({
      powershell: (name) =>
        output(name === "sma agent survey" ? `found C:\\t\\sma-${jobId} ${digest}\r\n` : ""),
    });
    const placed = await placeWindowsAgent(session, { jobId, binaryFor });
    expect(placed).toMatchObject({ ok: true, value: { directory: `C:\\t\\sma-${jobId}` } });
    expect(session.uploads).toEqual([]);
  });

  it("finds an agent whose program was taken away, and says so", async () => {
    const session = sessionWith({
      powershell: () => output(`agent C:\\t\\sma-${jobId}\r\nprogram no\r\n`),
    });
    expect(await findWindowsAgent(session, jobId)).toMatchObject({
      ok: true,
      value: { running: false, lastError: expect.stringContaining("antivirus") },
    });
  });

  it("knows the build for a processor", () => {
    expect(platformOf("AMD64")).toBe("windows-x86_64");
    expect(platformOf("x86")).toBe("windows-i686");
    expect(platformOf("ARM64")).toBe("windows-arm64");
  });
});

describe("an agent that does not start on Windows", () => {
  it.each([
    ["that is gone (WinRM's fault)", { faultCode: 0x80070002 }, "agent-blocked", /removed it/],
    ["that is gone (over SSH)", { startError: 2 }, "agent-blocked", /removed it/],
    ["taken for malware", { faultCode: 0x800700e1 }, "agent-blocked", /malware/],
    ["forbidden by a policy", { startError: 1260 }, "agent-blocked", /policy/],
    ["forbidden by application control", { faultCode: 0x800711c7 }, "agent-blocked", /policy/],
    ["of another processor", { startError: 193 }, "no-agent-for-platform", /processor/],
    ["for a reason of WinRM's own", { faultCode: 0x803381a6 }, "command-failed", /^no start$/],
    ["for a reason without a number", {}, "command-failed", /^no start$/],
  ])("%s is named", (_why, context, code, message) => {
    const explained = explainStart(failure("command-failed", inEnglish("no start"), context), placement);
    expect(explained.code).toBe(code);
    expect(explained.message).toMatch(message);
  });

  it("is launched once, and what it says is passed on", async () => {
    const launch = (answer: Result<RunOutput>) =>
      launchWindowsAgent(sessionWith({ run: () => answer }), placement, Buffer.from("document"));
    expect(await launch(output("started 4711\r\n"))).toEqual({ ok: true });
    expect(await launch(output("already running 4711\r\n", 3))).toEqual({ ok: true });
    expect(await launch(output("error: key: not PEM\r\n", 2))).toMatchObject({
      ok: false,
      failure: { code: "agent-launch-failed", message: expect.stringContaining("key: not PEM") },
    });
    expect(await launch(fail("command-failed", inEnglish("no"), { startError: 225 }))).toMatchObject({
      ok: false,
      failure: { code: "agent-blocked" },
    });
  });
});
