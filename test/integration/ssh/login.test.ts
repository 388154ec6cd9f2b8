import { inEnglish } from "../../support/in-english.ts";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fail, ok } from "../../../common/result.ts";
import { Secret } from "../../../common/secret.ts";
import { failureOf, valueOf } from "../../support/sshd/expect-result.ts";
import { describeRoot, describeSshd, SshFixture } from "../../support/sshd/fixture.ts";
import { startPamService } from "../../support/sshd/pam.ts";
import { startPromptingServer } from "../../support/sshd/prompting-server.ts";
import { environmentWith, hopTo, sourceAt } from "../../support/sshd/source.ts";

let fixture: SshFixture;
beforeEach(() => {
  fixture = new SshFixture();
});
afterEach(() => fixture.cleanUp());

const wellKnown = { passphrase: "correct horse" };

describeSshd("logging in with keys", () => {
  test.each([
    ["ed25519", "openssh"],
    ["ecdsa", "openssh"],
    ["ecdsa", "PEM"],
    ["ecdsa", "PKCS8"],
    ["rsa", "openssh"],
    ["rsa", "PEM"],
    ["rsa", "PKCS8"],
  ] as const)("an %s key in the %s format lets in, plain and encrypted", async (type, format) => {
    const plain = fixture.key(type, { format });
    const encrypted = fixture.key(type, { format, ...wellKnown });
    const authorized = join(fixture.directory, "authorized");
    writeFileSync(
      authorized,
      readFileSync(plain.publicPath, "utf8") + readFileSync(encrypted.publicPath, "utf8"),
    );
    const server = await fixture.sshd({ config: [`AuthorizedKeysFile ${authorized}`] });
    const environment = environmentWith({ phrase: wellKnown.passphrase });
    for (const key of [plain, encrypted]) {
      const hop = hopTo(server, fixture.account().name, {
        authentication: { keyFiles: [key.path], keyPassphraseEntry: key === plain ? null : "phrase" },
      });
      const session = await fixture.session(sourceAt(hop), environment);
      const output = valueOf(await session.run(["id", "-un"]));
      expect(output.stdout.trim()).toBe(fixture.account().name);
    }
  });

  test("an encrypted key without a passphrase, or with a wrong one, is named with what is missing", async () => {
    const { server } = await fixture.keyServer();
    for (const format of ["openssh", "PEM", "PKCS8"] as const) {
      const key = fixture.key("rsa", { ...wellKnown, format });
      const authentication = { keyFiles: [key.path] };
      const without = await fixture.connect(
        sourceAt(hopTo(server, fixture.account().name, { authentication })),
      );
      expect(failureOf(without)).toMatchObject({
        code: "key-unreadable",
        message: expect.stringContaining("no passphrase was given"),
        context: { file: key.path },
      });
      const wrong = await fixture.connect(
        sourceAt(
          hopTo(server, fixture.account().name, {
            authentication: { ...authentication, keyPassphraseEntry: "phrase" },
          }),
        ),
        environmentWith({ phrase: "not that" }),
      );
      expect(failureOf(wrong), format).toMatchObject({
        code: "key-unreadable",
        message: expect.stringContaining("passphrase does not open"),
      });
    }
  });

  test("a key file that does not exist is named, and does not keep another one from working", async () => {
    const { server, hop } = await fixture.keyServer();
    const missing = join(fixture.directory, "nowhere");
    const alone = await fixture.connect(
      sourceAt(hopTo(server, fixture.account().name, { authentication: { keyFiles: [missing] } })),
    );
    expect(failureOf(alone)).toMatchObject({ code: "key-unreadable", context: { file: missing } });

    const { keyFiles } = hop.authentication;
    const both = { ...hop, authentication: { ...hop.authentication, keyFiles: [missing, ...keyFiles] } };
    await fixture.session(sourceAt(both));
  });

  test("a key that the server does not know is refused, and the failure says what was tried and what is accepted", async () => {
    const { server } = await fixture.keyServer({ config: ["PasswordAuthentication no"] });
    const key = fixture.key();
    const result = await fixture.connect(
      sourceAt(hopTo(server, fixture.account().name, { authentication: { keyFiles: [key.path] } })),
    );
    expect(failureOf(result)).toMatchObject({
      code: "authentication-failed",
      context: { tried: [`key ${key.path}`], offered: ["publickey"] },
    });
  });

  test("a key of a running ssh-agent lets in, also after keys that the server refuses", async () => {
    const { server, hop } = await fixture.keyServer();
    const socket = join(fixture.directory, "agent.sock");
    const agentPid = /SSH_AGENT_PID=(\d+)/.exec(
      execFileSync("ssh-agent", ["-s", "-a", socket], { encoding: "utf8" }),
    );
    fixture.onCleanUp(() => void process.kill(Number(agentPid?.[1])));
    const strangers = [fixture.key("ed25519"), fixture.key("rsa")];
    const good = hop.authentication.keyFiles[0] ?? "";
    for (const path of [...strangers.map((key) => key.path), good]) {
      execFileSync("ssh-add", ["-q", path], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
        stdio: "ignore",
      });
    }
    const viaAgent = hopTo(server, fixture.account().name, { authentication: { useSshAgent: true } });
    const session = await fixture.session(sourceAt(viaAgent), environmentWith(), { sshAgentSocket: socket });
    expect(valueOf(await session.run(["true"])).exitCode).toBe(0);

    const withoutSocket = await fixture.connect(sourceAt(viaAgent), environmentWith(), {
      sshAgentSocket: join(fixture.directory, "no.sock"),
    });
    expect(failureOf(withoutSocket).message).toContain("ssh-agent");
  });

  test("an RSA key is signed with SHA-512 where the server takes nothing else", async () => {
    const key = fixture.key("rsa");
    const server = await fixture.sshd({
      config: [`AuthorizedKeysFile ${key.publicPath}`, "PubkeyAcceptedAlgorithms rsa-sha2-512"],
    });
    const hop = hopTo(server, fixture.account().name, { authentication: { keyFiles: [key.path] } });
    await fixture.session(sourceAt(hop));
  });
});

