import { inEnglish } from "../../support/in-english.ts";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { fail, type Result } from "../../../common/result.ts";
import type { WindowsSession } from "../../../main/remote/contract.ts";
import {
  administrator,
  connect,
  httpAddress,
  openSession,
  startLab,
  type LabOptions,
} from "../../support/winrm/lab.ts";
import { describeWithNtlm } from "../../support/winrm/needs-acceptor.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function lab(options: LabOptions = {}) {
  const started = await startLab(options);
  cleanUps.push(() => started.stop());
  return started;
}

async function codeOf(connecting: Promise<Result<WindowsSession>>) {
  const session = await connecting;
  if (session.ok) {
    await session.value.close();
    return "connected";
  }
  return session.failure.code;
}

describeWithNtlm("a login over HTTP", () => {
  it("is accepted by an independent NTLM and every message on the wire is sealed", async () => {
    const started = await lab();
    const { endpoint, service } = started;
    const session = await openSession(started);
    expect(session.systemRoot).toBe("C:\\Windows");
    await session.close();
    expect(endpoint.errors).toEqual([]);
    expect(service.openShells).toBe(0);
    expect(endpoint.bodies.length).toBeGreaterThan(4);
    for (const body of endpoint.bodies) expect(body.includes("Envelope")).toBe(false);
  });

  it.each([
    ["DOMAIN\\user", "CORP\\Administrator", administrator],
    ["a plain user", "Administrator", administrator],
    ["a local user as .\\user", ".\\helper", { domain: "WINBOX", user: "helper", password: "p" }],
    ["user@domain", "ops@corp.example", { domain: "", user: "ops@corp.example", password: "p" }],
    [
      "a password beyond ASCII and 16 bits",
      "CORP\\p",
      { domain: "CORP", user: "p", password: "ß пароль 秘密 😀" },
    ],
    ["an empty password", "CORP\\empty", { domain: "CORP", user: "empty", password: "" }],
    ["spaces around the password", "CORP\\spaces", { domain: "CORP", user: "spaces", password: " p " }],
  ])("knows the account in the spelling of %s", async (_, user, account) => {
    const started = await lab({ endpoint: { accounts: [account] } });
    expect(await codeOf(connect(httpAddress(started, user), { password: account.password }))).toBe(
      "connected",
    );
  });

  it("fails with the names of the usual causes when the password is wrong", async () => {
    const started = await lab();
    const session = await connect(httpAddress(started), { password: "wrong" });
    expect(session).toMatchObject({ ok: false, failure: { code: "authentication-failed", context: {} } });
    const remedy = session.ok ? "" : session.failure.remedy;
    expect(remedy).toContain("LocalAccountTokenFilterPolicy");
    expect(remedy).not.toContain("clock");
    expect(started.endpoint.logins).toBe(0);
  });

  it("fails for a user that does not exist as for a wrong password", async () => {
    const started = await lab();
    expect(await codeOf(connect(httpAddress(started, "CORP\\nobody")))).toBe("authentication-failed");
  });

  it("mentions the clock when the refusing server's is far from ours", async () => {
    const started = await lab();
    const now = () => new Date(Date.now() + 45 * 60_000);
    const session = await connect(httpAddress(started), { password: "wrong", connector: { now } });
    expect(session).toMatchObject({
      ok: false,
      failure: { code: "authentication-failed", context: { clockDifferenceMinutes: 45 } },
    });
    expect(session.ok ? "" : session.failure.remedy).toContain("clock");
  });

  it("works however wrong this machine's clock is, because the server sends its time", async () => {
    const started = await lab();
    const now = () => new Date("1999-12-31T23:59:59Z");
    expect(await codeOf(connect(httpAddress(started), { connector: { now } }))).toBe("connected");
  });

  it("says what to allow when the server offers no Negotiate", async () => {
    const started = await lab({ endpoint: { offerNegotiate: false } });
    const session = await connect(httpAddress(started));
    expect(session).toMatchObject({ ok: false, failure: { code: "authentication-failed" } });
    expect(session.ok ? "" : session.failure.message).toContain("CredSSP");
    expect(session.ok ? "" : session.failure.remedy).toContain("Auth\\Negotiate $true");
  });

  it("tells a server that offers Negotiate and takes no NTLM in it", async () => {
    const started = await lab({ endpoint: { refuseNtlm: true } });
    const session = await connect(httpAddress(started));
    expect(session).toMatchObject({ ok: false, failure: { code: "authentication-failed" } });
    expect(session.ok ? "" : session.failure.message).toContain("takes no NTLM");
    expect(session.ok ? "" : session.failure.remedy).toContain("Restrict NTLM");
  });

  it("refuses a user name that no spelling allows before it connects", async () => {
    const started = await lab();
    expect(await codeOf(connect(httpAddress(started, "CORP\\")))).toBe("input-invalid");
    expect(started.endpoint.openConnections).toBe(0);
  });

  it("passes on why the password cannot be read", async () => {
    const started = await lab();
    const secret = async () => fail("vault-locked", inEnglish("the vault is locked"));
    expect(await codeOf(connect(httpAddress(started), { environment: { secret } }))).toBe("vault-locked");
  });
});

