import { afterEach, beforeEach, expect, test } from "vitest";
import type { SshHop } from "../../../common/domain/source.ts";
import { failureOf, valueOf } from "../../support/sshd/expect-result.ts";
import { describeRoot, describeSshd, SshFixture } from "../../support/sshd/fixture.ts";
import { environmentWith, hopTo, sourceAt } from "../../support/sshd/source.ts";
import { freePort, type SshdServer } from "../../support/sshd/sshd.ts";

let fixture: SshFixture;
beforeEach(() => {
  fixture = new SshFixture();
});
afterEach(() => fixture.cleanUp());

async function servers(count: number): Promise<{ server: SshdServer; hop: SshHop }[]> {
  const all = [];
  for (let index = 0; index < count; index += 1) all.push(await fixture.keyServer());
  return all;
}

describeSshd("jump hosts", () => {
  test("three hops are passed in order, each with its own pinned key", async () => {
    const [first, second, third, last] = await servers(4);
    if (!first || !second || !third || !last) throw new Error("four servers");
    const environment = environmentWith();
    const jumpHosts = [first.hop, second.hop, third.hop];
    const session = await fixture.session(sourceAt(last.hop, { jumpHosts }), environment);
    const output = valueOf(await session.script('printf %s "${SSH_CONNECTION##* }"', []));
    expect(output.stdout).toBe(String(last.server.port));
    expect(environment.pinned).toEqual(
      [first, second, third, last].map(
        ({ hop, server }) => `${hop.host}:${hop.port} ${server.fingerprint("ed25519")}`,
      ),
    );
  });

  test("a changed key on a jump host is refused although the source's own is right", async () => {
    const [first, second, last] = await servers(3);
    if (!first || !second || !last) throw new Error("three servers");
    const jumpHosts = [first.hop, { ...second.hop, hostKey: first.server.fingerprint("ed25519") }];
    const result = await fixture.connect(sourceAt(last.hop, { jumpHosts }));
    expect(failureOf(result)).toMatchObject({ code: "host-key-changed", context: { port: second.hop.port } });
    expect(last.server.log()).not.toContain("Connection from");
  });

  test("a source that refuses the jump host's connection is named together with the jump host", async () => {
    const [jump] = await servers(1);
    if (!jump) throw new Error("a server");
    const port = await freePort();
    const result = await fixture.connect(sourceAt({ ...jump.hop, port }, { jumpHosts: [jump.hop] }));
    expect(failureOf(result)).toMatchObject({
      code: "host-unreachable",
      message: expect.stringMatching(new RegExp(`${port}.*through the jump host .*${jump.hop.port}`)),
    });
  });

  test("a jump host that forbids forwarding is named with the setting to change", async () => {
    const jump = await fixture.keyServer({ config: ["AllowTcpForwarding no"] });
    const [last] = await servers(1);
    if (!last) throw new Error("a server");
    const result = await fixture.connect(sourceAt(last.hop, { jumpHosts: [jump.hop] }));
    expect(failureOf(result)).toMatchObject({
      code: "host-unreachable",
      context: { cause: "forwarding prohibited" },
      remedy: expect.stringContaining("AllowTcpForwarding"),
    });
  });

  test("the loss of a jump host is the loss of the connection", async () => {
    const [jump, last] = await servers(2);
    if (!jump || !last) throw new Error("two servers");
    const session = await fixture.session(sourceAt(last.hop, { jumpHosts: [jump.hop] }));
    const running = session.run(["sleep", "60"]);
    jump.server.killConnections();
    expect(failureOf(await running).code).toBe("connection-lost");
    expect(failureOf(await session.run(["true"])).code).toBe("connection-lost");
  });
});

describeRoot("jump hosts with logins of their own", () => {
  test("each hop takes its own user and kind of login", async () => {
    const [one, two] = [fixture.user(), fixture.user()];
    const key = fixture.key("rsa", { passphrase: "open sesame" });
    two.authorize(key.publicPath);
    const [first, second] = [await fixture.sshd(), await fixture.sshd()];
    const jump = hopTo(first, one.name, { authentication: { passwordEntry: "one" } });
    const host = hopTo(second, two.name, {
      authentication: { keyFiles: [key.path], keyPassphraseEntry: "two" },
    });
    const environment = environmentWith({ one: one.password, two: "open sesame" });
    const session = await fixture.session(sourceAt(host, { jumpHosts: [jump] }), environment);
    expect(valueOf(await session.run(["id", "-un"])).stdout.trim()).toBe(two.name);
  });
});