describeRoot("logging in with passwords", () => {
  test("the right password lets in and a wrong one is refused by name", async () => {
    const user = fixture.user();
    const server = await fixture.sshd();
    const hop = hopTo(server, user.name, { authentication: { passwordEntry: "pw" } });
    const session = await fixture.session(sourceAt(hop), environmentWith({ pw: user.password }));
    expect(valueOf(await session.run(["id", "-un"])).stdout.trim()).toBe(user.name);

    const wrong = await fixture.connect(sourceAt(hop), environmentWith({ pw: "wrong" }));
    expect(failureOf(wrong)).toMatchObject({
      code: "authentication-failed",
      context: { user: user.name, tried: ["password"] },
    });
    expect(server.log().match(/Failed password/g)).toHaveLength(1);
  });

  test("a password that the vault does not have is the vault's failure, before anything is sent", async () => {
    const server = await fixture.sshd();
    const hop = hopTo(server, "nobody", { authentication: { passwordEntry: "gone" } });
    expect(failureOf(await fixture.connect(sourceAt(hop))).code).toBe("not-found");
    expect(server.log()).not.toContain("Connection from");
  });

  test("a server that wants a key and then a password gets both", async () => {
    const user = fixture.user();
    const key = fixture.key("rsa");
    user.authorize(key.publicPath);
    for (const order of ["publickey,password", "password,publickey"]) {
      const server = await fixture.sshd({ config: [`AuthenticationMethods ${order}`] });
      const hop = hopTo(server, user.name, { authentication: { keyFiles: [key.path], passwordEntry: "pw" } });
      await fixture.session(sourceAt(hop), environmentWith({ pw: user.password }));
    }
  });

  test("keyboard-interactive with one prompt takes the password", async () => {
    const user = fixture.user();
    const pam = await startPamService(fixture, ["auth required pam_unix.so"]);
    const hop = hopTo(pam, user.name, { authentication: { passwordEntry: "pw" } });
    const session = await fixture.session(sourceAt(hop), environmentWith({ pw: user.password }));
    expect(valueOf(await session.run(["id", "-un"])).stdout.trim()).toBe(user.name);

    const wrong = await fixture.connect(sourceAt(hop), environmentWith({ pw: "wrong" }));
    expect(failureOf(wrong)).toMatchObject({
      code: "authentication-failed",
      context: { tried: ["keyboard-interactive"] },
    });
  });

  test("keyboard-interactive with two rounds of prompts takes the password twice", async () => {
    const user = fixture.user();
    const pam = await startPamService(fixture, ["auth required pam_unix.so", "auth required pam_unix.so"]);
    const hop = hopTo(pam, user.name, { authentication: { passwordEntry: "pw" } });
    await fixture.session(sourceAt(hop), environmentWith({ pw: user.password }));
  });
});

describeSshd("keyboard-interactive with several prompts at once", () => {
  const rounds = [
    [
      { prompt: { prompt: "Password: ", echo: false }, answer: "secret" },
      { prompt: { prompt: "Verification code: ", echo: true }, answer: "123456" },
    ],
    [{ prompt: { prompt: "Token: ", echo: false }, answer: "123456" }],
  ];

  test("gives the stored password where it is asked for and asks the admin for the rest", async () => {
    const server = await startPromptingServer(fixture, rounds);
    const asked: { prompt: string; echo: boolean }[] = [];
    const environment = environmentWith(
      { pw: "secret" },
      {
        answerPrompt: async ({ prompt, echo }) => {
          asked.push({ prompt, echo });
          return ok(new Secret("123456"));
        },
      },
    );
    const hop = hopTo(server, "somebody", { authentication: { passwordEntry: "pw" } });
    await fixture.session(sourceAt(hop), environment);
    expect(asked).toEqual([
      { prompt: "Verification code: ", echo: true },
      { prompt: "Token: ", echo: false },
    ]);
  });

  test("names the prompt that nobody can answer, and gives the admin's refusal as it is", async () => {
    const server = await startPromptingServer(fixture, rounds);
    const hop = hopTo(server, "somebody", { authentication: { passwordEntry: "pw" } });
    const unanswered = await fixture.connect(sourceAt(hop), environmentWith({ pw: "secret" }));
    expect(failureOf(unanswered)).toMatchObject({
      code: "authentication-failed",
      context: { prompt: "Verification code:" },
    });
    const refused = await fixture.connect(
      sourceAt(hop),
      environmentWith(
        { pw: "secret" },
        { answerPrompt: async () => fail("cancelled", inEnglish("no code at hand")) },
      ),
    );
    expect(failureOf(refused)).toMatchObject({ code: "cancelled", message: "no code at hand" });
  });
});
