import { timingSafeEqual } from "node:crypto";
import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { hmacMd5, sealingKey, signingKey, type Direction } from "./keys.ts";
import { Rc4 } from "./rc4.ts";

/** Bytes of an NTLMSSP_MESSAGE_SIGNATURE. */
export const signatureLength = 16;

const signatureVersion = 1;

/**
 * Signing and sealing after the handshake, with extended session security, 128-bit keys and key exchange (MS-NLMP
 * 3.4.3, 3.4.4.2). Both key streams and both counters advance with every message, so messages must be sealed in the
 * order in which they are sent and unsealed in the order in which they arrive. After a failure the session is useless.
 */
export class SessionSecurity {
  readonly #outgoing: Channel;
  readonly #incoming: Channel;

  /** `sessionKey` is the exported session key of 16 bytes; `role` says which side of the handshake this is. */
  constructor(sessionKey: Buffer, role: "client" | "server" = "client") {
    const [outgoing, incoming]: [Direction, Direction] =
      role === "client" ? ["client-to-server", "server-to-client"] : ["server-to-client", "client-to-server"];
    this.#outgoing = new Channel(sessionKey, outgoing);
    this.#incoming = new Channel(sessionKey, incoming);
  }

  /** Encrypts and signs the next outgoing message. */
  seal(message: Buffer): { readonly signature: Buffer; readonly sealed: Buffer } {
    const sealed = this.#outgoing.stream.apply(message);
    return { signature: this.#outgoing.sign(message), sealed };
  }

  /** Decrypts and checks the next incoming message; `protocol-violation` where it was altered, lost or replayed. */
  unseal(signature: Buffer, sealed: Buffer): Result<Buffer> {
    const message = this.#incoming.stream.apply(sealed);
    const expected = this.#incoming.sign(message);
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      return fail("protocol-violation", told({ kind: "sealed-answer-unverified" }));
    }
    return ok(message);
  }
}

class Channel {
  readonly stream: Rc4;
  readonly #signingKey: Buffer;
  #sequence = 0;

  constructor(sessionKey: Buffer, direction: Direction) {
    this.stream = new Rc4(sealingKey(sessionKey, direction));
    this.#signingKey = signingKey(sessionKey, direction);
  }

  /** The signature of the next message; takes 8 bytes of the key stream, after the message's own. */
  sign(message: Buffer): Buffer {
    const sequence = Buffer.alloc(4);
    sequence.writeUInt32LE(this.#sequence);
    this.#sequence = (this.#sequence + 1) >>> 0;
    const checksum = hmacMd5(this.#signingKey, sequence, message).subarray(0, 8);
    const version = Buffer.alloc(4);
    version.writeUInt32LE(signatureVersion);
    return Buffer.concat([version, this.stream.apply(checksum), sequence]);
  }
}
