import { afterEach, expect, it } from "vitest";
import type { Mishap } from "../../support/winrm/endpoint.ts";
import { connect, httpAddress, openSession, startLab } from "../../support/winrm/lab.ts";
import { describeWithNtlm } from "../../support/winrm/needs-acceptor.ts";
import type { SoapRequest } from "../../support/winrm/soap.ts";
import { answer } from "../../support/winrm/soap.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A session on which the next request of that action goes wrong once. */
async function sessionWith(action: string, mishap: (request: SoapRequest) => Mishap) {
  let armed = false;
  const lab = await startLab({
    endpoint: {
      mishap: (request) => {
        if (!armed || request.action !== action) return null;
        armed = false;
        return mishap(request);
      },
    },
  });
  cleanUps.push(() => lab.stop());
  const session = await openSession(lab);
  cleanUps.push(() => session.close());
  armed = true;
  return { lab, session };
}

const outcome = async (action: string, mishap: (request: SoapRequest) => Mishap) => {
  const { session, lab } = await sessionWith(action, mishap);
  const output = await session.run(["echo", "x"], { timeoutMs: 5_000 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(lab.service.runningCommands).toBe(0);
  return output.ok ? "ok" : output.failure.code;
};

describeWithNtlm("an answer", () => {
  it.each(["Command", "Send", "Receive"])("to %s whose seal was altered is refused", async (action) => {
    expect(await outcome(action, () => ({ kind: "corrupt-seal" }))).toBe("protocol-violation");
  });

  it.each(["Command", "Send", "Receive"])("to %s in the clear is refused", async (action) => {
    expect(await outcome(action, () => ({ kind: "unsealed" }))).toBe("protocol-violation");
  });

  it.each(["Command", "Receive"])("to %s that breaks off is a lost connection", async (action) => {
    expect(await outcome(action, () => ({ kind: "truncate" }))).toBe("connection-lost");
  });

  it.each(["Command", "Receive"])(
    "to %s that never comes because the connection closed is a lost connection",
    async (action) => {
      expect(await outcome(action, () => ({ kind: "drop" }))).toBe("connection-lost");
    },
  );

  it("to Receive that never comes ends with the command's own time limit", async () => {
    expect(await outcome("Receive", () => ({ kind: "silence" }))).toBe("command-failed");
  }, 20_000);

  it("to the end of a command may be lost, because the output is complete by then", async () => {
    expect(await outcome("Signal", () => ({ kind: "drop" }))).toBe("ok");
  });

  it("to another request is refused", async () => {
    const stranger = () => ({ kind: "answer", text: answer({ messageId: "uuid:other" }, "") }) as const;
    expect(await outcome("Command", stranger)).toBe("protocol-violation");
  });

  it.each([
    ["a document type", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'],
    ["a bomb of entities", '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><x>&b;</x>'],
    ["an unknown entity", "<x>&nbsp;</x>"],
    ["elements without an end", "<x>".repeat(100_000)],
    ["too deep a nest", `${"<x>".repeat(1000)}${"</x>".repeat(1000)}`],
    ["no XML at all", "\u0000\u0001"],
    ["nothing", " "],
    ["another document", "<html/>"],
  ])("with %s in it is refused", async (_, text) => {
    expect(await outcome("Command", () => ({ kind: "answer", text }))).toBe("protocol-violation");
  });

  it("with another command's output is refused", async () => {
    const other =
      '<rsp:ReceiveResponse><rsp:Stream Name="stdout" CommandId="X">aGk=</rsp:Stream></rsp:ReceiveResponse>';
    expect(await outcome("Receive", (request) => ({ kind: "answer", text: answer(request, other) }))).toBe(
      "protocol-violation",
    );
  });

  it("with output that is not base64 is refused", async () => {
    const broken = '<rsp:ReceiveResponse><rsp:Stream Name="stdout">?</rsp:Stream></rsp:ReceiveResponse>';
    expect(await outcome("Receive", (request) => ({ kind: "answer", text: answer(request, broken) }))).toBe(
      "protocol-violation",
    );
  });

  it("that is larger than agreed is refused without being held in memory", async () => {
    const huge = (request: SoapRequest) =>
      ({ kind: "answer", text: answer(request, "x".repeat(8_000_000)) }) as const;
    expect(await outcome("Receive", huge)).toBe("protocol-violation");
  });

  it.each([
    [413, "remote-limit-reached"],
    [503, "host-unreachable"],
    [418, "protocol-violation"],
  ])("with HTTP status %d is explained", async (status, code) => {
    expect(await outcome("Command", () => ({ kind: "status", status }))).toBe(code);
  });
});

describeWithNtlm("a fault", () => {
  it.each([
    [
      "access denied",
      { subcode: "AccessDenied", code: 5, reason: "Access is denied." },
      "authentication-failed",
    ],
    ["quota of users", { subcode: "QuotaLimit", code: 2150859179, reason: "users" }, "remote-limit-reached"],
    [
      "quota of operations",
      { subcode: "InternalError", code: 2150859240, reason: "ops" },
      "remote-limit-reached",
    ],
    [
      "shells switched off",
      { subcode: "InternalError", code: 2150859180, reason: "no shells" },
      "shell-unusable",
    ],
    [
      "something unknown",
      { subcode: "InternalError", code: 1234, reason: "Words of the server." },
      "command-failed",
    ],
  ])("of %s at login is a failure with a remedy", async (_, fault, code) => {
    const lab = await startLab({
      endpoint: { mishap: (request) => (request.action === "Create" ? { kind: "fault", fault } : null) },
    });
    cleanUps.push(() => lab.stop());
    const session = await connect(httpAddress(lab));
    expect(session).toMatchObject({
      ok: false,
      failure: { code, context: { faultCode: fault.code, serverSays: fault.reason } },
    });
    expect(session.ok ? "" : session.failure.remedy).not.toBe("");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(lab.endpoint.openConnections).toBe(0);
  });

  it("of lacking rights tells how a local account gets them", async () => {
    const fault = { subcode: "AccessDenied", code: 5, reason: "Access is denied." };
    const lab = await startLab({ endpoint: { mishap: () => ({ kind: "fault", fault }) } });
    cleanUps.push(() => lab.stop());
    const session = await connect(httpAddress(lab));
    expect(session.ok ? "" : session.failure.remedy).toContain("LocalAccountTokenFilterPolicy");
  });
});
