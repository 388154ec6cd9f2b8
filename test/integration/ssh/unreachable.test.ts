import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { failureOf } from "../../support/sshd/expect-result.ts";
import { describeSshd, SshFixture } from "../../support/sshd/fixture.ts";
import { environmentWith, hopTo, sourceAt } from "../../support/sshd/source.ts";
import { freePort } from "../../support/sshd/sshd.ts";

let fixture: SshFixture;
beforeEach(() => {
  fixture = new SshFixture();
});
afterEach(() => fixture.cleanUp());

async function listen(server: Server, backlog?: number): Promise<{ host: string; port: number }> {
  server.listen({ port: 0, host: "127.0.0.1", ...(backlog === undefined ? {} : { backlog }) });
  await once(server, "listening");
  const sockets: { destroy(): void }[] = [];
  server.on("connection", (socket) => sockets.push(socket.on("error", () => undefined)));
  fixture.onCleanUp(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { host: "127.0.0.1", port: address.port };
}

describe("servers that cannot be reached", () => {
  test("a refused port is named", async () => {
    const port = await freePort();
    const failure = failureOf(await fixture.connect(sourceAt(hopTo({ host: "127.0.0.1", port }, "root"))));
    expect(failure).toMatchObject({ code: "host-unreachable", context: { port, cause: "ECONNREFUSED" } });
    expect(failure.message).toContain("refuses");
  });

  test("a host name that does not exist is not mistaken for a server that is down", async () => {
    const failure = failureOf(
      await fixture.connect(sourceAt(hopTo({ host: "no-such-host.invalid", port: 22 }, "root"))),
    );
    // A machine without any name server cannot tell either; it says so.
    expect(["host-name-unknown", "host-unreachable"]).toContain(failure.code);
    expect(failure.message).toContain("no-such-host.invalid");
  });

  test("a server that accepts and says nothing runs into the time limit", async () => {
    const silent = await listen(createServer());
    const result = await fixture.connect(sourceAt(hopTo(silent, "root")), environmentWith(), {
      timeoutMs: 300,
    });
    expect(failureOf(result)).toMatchObject({ code: "host-unreachable", context: { cause: "timed out" } });
  });

  test("a server that speaks something else is not an SSH server", async () => {
    const web = await listen(createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
    const failure = failureOf(await fixture.connect(sourceAt(hopTo(web, "root"))));
    expect(failure.code).toBe("host-unreachable");
    expect(failure.message).toContain("SSH handshake");
  });

  test("a server that hangs up at once is named", async () => {
    const rude = await listen(createServer((socket) => socket.destroy()));
    expect(failureOf(await fixture.connect(sourceAt(hopTo(rude, "root")))).code).toBe("host-unreachable");
  });

  test("cancelling ends the attempt while the server keeps silent", async () => {
    const server = createServer();
    const silent = await listen(server);
    const abort = new AbortController();
    server.once("connection", () => abort.abort());
    const result = await fixture.connect(sourceAt(hopTo(silent, "root")), environmentWith(), {
      signal: abort.signal,
    });
    expect(failureOf(result).code).toBe("cancelled");
  });

  test("a signal that is aborted already keeps anything from being opened", async () => {
    const server = createServer();
    const silent = await listen(server);
    let connections = 0;
    server.on("connection", () => (connections += 1));
    const result = await fixture.connect(sourceAt(hopTo(silent, "root")), environmentWith(), {
      signal: AbortSignal.abort(),
    });
    expect(failureOf(result).code).toBe("cancelled");
    expect(connections).toBe(0);
  });
});

describeSshd("a link that dies", () => {
  test("ends every pending call with connection-lost, and every later one", async () => {
    const { session, server } = await fixture.ownSession();
    const pending = [session.run(["sleep", "60"]), session.run(["sleep", "61"])];
    await session.run(["true"]);
    server.killConnections();
    const codes = (await Promise.all(pending)).map((result) => failureOf(result).code);
    expect(codes).toEqual(["connection-lost", "connection-lost"]);
    expect(failureOf(await session.run(["true"])).code).toBe("connection-lost");
    expect(failureOf(await session.upload(Buffer.from("x"), "/tmp/never", { mode: 0o600 })).code).toBe(
      "connection-lost",
    );
    expect(failureOf(await session.forwardFromRemote(1)).code).toBe("connection-lost");
  });

  test("is noticed although nothing is said: unanswered keepalives end the session", async () => {
    const { server, hop } = await fixture.keyServer();
    const session = await fixture.session(sourceAt(hop), environmentWith(), { keepaliveIntervalMs: 50 });
    server.freezeConnections();
    fixture.onCleanUp(() => server.killConnections());
    expect(failureOf(await session.run(["true"])).code).toBe("connection-lost");
  });
});