describeWithNtlm("the connections of a session", () => {
  it("are one for commands that follow each other, logged in once", async () => {
    const started = await lab();
    const session = await openSession(started);
    for (const word of ["one", "two", "three"]) await session.run(["echo", word]);
    expect(started.endpoint.logins).toBe(1);
    await session.close();
  });

  it("are as many as go on at once, each logged in by itself", async () => {
    const started = await lab();
    const session = await openSession(started);
    const outputs = await Promise.all(["a", "b", "c", "d"].map((word) => session.run(["echo", word])));
    expect(outputs.map((output) => (output.ok ? output.value.stdout : output.failure.message))).toEqual(
      ["a", "b", "c", "d"].map((word) => `${word}\r\n`),
    );
    expect(started.endpoint.logins).toBe(started.endpoint.openConnections);
    await session.close();
    expect(started.endpoint.errors).toEqual([]);
  });

  it("are renewed when the server closed them between two commands", async () => {
    const started = await lab();
    const session = await openSession(started);
    started.endpoint.cutConnections();
    // Until this side has heard of it.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const output = await session.run(["echo", "back"]);
    expect(output).toMatchObject({ ok: true, value: { stdout: "back\r\n" } });
    expect(started.endpoint.logins).toBe(2);
    await session.close();
  });

  it("are renewed when they were idle for longer than servers keep them", async () => {
    let clock = 0;
    const started = await lab();
    const session = await openSession(started, { connector: { monotonicMs: () => clock } });
    clock += 61_000;
    expect(await session.run(["echo", "back"])).toMatchObject({ ok: true });
    expect(started.endpoint.logins).toBe(2);
    await session.close();
  });

  it("log in again when the server forgot the login, and repeat what it refused", async () => {
    let forget = false;
    const started = await lab({
      endpoint: {
        mishap: () => {
          if (!forget) return null;
          forget = false;
          return { kind: "forget-login" };
        },
      },
    });
    const session = await openSession(started);
    forget = true;
    const output = await session.run(["echo", "again"]);
    expect(output).toMatchObject({ ok: true, value: { stdout: "again\r\n" } });
    expect(started.endpoint.logins).toBe(2);
    await session.close();
  });

  it("are all closed with the session", async () => {
    const started = await lab();
    const session = await openSession(started);
    await Promise.all([session.run(["echo", "1"]), session.run(["echo", "2"])]);
    await session.close();
    await session.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(started.endpoint.openConnections).toBe(0);
    expect(await session.run(["echo", "late"])).toMatchObject({
      ok: false,
      failure: { code: "connection-lost" },
    });
  });

  it("are not opened at all once connecting was cancelled", async () => {
    const started = await lab();
    const cancelled = await connect(httpAddress(started), { signal: AbortSignal.abort() });
    expect(cancelled).toMatchObject({ ok: false, failure: { code: "cancelled" } });
    expect(started.endpoint.openConnections).toBe(0);
  });
});

describeWithNtlm("a port behind which there is no WinRM", () => {
  const addressOf = (server: Server) => ({
    kind: "winrm" as const,
    scheme: "http" as const,
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    authentication: { method: "negotiate" as const, user: "u", passwordEntry: "windows" },
  });

  async function serve(status: number | null) {
    const server = createServer((_, response) => {
      if (status !== null) response.writeHead(status).end("<html>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanUps.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return server;
  }

  it("is named with the line that switches WinRM on, where it is refused", async () => {
    const server = await serve(200);
    const address = addressOf(server);
    await new Promise((resolve) => server.close(resolve));
    const session = await connect(address);
    expect(session).toMatchObject({ ok: false, failure: { code: "host-unreachable" } });
    expect(session.ok ? "" : session.failure.remedy).toContain("Enable-PSRemoting -Force");
  });

  it.each([
    [404, "host-unreachable"],
    [503, "host-unreachable"],
    [502, "host-unreachable"],
    [403, "authentication-failed"],
    [200, "protocol-violation"],
  ])("is explained where it answers with status %d", async (status, code) => {
    expect(await codeOf(connect(addressOf(await serve(status))))).toBe(code);
  });

  it("is given up where it never answers", async () => {
    const server = await serve(null);
    expect(await codeOf(connect(addressOf(server), { timeoutMs: 300 }))).toBe("connection-lost");
  });

  it("is named where the host has no address", async () => {
    const address = { ...addressOf(await serve(200)), host: "no-such-host.invalid" };
    expect(await codeOf(connect(address))).toBe("host-name-unknown");
  });
});
