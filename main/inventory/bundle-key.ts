import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { Secret } from "../../common/secret.ts";
import { ok, type Result } from "../../common/result.ts";

const generate = promisify(generateKeyPair);
const entry = "bundle-key";

/** What this module needs of a vault. */
interface SecretStore {
  get(entry: string): Promise<Result<Secret>>;
  put(entry: string, secret: Secret): Promise<Result<void>>;
}

/** The private RSA key that bundles are sealed to; made when it is first asked for. */
export async function bundlePrivateKey(vault: SecretStore): Promise<Result<KeyObject>> {
  const kept = await vault.get(entry);
  if (kept.ok) return ok(createPrivateKey(kept.value.reveal()));
  if (kept.failure.code !== "not-found") return kept;
  const { privateKey } = await generate("rsa", {
    modulusLength: 3072,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const put = await vault.put(entry, new Secret(privateKey));
  return put.ok ? ok(createPrivateKey(privateKey)) : put;
}

/** Its public half as PEM, to be carried to sources. */
export async function bundlePublicKeyPem(vault: SecretStore): Promise<Result<string>> {
  const key = await bundlePrivateKey(vault);
  return key.ok ? ok(createPublicKey(key.value).export({ type: "spki", format: "pem" }).toString()) : key;
}
