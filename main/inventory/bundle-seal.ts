/**
 * A bundle sealed to the assistant's public key, for the walk out of an air-gapped network. The container is text:
 *
 *     sma-sealed-bundle 1
 *     key SHA256:BASE64URL          SHA-256 of the public key (DER, SubjectPublicKeyInfo), to find the right private key
 *     wrapped BASE64                32-byte key and 12-byte nonce, RSA-OAEP with SHA-256 and MGF1-SHA-256
 *     data BASE64                   AES-256-GCM ciphertext and 16-byte tag; the first line is the associated data
 *
 * OpenSSL's command line does no GCM, so for a source that has nothing but openssl there is a second form, encrypt-then-
 * MAC, with its own first line. `wrapped` then holds a 32-byte AES key, a 32-byte MAC key and a 16-byte IV, and `mac` is
 * HMAC-SHA-256 over the raw ciphertext:
 *
 *     sma-sealed-bundle 1 cbc
 *     wrapped BASE64                80 bytes, RSA-OAEP with SHA-256 and MGF1-SHA-256
 *     mac HEX
 *     data BASE64                   AES-256-CBC, PKCS #7
 *
 * resources/collectors/seal-bundle.sh makes the second form.
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  timingSafeEqual,
} from "node:crypto";
import { bundleLimits } from "../../common/domain/bundle.ts";
import { fail, ok, type Result, type Saying } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";

const magic = "sma-sealed-bundle 1";
const cbcMagic = "sma-sealed-bundle 1 cbc";
const tagBytes = 16;
/** Base64 and headers around a document of the greatest size. */
const maxContainerBytes = Math.ceil((bundleLimits.documentBytes * 4) / 3) + 1024 * 1024;

export function isSealed(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, magic.length)).toString("latin1") === magic;
}

/** Seals a bundle document. `random` gives cryptographically strong bytes; `publicKey` is RSA of at least 2048 bits. */
export function sealBundle(
  document: Uint8Array,
  publicKey: KeyObject,
  random: (bytes: number) => Buffer,
): string {
  const key = random(32);
  const nonce = random(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(magic));
  const data = Buffer.concat([cipher.update(document), cipher.final(), cipher.getAuthTag()]);
  const wrapped = publicEncrypt(oaep(publicKey), Buffer.concat([key, nonce]));
  return `${magic}\nkey ${fingerprintOf(publicKey)}\nwrapped ${wrapped.toString("base64")}\ndata ${data.toString("base64")}\n`;
}

/**
 * The bundle document of a sealed container, in either form. `bundle-invalid` where it is damaged, was altered, or was
 * sealed to another key; `name` is the file's, for the message.
 */
export function openSealedBundle(
  container: Uint8Array,
  privateKey: KeyObject,
  name: string,
): Result<Uint8Array> {
  const invalid = (field: string, message: Saying): Result<Uint8Array> =>
    fail("bundle-invalid", message, { file: name, field });
  if (container.length > maxContainerBytes) return invalid("", told({ kind: "sealed-too-large", name }));
  const [head = "", ...lines] = Buffer.from(container).toString("latin1").split(/\r?\n/);
  if (head !== magic && head !== cbcMagic)
    return invalid("", told({ kind: "sealing-unknown", name, text: head.slice(0, 60) }));
  const field = (label: string): string | null =>
    lines.find((line) => line.startsWith(`${label} `))?.slice(label.length + 1) ?? null;
  const stated = field("key");
  if (stated !== null && stated !== fingerprintOf(createPublicKey(privateKey))) {
    return fail(
      "bundle-invalid",
      told({ kind: "bundle-sealed-elsewhere", name, key: stated.slice(0, 60) }),
      { file: name, field: "key" },
      told({ kind: "open-with-its-assistant" }),
    );
  }
  const wrapped = base64(field("wrapped"));
  const data = base64(field("data"));
  if (wrapped === null) return invalid("wrapped", told({ kind: "sealed-key-damaged", name }));
  if (data === null) return invalid("data", told({ kind: "sealed-data-damaged", name }));
  let secret: Buffer;
  try {
    secret = privateDecrypt(oaep(privateKey), wrapped);
  } catch {
    return invalid("wrapped", told({ kind: "sealed-key-not-opened", name }));
  }
  const document = head === magic ? openGcm(secret, data) : openCbc(secret, data, field("mac"));
  return document === null ? invalid("data", told({ kind: "sealed-data-altered", name })) : ok(document);
}

/** What identifies a public key in a container's `key` line. */
export function fingerprintOf(publicKey: KeyObject): string {
  return `SHA256:${createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url")}`;
}

function oaep(key: KeyObject): { key: KeyObject; padding: number; oaepHash: string } {
  return { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
}

function openGcm(secret: Buffer, data: Buffer): Buffer | null {
  if (secret.length !== 44 || data.length < tagBytes) return null;
  const decipher = createDecipheriv("aes-256-gcm", secret.subarray(0, 32), secret.subarray(32), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(magic));
  decipher.setAuthTag(data.subarray(data.length - tagBytes));
  return finished(decipher, data.subarray(0, data.length - tagBytes));
}

function openCbc(secret: Buffer, data: Buffer, mac: string | null): Buffer | null {
  if (secret.length !== 80 || mac === null || !/^[0-9a-f]{64}$/i.test(mac)) return null;
  const actual = createHmac("sha256", secret.subarray(32, 64)).update(data).digest();
  if (!timingSafeEqual(actual, Buffer.from(mac, "hex"))) return null;
  return finished(createDecipheriv("aes-256-cbc", secret.subarray(0, 32), secret.subarray(64)), data);
}

function finished(decipher: { update(data: Buffer): Buffer; final(): Buffer }, data: Buffer): Buffer | null {
  try {
    return Buffer.concat([decipher.update(data), decipher.final()]);
  } catch {
    return null;
  }
}

function base64(text: string | null): Buffer | null {
  return text === null || !/^[A-Za-z0-9+/]+={0,2}$/.test(text) ? null : Buffer.from(text, "base64");
}
