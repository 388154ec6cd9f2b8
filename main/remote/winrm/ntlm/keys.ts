import { createHash, createHmac } from "node:crypto";
import { windowsUpperCase } from "./account.ts";
import { md4 } from "./md4.ts";

/** The one-way functions and key derivations of NTLMv2 (MS-NLMP 3.3.2, 3.4.5). All keys have 16 bytes. */

export function hmacMd5(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const hmac = createHmac("md5", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** NTOWFv2: what the password proves knowledge of. The user's name counts in upper case, the domain's as written. */
export function responseKey(user: string, domain: string, password: string): Buffer {
  const passwordHash = md4(Buffer.from(password, "utf16le"));
  return hmacMd5(passwordHash, Buffer.from(windowsUpperCase(user) + domain, "utf16le"));
}

export interface ResponseInput {
  readonly key: Buffer;
  /** 8 bytes each. */
  readonly serverChallenge: Buffer;
  readonly clientChallenge: Buffer;
  /** FILETIME, 8 bytes little-endian. */
  readonly timestamp: Buffer;
  /** Encoded AV pairs with their terminator. */
  readonly targetInfo: Buffer;
}

/** The NTLMv2 response and the key that comes with it (`KeyExchangeKey` in the specification). */
export function ntlmV2Response(input: ResponseInput): { response: Buffer; sessionBaseKey: Buffer } {
  const { key, serverChallenge, clientChallenge, timestamp, targetInfo } = input;
  const claim = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    timestamp,
    clientChallenge,
    Buffer.alloc(4),
    targetInfo,
    Buffer.alloc(4),
  ]);
  const proof = hmacMd5(key, serverChallenge, claim);
  return { response: Buffer.concat([proof, claim]), sessionBaseKey: hmacMd5(key, proof) };
}

/** The LMv2 response, for servers too old to send a timestamp. */
export function lmV2Response(
  input: Pick<ResponseInput, "key" | "serverChallenge" | "clientChallenge">,
): Buffer {
  const proof = hmacMd5(input.key, input.serverChallenge, input.clientChallenge);
  return Buffer.concat([proof, input.clientChallenge]);
}

export type Direction = "client-to-server" | "server-to-client";

export function signingKey(sessionKey: Buffer, direction: Direction): Buffer {
  return derive(sessionKey, `session key to ${direction} signing key magic constant`);
}

/** For 128-bit sealing, the only one that this client accepts. */
export function sealingKey(sessionKey: Buffer, direction: Direction): Buffer {
  return derive(sessionKey, `session key to ${direction} sealing key magic constant`);
}

function derive(sessionKey: Buffer, constant: string): Buffer {
  return createHash("md5").update(sessionKey).update(`${constant}\0`, "latin1").digest();
}
