import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Elevation } from "../../../common/domain/source.ts";
import type { RemoteSession } from "../../../main/remote/contract.ts";
import { failureOf, valueOf } from "../../support/sshd/expect-result.ts";
import { describeRoot, SshFixture } from "../../support/sshd/fixture.ts";
import { environmentWith, hopTo, sourceAt } from "../../support/sshd/source.ts";
import type { TestUser } from "../../support/sshd/users.ts";

let fixture: SshFixture;
beforeEach(() => {
  fixture = new SshFixture();
});
afterEach(() => fixture.cleanUp());

async function serverAndSession(user: TestUser, elevation: Elevation, secrets: Record<string, string> = {}) {
  const server = await fixture.sshd();
  const hop = hopTo(server, user.name, { authentication: { passwordEntry: "login" } });
  const environment = environmentWith({ login: user.password, ...secrets });
  return { server, session: await fixture.session(sourceAt(hop, { elevation }), environment) };
}

async function sessionOf(...parameters: Parameters<typeof serverAndSession>): Promise<RemoteSession> {
  return (await serverAndSession(...parameters)).session;
}

const withPassword: Elevation = { method: "sudo", passwordEntry: "root" };
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

/** Root, unchanged input and output, both outputs apart, exit status. */
async function expectElevated(session: RemoteSession): Promise<void> {
  const who = valueOf(await session.run(["id", "-u"], { elevated: true }));
  expect(who).toEqual({ stdout: "0\n", stderr: "", exitCode: 0 });
  const script = 'printf "%s" "$1"; od -An -v -tx1; printf "bad 12" >&2; exit 3';
  const output = valueOf(await session.script(script, ["it's\n\\"], { elevated: true, stdin: everyByte }));
  expect(output.exitCode).toBe(3);
  expect(output.stderr).toBe("bad 12");
  expect(output.stdout.slice(0, 6)).toBe("it's\n\\");
  expect(output.stdout.slice(6).replaceAll(/\s/g, "")).toBe(everyByte.toString("hex"));
  expect(valueOf(await session.run(["id", "-u"])).stdout.trim()).not.toBe("0");
}

describeRoot("sudo", () => {
  test("without a password", async () => {
    const user = fixture.user();
    user.allowSudo("ALL=(ALL) NOPASSWD: ALL");
    await expectElevated(await sessionOf(user, { method: "sudo", passwordEntry: null }));
  });

  test("with a password", async () => {
    const user = fixture.user();
    user.allowSudo("ALL=(ALL) ALL");
    await expectElevated(await sessionOf(user, withPassword, { root: user.password }));
  });

  test("with a password that is stored and turns out not to be wanted", async () => {
    const user = fixture.user();
    user.allowSudo("ALL=(ALL) NOPASSWD: ALL");
    await expectElevated(await sessionOf(user, withPassword, { root: user.password }));
  });

  test("with use_pty, which gives every command a terminal of its own", async () => {
    const user = fixture.user();
    user.allowSudo("ALL=(ALL) ALL", "use_pty");
    await expectElevated(await sessionOf(user, withPassword, { root: user.password }));
  });

  test.each([
    ["a password", "ALL=(ALL) ALL", withPassword],
    ["no password", "ALL=(ALL) NOPASSWD: ALL", { method: "sudo", passwordEntry: null }],
  ] as const)("that insists on a terminal (requiretty), with %s", async (_name, rule, elevation) => {
    const user = fixture.user();
    user.allowSudo(rule, "requiretty");
    const session = await sessionOf(user, elevation, { root: user.password });
    await expectElevated(session);
    const large = Buffer.alloc(2_000_000, everyByte);
    const path = `/root/${user.name}`;
    fixture.onCleanUp(() => rmSync(path, { force: true }));
    valueOf(await session.upload(large, path, { mode: 0o600, elevated: true }));
    expect(readFileSync(path).equals(large)).toBe(true);
  });

  test("with requiretty and use_pty together", async () => {
    const user = fixture.user();
    user.allowSudo("ALL=(ALL) ALL", "requiretty,use_pty");
    await expectElevated(await sessionOf(user, withPassword, { root: user.password }));
  });

  test("refuses a wrong password by name, after one try", async () => {
    const user = fixture.user();
    user.allowSudo("ALL=(ALL) ALL");
    const { session, server } = await serverAndSession(user, withPassword, { root: "wrong" });
    const failure = failureOf(await session.run(["id"], { elevated: true }));
    expect(failure).toMatchObject({ code: "sudo-failed", message: "sudo did not accept the password" });
    expect(JSON.stringify(failure)).not.toContain("wrong");
    // Not the whole log: what the server has to say of the first command may come late.
    const commands = (): number => server.log().match(/Starting session/g)?.length ?? 0;
    const before = commands();
    expect(before).toBeGreaterThan(0);
    expect(failureOf(await session.run(["id"], { elevated: true }))).toEqual(failure);
    expect(commands(), "the refused password must not be tried again").toBe(before);
  });

  test("names a password that is wanted and was not given", async () => {
    const user = fixture.user();
    user.allowSudo("ALL=(ALL) ALL");
    const session = await sessionOf(user, { method: "sudo", passwordEntry: null });
    const failure = failureOf(await session.run(["id"], { elevated: true }));
    expect(failure).toMatchObject({
      code: "sudo-failed",
      message: expect.stringContaining("wants a password"),
    });
  });

  test("names a user who may not use it", async () => {
    const user = fixture.user();
    const session = await sessionOf(user, withPassword, { root: user.password });
    const failure = failureOf(await session.run(["id"], { elevated: true }));
    expect(failure.code).toBe("sudo-failed");
    expect(failure.message).toMatch(/sudoers/);
  });

  test("keeps the password out of arguments, environments and failures on the source", async () => {
    const user = fixture.user();
    user.allowSudo("ALL=(ALL) ALL");
    const session = await sessionOf(user, withPassword, { root: user.password });
    const script = `for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/cmdline; tr '\\0' '\\n' < $p/environ; done 2>/dev/null`;
    const seen = valueOf(
      await session.script(script, [], { elevated: true, maxOutputBytes: 64 * 1024 * 1024 }),
    );
    expect(seen.stdout).toContain(user.name);
    expect(seen.stdout).not.toContain(user.password);
  });

  test("works with a password of awkward characters", async () => {
    const user = fixture.user();
    const password = `a'b"c\\d $e\`f! ü`;
    execFileSync("chpasswd", { input: `${user.name}:${password}\n` });
    user.allowSudo("ALL=(ALL) ALL");
    const server = await fixture.sshd();
    const hop = hopTo(server, user.name, { authentication: { passwordEntry: "login" } });
    const source = sourceAt(hop, { elevation: { method: "sudo", passwordEntry: "login" } });
    await expectElevated(await fixture.session(source, environmentWith({ login: password })));
  });

  test("uploads into a directory of root's with exactly the mode that was asked for", async () => {
    const user = fixture.user();
    user.allowSudo("ALL=(ALL) ALL", "umask=0077");
    const session = await sessionOf(user, withPassword, { root: user.password });
    const path = `/root/${user.name}`;
    fixture.onCleanUp(() => rmSync(path, { force: true }));
    valueOf(await session.upload(everyByte, path, { mode: 0o754, elevated: true }));
    expect(statSync(path).mode & 0o7777).toBe(0o754);
    expect(statSync(path).uid).toBe(0);
    expect(readFileSync(path)).toEqual(everyByte);
    expect(failureOf(await session.upload(everyByte, `${path}.mine`, { mode: 0o600 })).code).toBe(
      "command-failed",
    );
  });
});

