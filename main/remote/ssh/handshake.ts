import type { Duplex } from "node:stream";
import ssh2, { type Client as ClientType, type ConnectConfig } from "ssh2";
import { told } from "../../../common/domain/report-text/told.ts";
import type { SshHop } from "../../../common/domain/source.ts";
import { fail, type Failure } from "../../../common/result.ts";
import type { RemoteEnvironment } from "../contract.ts";
import { algorithmOffer, type HostKeyFamily } from "./algorithms.ts";
import type { AuthenticationPlan } from "./authentication-plan.ts";
import { Authenticator } from "./authenticator.ts";
import { describeHostKey, type SeenHostKey } from "./host-key.ts";
import { RsaSignatureChoice } from "./rsa-signatures.ts";
import { Deadline, type Timers } from "./timers.ts";

export interface HandshakeOptions {
  readonly hop: SshHop;
  readonly transport: Duplex;
  /** Host keys to ask for, best first. */
  readonly families: readonly HostKeyFamily[];
  /** The only host key that will do; null asks the admin. */
  readonly expectedFingerprint: string | null;
  readonly environment: RemoteEnvironment;
  readonly plan: AuthenticationPlan;
  readonly timers: Timers;
  readonly timeoutMs: number;
  readonly keepaliveIntervalMs: number;
  readonly signal: AbortSignal;
}

export type HandshakeOutcome =
  | { readonly kind: "ready"; readonly client: ClientType }
  /** The host showed another key than the expected one. Nothing about the user was sent. */
  | { readonly kind: "other-key"; readonly seen: SeenHostKey }
  /** The host has no key of the families that were asked for. */
  | { readonly kind: "no-such-key" }
  /** The link went away while the admin was deciding; the key was accepted. */
  | { readonly kind: "lost-while-deciding"; readonly accepted: string }
  | { readonly kind: "failed"; readonly failure: Failure };

/** Speaks SSH over an open transport up to a logged-in client. Owns the transport: it is closed on every failure. */
export function handshake(options: HandshakeOptions): Promise<HandshakeOutcome> {
  return new Promise((resolve, reject) => new Handshake(options, resolve, reject).start());
}

class Handshake {
  readonly #options: HandshakeOptions;
  readonly #resolve: (outcome: HandshakeOutcome) => void;
  readonly #reject: (bug: unknown) => void;
  readonly #client = new ssh2.Client();
  readonly #deadline: Deadline;
  #isSettled = false;
  #isKeyExchanged = false;
  /** The key of this connection; a later key exchange must show the same. */
  #hostKey: SeenHostKey | null = null;
  #isNewKey = false;
  /** The server has answered with the new keys of this connection and waits for a user name. */
  #isLoginBegun = false;
  #isDeciding = false;
  #isLinkLost = false;
  #authenticator: Authenticator | null = null;

