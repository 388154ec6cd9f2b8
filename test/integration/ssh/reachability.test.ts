import { once } from "node:events";
import { createServer, Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { reachability, reachesPort } from "../../../main/remote/reachability.ts";
import { valueOf } from "../../support/sshd/expect-result.ts";
import { describeSshd, SshFixture } from "../../support/sshd/fixture.ts";
import { freePort } from "../../support/sshd/sshd.ts";

let fixture: SshFixture;
beforeEach(() => {
  fixture = new SshFixture();
});
afterEach(() => fixture.cleanUp());

/** A session whose PATH has the basic tools and those named, and no others. */
async function sessionWith(tools: readonly string[]) {
  const folder = join(fixture.directory, "bin");
  mkdirSync(folder, { mode: 0o755 });
  for (const tool of ["sh", "id", "env", "sleep", "cat", "kill", ...tools]) {
    const found = ["/usr/bin", "/bin"].map((place) => join(place, tool)).find((path) => existsSync(path));
    if (found === undefined) return null;
    symlinkSync(found, join(folder, tool));
  }
  // /usr/sbin and /sbin, which a session adds, hold none of the tools that are looked for.
  const { session } = await fixture.ownSession({ config: [`SetEnv PATH=${folder}`] });
  return session;
}

async function listeningPort(): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => undefined).end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  fixture.onCleanUp(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A port that answers no more: its queue is full and nobody takes from it. */
async function stuckPort(): Promise<number> {
  const { spawn } = await import("node:child_process");
  const script =
    "import socket,sys\ns=socket.socket()\ns.bind(('127.0.0.1',0))\ns.listen(0)\nprint(s.getsockname()[1],flush=True)\nsys.stdin.read()";
  const child = spawn("python3", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
  fixture.onCleanUp(() => void child.kill());
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(line.toString());
  for (let index = 0; index < 3; index += 1) {
    const socket = new Socket().on("error", () => undefined);
    fixture.onCleanUp(() => void socket.destroy());
    socket.connect(port, "127.0.0.1");
  }
  return port;
}

describeSshd("reaching a port from the source", () => {
  test.each([
    ["python3", ["python3"]],
    ["perl", ["perl"]],
    ["bash and timeout", ["bash", "timeout"]],
    ["BusyBox's nc", ["busybox", "timeout"]],
  ])("with %s: reached, refused and timed out are told apart", async (name, tools) => {
    const session = await sessionWith(tools);
    if (session === null) {
      console.warn(`SKIPPED: reachability with ${name}: not installed`);
      return;
    }
    expect(valueOf(await reachability(session, "127.0.0.1", await listeningPort()))).toBe("reached");
    expect(valueOf(await reachability(session, "127.0.0.1", await freePort()))).toBe("refused");
    expect(valueOf(await reachability(session, "no-such-host.invalid", 80, { timeoutSeconds: 3 }))).toBe(
      "unreachable",
    );
    expect(valueOf(await reachability(session, "127.0.0.1", await stuckPort(), { timeoutSeconds: 2 }))).toBe(
      "timed-out",
    );
  });

  test("a source without any means says that it cannot tell", async () => {
    const session = await sessionWith([]);
    if (session === null) throw new Error("no shell");
    expect(valueOf(await reachability(session, "127.0.0.1", 1))).toBe("unknown");
    expect(valueOf(await reachesPort(session, "127.0.0.1", 1))).toBe(null);
  });

  test("as yes or no", async () => {
    const { session } = await fixture.ownSession();
    expect(valueOf(await reachesPort(session, "127.0.0.1", await listeningPort()))).toBe(true);
    expect(valueOf(await reachesPort(session, "127.0.0.1", await freePort()))).toBe(false);
  });
});