describeRoot("su", () => {
  const rootPassword = "for this namespace only";

  /** Root gets a password in a copy of /etc/shadow that only this server's logins see. */
  async function suSession(password: string, config: readonly string[] = []): Promise<RemoteSession> {
    const user = fixture.user();
    const shadow = join(fixture.directory, "shadow");
    const hash = execFileSync("openssl", ["passwd", "-6", "-stdin"], {
      input: rootPassword,
      encoding: "utf8",
    }).trim();
    writeFileSync(
      shadow,
      readFileSync("/etc/shadow", "utf8").replace(/^root:[^:]*:/m, () => `root:${hash}:`),
      { mode: 0o600 },
    );
    const server = await fixture.sshd({ config, privateMounts: [["--bind", shadow, "/etc/shadow"]] });
    const hop = hopTo(server, user.name, { authentication: { passwordEntry: "login" } });
    const source = sourceAt(hop, { elevation: { method: "su", passwordEntry: "root" } });
    return fixture.session(source, environmentWith({ login: user.password, root: password }));
  }

  test("with root's password", async () => {
    await expectElevated(await suSession(rootPassword));
  });

  test("refuses a wrong password by name", async () => {
    const failure = failureOf(await (await suSession("wrong")).run(["id"], { elevated: true }));
    expect(failure).toMatchObject({ code: "sudo-failed", message: "su did not accept the password" });
  });

  test("that insists on a terminal, as su of old systems does", async () => {
    // The stand-in refuses pipes with the words of coreutils' su and otherwise is the real one.
    const folder = join(fixture.directory, "bin");
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(
      join(folder, "su"),
      '#!/bin/sh\n[ -t 0 ] || { echo "standard in must be a tty" >&2; exit 1; }\nexec /bin/su "$@"\n',
      { mode: 0o755 },
    );
    await expectElevated(await suSession(rootPassword, [`SetEnv PATH=${folder}:/usr/bin:/bin`]));
  });
});

describeRoot("no elevation", () => {
  test("a login that is not root says so when root is wanted", async () => {
    const session = await sessionOf(fixture.user(), { method: "none" });
    expect(failureOf(await session.run(["id"], { elevated: true })).code).toBe("root-required");
  });

  test("a login as root needs none, and none is added", async () => {
    const key = fixture.key();
    // Root's own profile is not part of the test: another home keeps its shell from reading it.
    const config = [`AuthorizedKeysFile ${key.publicPath}`, `SetEnv HOME=${fixture.directory}`];
    const server = await fixture.sshd({ config });
    const hop = hopTo(server, "root", { authentication: { keyFiles: [key.path] } });
    const session = await fixture.session(
      sourceAt(hop, { elevation: { method: "sudo", passwordEntry: "missing" } }),
    );
    expect(valueOf(await session.run(["id", "-u"], { elevated: true })).stdout).toBe("0\n");
  });
});
