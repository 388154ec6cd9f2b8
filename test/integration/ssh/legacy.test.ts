import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { failureOf, valueOf } from "../../support/sshd/expect-result.ts";
import { describeSshd, SshFixture } from "../../support/sshd/fixture.ts";
import { environmentWith, hopTo, sourceAt } from "../../support/sshd/source.ts";

let fixture: SshFixture;
beforeEach(() => {
  fixture = new SshFixture();
});
afterEach(() => fixture.cleanUp());

const sha1Everything = [
  "HostKeyAlgorithms ssh-rsa",
  "PubkeyAcceptedAlgorithms ssh-rsa",
  "Ciphers aes128-cbc,3des-cbc",
  "MACs hmac-sha1",
];

async function legacyServer(config: readonly string[]) {
  const key = fixture.key("rsa");
  const server = await fixture.sshd({
    hostKeys: ["rsa"],
    config: [`AuthorizedKeysFile ${key.publicPath}`, ...config],
  });
  const hop = hopTo(server, fixture.account().name, { authentication: { keyFiles: [key.path] } });
  return { server, hop, legacyHop: { ...hop, legacyAlgorithms: true } };
}

describeSshd("servers that know only old algorithms", () => {
  test.each([
    "diffie-hellman-group1-sha1",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group-exchange-sha1",
  ])("%s with ssh-rsa host and user keys works once legacy algorithms are switched on", async (kex) => {
    const { hop, legacyHop } = await legacyServer([`KexAlgorithms ${kex}`, ...sha1Everything]);
    const refused = await fixture.connect(sourceAt(hop));
    expect(failureOf(refused)).toMatchObject({
      code: "algorithm-mismatch",
      remedy: expect.stringContaining("legacy algorithms"),
    });
    const session = await fixture.session(sourceAt(legacyHop));
    const bytes = Buffer.alloc(300_000, "old but whole");
    expect(valueOf(await session.run(["cat"], { stdin: bytes })).stdout).toBe(bytes.toString());
  });

  test.each([
    ["Ciphers", "aes128-cbc"],
    ["Ciphers", "aes192-cbc"],
    ["Ciphers", "aes256-cbc"],
    ["Ciphers", "3des-cbc"],
    ["MACs", "hmac-sha1"],
    ["MACs", "hmac-sha1-etm@openssh.com"],
    ["MACs", "hmac-md5"],
    ["HostKeyAlgorithms", "ssh-rsa"],
  ])(
    "a server limited to %s %s is refused without and reached with legacy algorithms",
    async (option, algorithm) => {
      // AEAD ciphers bring their own MAC: without them a server limited to one MAC means it.
      const ciphers = option === "MACs" ? ["Ciphers aes128-ctr"] : [];
      const { hop, legacyHop } = await legacyServer([`${option} ${algorithm}`, ...ciphers]);
      expect(failureOf(await fixture.connect(sourceAt(hop))).code).toBe("algorithm-mismatch");
      const session = await fixture.session(sourceAt(legacyHop));
      expect(valueOf(await session.run(["echo", "in"])).stdout).toBe("in\n");
    },
  );

  test("a user's RSA key is signed with SHA-1 only where legacy algorithms are on", async () => {
    const { hop, legacyHop } = await legacyServer([
      "PubkeyAcceptedAlgorithms ssh-rsa",
      "PasswordAuthentication no",
    ]);
    const refused = failureOf(await fixture.connect(sourceAt(hop)));
    expect(refused.code).toBe("authentication-failed");
    expect(refused.remedy).toContain("legacy algorithms");
    expect(refused.context["tried"]).not.toContainEqual(expect.stringContaining("(ssh-rsa)"));
    await fixture.session(sourceAt(legacyHop));
  });

  test("a DSA host key and a DSA user key work once legacy algorithms are switched on", async () => {
    const host = join(fixture.directory, "host_dsa");
    const user = join(fixture.directory, "user_dsa");
    for (const file of [host, user]) execFileSync("ssh-keygen", ["-q", "-t", "dsa", "-N", "", "-f", file]);
    const server = await fixture.sshd({
      hostKeys: [],
      config: [
        `HostKey ${host}`,
        "HostKeyAlgorithms ssh-dss",
        "PubkeyAcceptedAlgorithms ssh-dss",
        `AuthorizedKeysFile ${user}.pub`,
      ],
    });
    const hop = hopTo(server, fixture.account().name, { authentication: { keyFiles: [user] } });
    expect(failureOf(await fixture.connect(sourceAt(hop))).code).toBe("algorithm-mismatch");
    await fixture.session(sourceAt({ ...hop, legacyAlgorithms: true }));
  });

  test("legacy algorithms on one hop do not weaken the next", async () => {
    const jump = await legacyServer(sha1Everything);
    const target = await legacyServer(sha1Everything);
    const jumpHosts = [jump.legacyHop];
    const environment = environmentWith();
    const result = await fixture.connect(sourceAt(target.hop, { jumpHosts }), environment);
    expect(failureOf(result)).toMatchObject({
      code: "algorithm-mismatch",
      context: { port: target.hop.port },
    });
    await fixture.session(sourceAt(target.legacyHop, { jumpHosts }), environment);
  });

  test("a modern server is spoken to in modern algorithms although legacy ones are switched on", async () => {
    const { server, hop } = await fixture.keyServer({ config: ["LogLevel DEBUG1"] });
    await fixture.session(sourceAt({ ...hop, legacyAlgorithms: true }));
    expect(server.log()).toMatch(/kex: algorithm: curve25519-sha256/);
    expect(server.log()).not.toMatch(/kex: .* cipher: \S*cbc/);
  });
});
