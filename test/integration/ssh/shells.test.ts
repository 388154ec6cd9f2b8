import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RemoteSession } from "../../../main/remote/contract.ts";
import { failureOf, valueOf } from "../../support/sshd/expect-result.ts";
import { describeRoot, SshFixture } from "../../support/sshd/fixture.ts";
import { environmentWith, hopTo, sourceAt } from "../../support/sshd/source.ts";
import type { SshdServer } from "../../support/sshd/sshd.ts";
import type { TestUser } from "../../support/sshd/users.ts";

let fixture: SshFixture;
beforeEach(() => {
  fixture = new SshFixture();
});
afterEach(() => fixture.cleanUp());

async function open(user: TestUser, server: SshdServer): Promise<RemoteSession> {
  const hop = hopTo(server, user.name, { authentication: { passwordEntry: "pw" } });
  return fixture.session(sourceAt(hop), environmentWith({ pw: user.password }));
}

function refusal(user: TestUser, server: SshdServer) {
  const hop = hopTo(server, user.name, { authentication: { passwordEntry: "pw" } });
  return fixture.connect(sourceAt(hop), environmentWith({ pw: user.password })).then(failureOf);
}

/** Runs, passes difficult arguments, reads input, uploads: what every usable shell must allow. */
async function expectUsable(session: RemoteSession, home: string): Promise<void> {
  const awkward = [
    "",
    " ",
    "it's",
    'say "hi"',
    "a\nb\n",
    "\\",
    "$HOME `id` $(id)",
    "!!",
    "*",
    "ünïcødé",
    "-n",
    "%s",
  ];
  const script = 'printf "%s\\0" "$@"; cat; echo oops >&2; exit 9';
  const output = valueOf(await session.script(script, awkward, { stdin: Buffer.from("input") }));
  expect(output).toEqual({
    stdout: awkward.map((word) => `${word}\0`).join("") + "input",
    stderr: "oops\n",
    exitCode: 9,
  });
  const ran = valueOf(await session.run(["printf", "%s|", ...awkward.slice(1)]));
  expect(ran.stdout).toBe(
    awkward
      .slice(1)
      .map((word) => `${word}|`)
      .join(""),
  );
  const content = Buffer.from("some content\n");
  valueOf(await session.upload(content, `${home}/uploaded`, { mode: 0o640 }));
  expect(valueOf(await session.run(["cat", `${home}/uploaded`])).stdout).toBe(content.toString());
}

