import { describe, expect, test } from "vitest";
import { Secret } from "../../../../common/secret.ts";
import { ElevationDialogue } from "../../../../main/remote/ssh/elevation.ts";
import { elevationReadyText, promptText } from "../../../../main/remote/ssh/shell-framing.ts";

const nonce = "abcdef";
const sudo = { method: "sudo", password: new Secret("s3cret") } as const;
const su = { method: "su", password: new Secret("s3cret") } as const;

describe("becoming root", () => {
  test("sudo's password is sent when its own prompt is seen, once, and never in the opening", () => {
    const dialogue = new ElevationDialogue(sudo, nonce, false);
    expect(dialogue.opening().toString()).not.toContain("s3cret");
    expect(dialogue.onOutput("stderr", Buffer.from("Password: lecture\n"))).toEqual({ kind: "wait" });
    const [half, rest] = [promptText(nonce).slice(0, 5), promptText(nonce).slice(5)];
    expect(dialogue.onOutput("stderr", Buffer.from(half))).toEqual({ kind: "wait" });
    expect(dialogue.onOutput("stderr", Buffer.from(rest))).toEqual({
      kind: "send",
      bytes: Buffer.from("s3cret\n"),
    });
    expect(dialogue.onOutput("stderr", Buffer.from("\nmore"))).toEqual({ kind: "wait" });
    expect(dialogue.onOutput("stdout", Buffer.from(`${elevationReadyText(nonce)}\n`))).toEqual({
      kind: "ready",
    });
  });

  test("a second prompt means that the password was wrong", () => {
    const dialogue = new ElevationDialogue(sudo, nonce, false);
    dialogue.onOutput("stderr", Buffer.from(promptText(nonce)));
    expect(dialogue.onOutput("stderr", Buffer.from(`Sorry, try again.\n${promptText(nonce)}`))).toMatchObject(
      {
        kind: "failed",
        failure: { code: "sudo-failed", message: "sudo did not accept the password" },
      },
    );
  });

  test("su's password follows its header on a pipe, and its prompt on a terminal", () => {
    expect(new ElevationDialogue(su, nonce, false).opening().toString()).toMatch(/\ns3cret\n$/);
    const onTerminal = new ElevationDialogue(su, nonce, true);
    expect(onTerminal.opening().toString()).not.toContain("s3cret");
    expect(onTerminal.onOutput("stdout", Buffer.from("Passwort: "))).toMatchObject({ kind: "send" });
    expect(onTerminal.onOutput("stdout", Buffer.from("\r\nagain: "))).toEqual({ kind: "wait" });
  });

  test.each([
    ["sudo: a password is required\n", 1, "wants a password"],
    ["sudo: sorry, you must have a tty to run sudo\n", 1, "insists on a terminal"],
    ["bob is not in the sudoers file.\n", 1, "may not use sudo"],
    ["Sorry, user bob is not allowed to execute '/bin/sh' as root on host.\n", 1, "may not use sudo"],
    ["sh: 1: exec: sudo: not found\n", 127, "not installed"],
    ["sudo: 1 incorrect password attempt\n", 1, "did not accept the password"],
    ["sudo: account validation failure, is your account locked?\n", 1, "is your account locked"],
    ["", 7, "exit status 7"],
  ])("names the cause behind %j", (said, exitCode, words) => {
    const dialogue = new ElevationDialogue(sudo, nonce, false);
    dialogue.onOutput("stderr", Buffer.from(said));
    const failure = dialogue.endedFailure(exitCode);
    expect(failure.code).toBe("sudo-failed");
    expect(failure.message).toContain(words);
  });

  test.each([
    ["sudo: sorry, you must have a tty to run sudo", true],
    ["standard in must be a tty", true],
    ["su: must be run from a terminal", true],
    ["su: Authentication failure", false],
  ])("knows whether %j asks for a terminal", (said, wants) => {
    const dialogue = new ElevationDialogue(su, nonce, false);
    dialogue.onOutput("stderr", Buffer.from(said));
    expect(dialogue.wantsTerminal).toBe(wants);
  });
});