  constructor(
    options: HandshakeOptions,
    resolve: (outcome: HandshakeOutcome) => void,
    reject: (bug: unknown) => void,
  ) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#deadline = new Deadline(options.timers, options.timeoutMs, () => this.#onTimeout());
  }

  start(): void {
    const { hop, transport, families, plan, environment, signal, keepaliveIntervalMs } = this.#options;
    if (signal.aborted) return this.#onAbort();
    signal.addEventListener("abort", this.#onAbort, { once: true });

    const client = this.#client;
    client.on("error", (error) => this.#onError(error));
    client.on("close", () => this.#onClose());
    client.on("handshake", () => (this.#isKeyExchanged = true));
    client.on("change password", (message) =>
      this.#fail(
        "authentication-failed",
        told({ kind: "password-expired", who: this.#who, text: message.trim() }),
      ),
    );
    client.on("ready", () => this.#settle({ kind: "ready", client }));

    const config: ConnectConfig = {
      // ssh2 takes any duplex stream here; only its types ask for a Readable.
      sock: transport,
      username: hop.authentication.user,
      algorithms: algorithmOffer(hop.legacyAlgorithms, families),
      readyTimeout: 0,
      keepaliveInterval: keepaliveIntervalMs,
      keepaliveCountMax: 4,
      hostVerifier: (key: Buffer, verify: (isValid: boolean) => void) =>
        void this.#verifyHostKey(key, verify).catch(this.#onBug),
      authHandler: (methodsLeft, partialSuccess, next) =>
        this.#authenticator?.next(methodsLeft, partialSuccess, next),
    };
    client.connect(config);
    this.#authenticator = new Authenticator({
      hop,
      plan,
      signatures: new RsaSignatureChoice(client),
      answerPrompt: environment.answerPrompt,
      prepare: () => this.#pin(),
      onBug: this.#onBug,
      whileAsking: (ask) => this.#withoutDeadline(ask),
      onFailure: (failure) => this.#settle({ kind: "failed", failure }),
    });
  }

  get #who(): string {
    const { hop } = this.#options;
    return `${hop.authentication.user}@${hop.host}:${hop.port}`;
  }

  async #verifyHostKey(blob: Buffer, verify: (isValid: boolean) => void): Promise<void> {
    const { hop, expectedFingerprint, environment } = this.#options;
    const seen = describeHostKey(blob);
    if (this.#hostKey !== null) return verify(seen.fingerprint === this.#hostKey.fingerprint);
    this.#hostKey = seen;
    if (expectedFingerprint !== null) {
      if (seen.fingerprint === expectedFingerprint) {
        this.#isNewKey = hop.hostKey === null;
        return verify(true);
      }
      return this.#settle({ kind: "other-key", seen });
    }

    this.#isDeciding = true;
    const isAccepted = await this.#withoutDeadline(() => environment.decideHostKey({ hop, ...seen }));
    this.#isDeciding = false;
    if (this.#isSettled) return;
    if (!isAccepted) {
      const { fingerprint, keyType } = seen;
      return this.#fail(
        "host-key-unknown",
        told({ kind: "host-key-new", host: hop.host, port: hop.port, keyType, fingerprint }),
        {
          fingerprint,
          keyType,
        },
      );
    }
    if (this.#isLinkLost) return this.#settle({ kind: "lost-while-deciding", accepted: seen.fingerprint });
    this.#isNewKey = true;
    verify(true);
  }

  /** The host has proved by now that it holds the key. */
  async #pin(): Promise<void> {
    this.#isLoginBegun = true;
    if (this.#isNewKey && this.#hostKey !== null) {
      await this.#options.environment.pinHostKey(this.#options.hop, this.#hostKey.fingerprint);
    }
  }

  async #withoutDeadline<T>(ask: () => Promise<T>): Promise<T> {
    this.#deadline.stop();
    try {
      return await ask();
    } finally {
      if (!this.#isSettled) this.#deadline.restart();
    }
  }

  #onError(error: Error & { level?: string }): void {
    const { hop } = this.#options;
    // An agent that fails to sign is one key that does not work; the next one is tried.
    if (error.level === "agent" || this.#isSettled) return;
    if (this.#lostWhileDeciding()) return;
    const where = `${hop.host}:${hop.port}`;
    if (/no matching host key format/.test(error.message)) return this.#settle({ kind: "no-such-key" });
    const mismatch = /Handshake failed: no matching (.*)/.exec(error.message);
    if (mismatch !== null) {
      return this.#fail(
        "algorithm-mismatch",
        told({ kind: "nothing-in-common", address: where, missing: mismatch[1] ?? "algorithm" }),
        { missing: mismatch[1] ?? "" },
        hop.legacyAlgorithms ? told({ kind: "update-ssh-server" }) : undefined,
      );
    }
    if (this.#isKeyExchanged && this.#authenticator !== null) {
      return this.#settle({ kind: "failed", failure: this.#authenticator.failure(error.message) });
    }
    this.#fail("host-unreachable", told({ kind: "handshake-failed", address: where, text: error.message }), {
      cause: error.message,
    });
  }

  #onClose(): void {
    if (this.#lostWhileDeciding()) return;
    const where = `${this.#options.hop.host}:${this.#options.hop.port}`;
    if (this.#isKeyExchanged && this.#authenticator !== null) {
      const said = "the server closed the connection";
      return this.#settle({ kind: "failed", failure: this.#authenticator.failure(said) });
    }
    this.#fail("host-unreachable", told({ kind: "handshake-closed", address: where }), {
      cause: "closed",
    });
  }

  /** True where the loss of the link is not the end: the admin's answer is worth another connection. */
  #lostWhileDeciding(): boolean {
    if (this.#isDeciding) this.#isLinkLost = true;
    else if (this.#isNewKey && !this.#isLoginBegun && this.#hostKey !== null) {
      this.#settle({ kind: "lost-while-deciding", accepted: this.#hostKey.fingerprint });
    }
    return this.#isDeciding || this.#isSettled;
  }

  #onTimeout(): void {
    const seconds = Math.round(this.#options.timeoutMs / 1000);
    const stage = this.#isKeyExchanged ? told({ kind: "stage-login" }) : told({ kind: "stage-handshake" });
    this.#fail("host-unreachable", told({ kind: "stage-too-slow", who: this.#who, stage, seconds }), {
      cause: "timed out",
    });
  }

  /** What the caller's own callbacks throw is the caller's to see. */
  readonly #onBug = (bug: unknown): void => {
    this.#reject(bug);
    this.#fail("internal", told({ kind: "connecting-broke-off" }));
  };

  readonly #onAbort = (): void =>
    this.#fail("cancelled", told({ kind: "connecting-stopped", where: this.#who }));

  #fail(...[code, message, context = {}, remedy]: Parameters<typeof fail>): void {
    const { hop } = this.#options;
    const where = { host: hop.host, port: hop.port };
    this.#settle({ kind: "failed", failure: fail(code, message, { ...where, ...context }, remedy).failure });
  }

  #settle(outcome: HandshakeOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#deadline.stop();
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    if (outcome.kind !== "ready") {
      this.#client.end();
      this.#options.transport.destroy();
    }
    this.#resolve(outcome);
  }
}
