/**
 * Signing of the programs for Windows, with what the environment names; nothing is signed where it names nothing.
 *
 *   SMA_SIGN_CERTIFICATE    PEM file with the certificate and its chain
 *   SMA_SIGN_KEY            PEM file with its key
 *   SMA_SIGN_PASSWORD_FILE  file with the key's password; left out for a key without one
 *   SMA_SIGN_TIMESTAMP_URL  address of a time stamp server (RFC 3161); left out for none
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { BuildError, runOrFail } from "./steps.ts";

export interface Signer {
  readonly certificate: string;
  readonly key: string;
  readonly passwordFile: string | null;
  readonly timestampUrl: string | null;
}

function named(environment: NodeJS.ProcessEnv, name: string): string | null {
  const value = environment[name];
  return value === undefined || value === "" ? null : value;
}

/** Null where nothing is to be signed; a certificate without a key, or the reverse, is a failure. */
export function signerFrom(environment: NodeJS.ProcessEnv): Signer | null {
  const certificate = named(environment, "SMA_SIGN_CERTIFICATE");
  const key = named(environment, "SMA_SIGN_KEY");
  if (certificate === null && key === null) return null;
  if (certificate === null || key === null) {
    throw new BuildError("SMA_SIGN_CERTIFICATE and SMA_SIGN_KEY go together: only one of them is set");
  }
  for (const file of [certificate, key]) {
    if (!existsSync(file)) throw new BuildError(`${file}, which is to sign the agent, is not there`);
  }
  return {
    certificate,
    key,
    passwordFile: named(environment, "SMA_SIGN_PASSWORD_FILE"),
    timestampUrl: named(environment, "SMA_SIGN_TIMESTAMP_URL"),
  };
}

/** The path of the signed copy beside `program`; one that was made with the same certificate is used again. */
export async function signProgram(program: string, signer: Signer): Promise<string> {
  const hash = createHash("sha256").update(await readFile(signer.certificate));
  hash.update(signer.timestampUrl ?? "");
  const signed = `${program}-signed-${hash.digest("hex").slice(0, 16)}`;
  if (existsSync(signed)) return signed;
  const partial = `${signed}.${randomBytes(4).toString("hex")}`;
  try {
    await runOrFail("signing the agent", "osslsigncode", [
      ...["sign", "-certs", signer.certificate, "-key", signer.key, "-h", "sha256"],
      ...["-n", "Server Migration Assistant agent"],
      ...(signer.passwordFile === null ? [] : ["-readpass", signer.passwordFile]),
      ...(signer.timestampUrl === null ? [] : ["-ts", signer.timestampUrl]),
      ...["-in", program, "-out", partial],
    ]);
    await rename(partial, signed);
  } finally {
    await rm(partial, { force: true });
  }
  return signed;
}
