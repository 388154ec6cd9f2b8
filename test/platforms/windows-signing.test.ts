import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readWindowsProgram } from "../../scripts/agent/imports.ts";
import { signProgram, signerFrom } from "../../scripts/agent/sign.ts";

const built = join(import.meta.dirname, "../../resources/agents/windows-i686/sma-agent.exe");
const folder = mkdtempSync(join(tmpdir(), "sma-sign-"));
const certificate = join(folder, "certificate.pem");
const key = join(folder, "key.pem");
const program = join(folder, "sma-agent.exe");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("signing the agent for Windows", () => {
  test("does nothing where the environment names no certificate, and refuses half of a pair", () => {
    expect(signerFrom({})).toBeNull();
    expect(() => signerFrom({ SMA_SIGN_KEY: "/key" })).toThrow("go together");
    expect(() => signerFrom({ SMA_SIGN_KEY: "/key", SMA_SIGN_CERTIFICATE: "/none" })).toThrow("not there");
  });

  test("gives a program that verifies against the certificate and is otherwise as before", async () => {
    if (!existsSync(built)) throw new Error(`${built} is missing: run \`npm run build:agent\` first`);
    copyFileSync(built, program);
    const subject = ["-subj", "/CN=Signer of tests", "-addext", "extendedKeyUsage=codeSigning"];
    const pair = ["-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...pair, ...subject], { stdio: "ignore" });
    const signer = signerFrom({ SMA_SIGN_CERTIFICATE: certificate, SMA_SIGN_KEY: key });
    expect(signer).not.toBeNull();
    if (signer === null) return;
    const signed = await signProgram(program, signer);
    expect(await signProgram(program, signer)).toBe(signed);
    const words = execFileSync("osslsigncode", ["verify", "-CAfile", certificate, "-in", signed], {
      encoding: "utf8",
    });
    expect(words).toContain("Signer of tests");
    expect(words).toMatch(/Signature verification: ok/);
    expect(readWindowsProgram(readFileSync(signed))).toEqual(readWindowsProgram(readFileSync(built)));
  });
});
