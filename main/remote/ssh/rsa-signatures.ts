import type { Client } from "ssh2";

export type RsaSignature = "rsa-sha2-256" | "rsa-sha2-512" | "ssh-rsa";

/**
 * Says with which algorithm ssh2 signs the next RSA authentication.
 *
 * ssh2 1.17 has no option for it: it takes the first that it likes from the server's `server-sig-algs` message
 * (RFC 8308), tries that one alone, and signs with SHA-1 where the message is absent. OpenSSH fills the message with
 * what it was built with, not with what its configuration accepts, so a server limited to ssh-rsa refused the key,
 * and a server without the message got a SHA-1 signature that nobody had allowed. The first such message of a
 * connection counts, so ours is put before the server's and changed from attempt to attempt.
 */
export class RsaSignatureChoice {
  readonly #accepted: RsaSignature[] = ["rsa-sha2-256"];

  /** Call once, right after `client.connect()`, before anything has been received. */
  constructor(client: Client) {
    const protocol: unknown = Reflect.get(client, "_protocol");
    const handlers: unknown = isObject(protocol) ? Reflect.get(protocol, "_handlers") : null;
    const onExtensionInfo: unknown = isObject(handlers) ? Reflect.get(handlers, "EXT_INFO") : null;
    if (typeof onExtensionInfo !== "function") {
      throw new Error("ssh2 keeps its EXT_INFO handler elsewhere now: RSA signatures cannot be chosen");
    }
    onExtensionInfo(protocol, [{ name: "server-sig-algs", algs: this.#accepted }]);
  }

  use(algorithm: RsaSignature): void {
    this.#accepted.splice(0, this.#accepted.length, algorithm);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