describeRoot("login shells", () => {
  test.each(["/bin/sh", "/bin/bash", "/usr/bin/zsh", "/bin/tcsh", "/usr/bin/fish", "/bin/rbash"])(
    "%s as login shell runs everything unchanged",
    async (shell) => {
      if (!existsSync(shell)) {
        console.warn(`SKIPPED: login shell ${shell} is not installed`);
        return;
      }
      const user = fixture.user({ shell });
      await expectUsable(await open(user, await fixture.sshd()), user.home);
    },
  );

  test("a banner and a profile that prints on both outputs do not get into results", async () => {
    const user = fixture.user();
    const banner = join(fixture.directory, "banner");
    writeFileSync(banner, "Authorized use only.\n".repeat(50));
    // bash reads .bashrc for commands over ssh too; the last line has no end.
    user.write(
      ".bashrc",
      'echo "Welcome, today is a nice day"\necho "and a warning" >&2\nprintf "no newline at the end"\n',
    );
    user.write(".profile", "echo profile\n");
    await expectUsable(await open(user, await fixture.sshd({ config: [`Banner ${banner}`] })), user.home);
  });

  test("a profile that swallows standard input never makes a command's input run as commands", async () => {
    const user = fixture.user();
    user.write(".bashrc", "read -t 1 answer\n");
    const session = await open(user, await fixture.sshd());
    const stdin = Buffer.from(`touch ${user.home}/executed\n`.repeat(3));
    expect(failureOf(await session.run(["cat"], { stdin }))).toMatchObject({
      code: "shell-unusable",
      context: { exitCode: 125 },
    });
    expect(existsSync(join(user.home, "executed"))).toBe(false);
  });

  test("noise without end is given up on and named", async () => {
    const user = fixture.user();
    user.write(".bashrc", "yes noise\n");
    const hop = hopTo(await fixture.sshd(), user.name, { authentication: { passwordEntry: "pw" } });
    const result = await fixture.connect(sourceAt(hop), environmentWith({ pw: user.password }), {
      timeoutMs: 1_500,
    });
    expect(failureOf(result)).toMatchObject({
      code: "shell-unusable",
      context: { output: expect.stringContaining("noise") },
    });
  });

  test("nologin is named with its own words", async () => {
    const user = fixture.user({ shell: "/usr/sbin/nologin" });
    const failure = await refusal(user, await fixture.sshd());
    expect(failure.code).toBe("shell-unusable");
    expect(failure.message).toContain("This account is currently not available");
  });

  test("git-shell is named with its own words", async () => {
    const gitShell = "/usr/bin/git-shell";
    if (!existsSync(gitShell)) {
      console.warn("SKIPPED: git-shell is not installed");
      return;
    }
    const failure = await refusal(fixture.user({ shell: gitShell }), await fixture.sshd());
    expect(failure.code).toBe("shell-unusable");
    expect(failure.message).toMatch(/unrecognized command|not enabled/);
  });

  test("a forced command is named with what it printed, and is sent nothing", async () => {
    const user = fixture.user();
    const log = join(user.home, "got");
    const server = await fixture.sshd({
      config: [`ForceCommand echo "menu: 1) reboot"; cat > ${log}`],
    });
    const failure = await refusal(user, server);
    expect(failure.code).toBe("shell-unusable");
    expect(failure.message).toContain("menu: 1) reboot");
    expect(execFileSync("cat", [log], { encoding: "utf8" })).toBe("");
  });

  test("a forced command that echoes everything back is not mistaken for a shell", async () => {
    const failure = await refusal(
      fixture.user(),
      await fixture.sshd({ config: ['ForceCommand echo "$SSH_ORIGINAL_COMMAND"; cat'] }),
    );
    expect(failure.code).toBe("shell-unusable");
  });

  test("a forced command that never answers runs into the time limit and is named", async () => {
    const user = fixture.user();
    const server = await fixture.sshd({ config: ["ForceCommand sleep 600"] });
    const hop = hopTo(server, user.name, { authentication: { passwordEntry: "pw" } });
    const result = await fixture.connect(sourceAt(hop), environmentWith({ pw: user.password }), {
      timeoutMs: 1_500,
    });
    expect(failureOf(result)).toMatchObject({
      code: "shell-unusable",
      message: expect.stringContaining("did not answer in time"),
    });
  });

  test("a forced command that passes the command on works like none", async () => {
    const user = fixture.user();
    const server = await fixture.sshd({
      config: ['ForceCommand echo logged; exec sh -c "$SSH_ORIGINAL_COMMAND"'],
    });
    await expectUsable(await open(user, server), user.home);
  });

  test("an account that may only transfer files is named", async () => {
    const user = fixture.user();
    const failure = await refusal(user, await fixture.sshd({ config: ["ForceCommand internal-sftp"] }));
    expect(failure.code).toBe("shell-unusable");
  });
});

describeRoot("a source that has nothing but BusyBox", () => {
  const busybox = "/bin/busybox";

  test.each([
    ["with sha256sum", "sh id uname cat wc rm mv chmod mkdir dirname df ls sha256sum printf stty head sleep"],
    [
      "without any tool for digests",
      "sh id uname cat wc rm mv chmod mkdir dirname df ls printf stty head sleep",
    ],
  ])("works %s", async (_name, applets) => {
    if (!existsSync(busybox)) {
      console.warn("SKIPPED: busybox-static is not installed");
      return;
    }
    const user = fixture.user({ shell: "/bin/sh" });
    // sshd insists that the whole way to the new root belongs to root and that nobody else may write it.
    const root = mkdtempSync("/var/lib/sma-test-chroot-");
    fixture.onCleanUp(() => rmSync(root, { recursive: true, force: true }));
    chmodSync(root, 0o755);
    for (const folder of ["bin", "home", "dev", "proc"]) mkdirSync(join(root, folder), { mode: 0o755 });
    // A multi-call binary would also find the applets that are left out by its own name: it gets none in PATH.
    copyFileSync(busybox, join(root, ".busybox"));
    chmodSync(join(root, ".busybox"), 0o755);
    for (const applet of applets.split(" ")) symlinkSync("/.busybox", join(root, "bin", applet));
    execFileSync("mknod", ["-m", "666", join(root, "dev", "null"), "c", "1", "3"]);
    mkdirSync(join(root, user.home), { recursive: true, mode: 0o755 });
    execFileSync("chown", [user.name, join(root, user.home)]);
    const server = await fixture.sshd({ sftp: "none", config: [`ChrootDirectory ${root}`] });
    const session = await open(user, server);
    await expectUsable(session, user.home);
    expect(
      failureOf(await session.upload(Buffer.from("x"), "/no/such/folder/file", { mode: 0o600 })).code,
    ).toBe("command-failed");
    const large = Buffer.alloc(3_000_000, "busy");
    valueOf(await session.upload(large, `${user.home}/large`, { mode: 0o755 }));
    expect(valueOf(await session.run(["wc", "-c"], { stdin: large })).stdout.trim()).toBe("3000000");
  });
});
