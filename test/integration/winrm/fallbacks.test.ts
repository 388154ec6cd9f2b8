/** Ways of getting the agent onto a source where the usual one fails. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterEach, expect, it } from "vitest";
import { ok, unwrap } from "../../../common/result.ts";
import {
  findWindowsAgent,
  placeWindowsAgent,
  removeWindowsAgent,
  stopWindowsAgent,
} from "../../../main/remote/windows/agent-placement.ts";
import { openOffer } from "../../../main/remote/windows/offer.ts";
import { projectDirectory } from "../../support/run-sma.ts";
import { agentScripts } from "../../support/winrm/agent-host.ts";
import { openSession, startLab } from "../../support/winrm/lab.ts";
import { describeWithNtlm } from "../../support/winrm/needs-acceptor.ts";
import {
  makeFolder,
  ProgramMissing,
  type WindowsMachineOptions,
} from "../../support/winrm/windows-machine.ts";

const agent = join(projectDirectory, "resources", "agents", "linux-x86_64", "sma-agent");
const jobId = "abcdefgh12345678";
/** Answers as the agent does, and hashes itself by the real one. */
const program = Buffer.from(`#!/bin/sh
case $1 in
version) echo "sma-agent 0 (test)" ;;
hash) exec '${agent}' hash "$0" ;;
status) echo '{}'; exit 1 ;;
esac
# ${"x".repeat(2_500_000)}
`);

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(machine: Partial<WindowsMachineOptions>) {
  const lab = await startLab({
    machine: {
      ...machine,
      scripts: { ...agentScripts(() => lab.machine, { diskSize: () => null }), ...machine.scripts },
    },
  });
  cleanUps.push(() => lab.stop());
  makeFolder(lab.machine, "C:\\Windows\\Temp");
  const session = await openSession(lab);
  cleanUps.push(() => session.close());
  return { lab, session };
}
const place = (session: Awaited<ReturnType<typeof openSession>>) =>
  placeWindowsAgent(session, { jobId, binaryFor: () => Promise.resolve(ok(program)) });

describeWithNtlm("an agent on a source without PowerShell", () => {
  it("is brought through cmd and certutil, found there, ended and removed", async () => {
    expect(existsSync(agent), "the agent is built").toBe(true);
    const { lab, session } = await open({ hasPowershell: false });
    const placement = unwrap(await place(session));
    expect(placement).toEqual({
      directory: `C:\\Windows\\sma-${jobId}`,
      agentPath: `C:\\Windows\\sma-${jobId}\\sma-agent.exe`,
    });
    expect(readdirSync(lab.machine.path(placement.directory))).toEqual(["sma-agent.exe"]);
    // What is there is used again.
    const sends = lab.endpoint.actions.filter((action) => action === "Send").length;
    expect(unwrap(await place(session))).toEqual(placement);
    expect(lab.endpoint.actions.filter((action) => action === "Send").length - sends).toBeLessThan(10);

    expect(unwrap(await findWindowsAgent(session, jobId))).toMatchObject({ ...placement, running: false });
    unwrap(await stopWindowsAgent(session, placement));
    unwrap(await removeWindowsAgent(session, jobId));
    expect(existsSync(lab.machine.path(placement.directory))).toBe(false);
    expect(unwrap(await findWindowsAgent(session, jobId))).toBeNull();
    unwrap(await removeWindowsAgent(session, jobId));
  });

  it("that antivirus removes is named", async () => {
    const { session } = await open({
      hasPowershell: false,
      beforeStart: (file) => {
        if (file.endsWith("sma-agent.exe")) throw new ProgramMissing(file);
      },
    });
    expect(await place(session)).toMatchObject({ ok: false, failure: { code: "agent-blocked" } });
  });
});

describeWithNtlm("an upload that the remote shell does not carry", () => {
  const failing = {
    "sma upload receive": async (_: readonly string[], { stdin, stdout }) => {
      stdin.resume();
      stdout.write("sma-upload failed 1816 Not enough quota is available to process this command.\r\n");
      return 0;
    },
  } satisfies WindowsMachineOptions["scripts"];

  it("is fetched by the source over TLS instead, from this machine and once", async () => {
    const { session, lab } = await open({ scripts: failing });
    const placement = unwrap(await place(session));
    expect(existsSync(lab.machine.path(placement.agentPath))).toBe(true);
  });

  it("fails with its own reason where that does not help either, and says so", async () => {
    const { session } = await open({
      scripts: {
        ...failing,
        "sma fetch": (_, { stdout }) => {
          stdout.write("sma-upload failed 0 A connection attempt failed\r\n");
          return Promise.resolve(0);
        },
      },
    });
    const placed = await place(session);
    expect(placed).toMatchObject({ failure: { code: "command-failed" } });
    expect(placed.ok ? "" : placed.failure.message).toContain("Not enough quota");
    expect(placed.ok ? "" : placed.failure.context["fetching"]).toContain("A connection attempt failed");
  });
});

it("an offer is for one, who knows its token, and its certificate is told", async () => {
  const offer = unwrap(await openOffer(Buffer.from("content"), "127.0.0.1"));
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    return new Promise((resolve, reject) => {
      const asked = request(
        { host: offer.host, port: offer.port, path, rejectUnauthorized: false, agent: false },
        (answer) => {
          const { raw } = (answer.socket as TLSSocket).getPeerCertificate();
          expect(createHash("sha256").update(raw).digest("hex")).toBe(offer.fingerprint);
          answer.setEncoding("utf8");
          let text = "";
          answer.on("data", (part: string) => (text += part));
          answer.once("end", () => resolve({ status: answer.statusCode ?? 0, text }));
        },
      );
      asked.once("error", reject);
      asked.end();
    });
  };
  expect(await get("/other")).toEqual({ status: 404, text: "" });
  expect(await get(`/${offer.token}`)).toEqual({ status: 200, text: "content" });
  expect(await get(`/${offer.token}`)).toEqual({ status: 404, text: "" });
  await offer.close();
}, 120_000);

it("an address that a router between has is refused, so that the upload's own failure is told", async () => {
  expect(await openOffer(Buffer.from("content"), "192.0.2.1")).toMatchObject({
    ok: false,
    failure: { code: "host-unreachable" },
  });
});
