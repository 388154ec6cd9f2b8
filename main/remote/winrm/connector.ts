import { randomBytes, randomUUID } from "node:crypto";
import type { WinrmAddress } from "../../../common/domain/winrm.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { Secret } from "../../../common/secret.ts";
import { parseAccount, type NtlmAccount } from "./ntlm/account.ts";
import { tlsServerEndPoint } from "./ntlm/channel-binding.ts";
import type { WindowsSession } from "../contract.ts";
import { openWinrmSession } from "./session.ts";
import { checkCertificate, type CertificateDecision } from "./transport/certificate-pin.ts";
import { ChannelPool } from "./transport/channel-pool.ts";
import { dial } from "./transport/dial.ts";
import { HttpConnection } from "./transport/http-connection.ts";
import { negotiateLogin } from "./transport/negotiate-login.ts";
import { SoapChannel } from "./transport/soap-channel.ts";
import { WsmanClient } from "./wsman/wsman-client.ts";

export interface WinrmConnectorOptions {
  /** This machine's name, which the server's logs will show; may be empty. */
  readonly workstation: string;
  readonly now?: () => Date;
  /** Milliseconds on a clock that only goes forward. */
  readonly monotonicMs?: () => number;
  /** That many bytes that cannot be guessed. */
  readonly randomBytes?: (count: number) => Buffer;
  readonly newUuid?: () => string;
  /** How long the server may hold a request for output before it says that there is none. Default 20,000. */
  readonly operationTimeoutMs?: number;
}

export interface WinrmEnvironment {
  /** Reads a vault entry; `not-found` or `vault-locked` where it cannot. */
  secret(entry: string): Promise<Result<Secret>>;
  /** Asked when a server shows a certificate and none is pinned. */
  readonly decideCertificate: CertificateDecision;
  /** Called after a first-seen certificate was accepted, so that it is pinned durably. */
  pinCertificate(address: WinrmAddress, fingerprint: string): Promise<void>;
}

export interface WinrmConnector {
  /** `timeoutMs` (default 20,000) is the limit for reaching the service and again for each step of the login. */
  connect(
    address: WinrmAddress,
    environment: WinrmEnvironment,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<Result<WindowsSession>>;
}

const defaultTimeoutMs = 20_000;
const defaultOperationTimeoutMs = 20_000;
/** Input, output and the end of a command at once, twice over; servers allow 25 connections and more. */
const maxChannels = 6;
/** http.sys closes idle connections after two minutes. */
const maxIdleMs = 60_000;
/** What every WinRM version since 1.1 keeps to; larger answers come in pieces. */
const maxEnvelopeBytes = 153_600;

/** Connects to Windows sources over WinRM: NTLMv2 with sealing over HTTP, NTLMv2 or Basic over TLS. */
export function createWinrmConnector(options: WinrmConnectorOptions): WinrmConnector {
  return {
    async connect(
      address,
      environment,
      { signal = new AbortController().signal, timeoutMs = defaultTimeoutMs } = {},
    ) {
      const password = await environment.secret(address.authentication.passwordEntry);
      if (!password.ok) return password;
      const account = parseAccount(address.authentication.user);
      if (!account.ok) return account;
      const login = { address, account: account.value, password: password.value, timeoutMs };
      const opener = new ChannelOpener(login, environment, options);
      const pool = new ChannelPool({
        open: (openSignal) => opener.open(openSignal),
        maxChannels,
        maxIdleMs,
        monotonicMs: options.monotonicMs ?? (() => performance.now()),
      });
      const newUuid = options.newUuid ?? randomUUID;
      const client = new WsmanClient({
        settings: {
          endpoint: `${address.scheme}://${urlHost(address.host)}:${address.port}/wsman`,
          sessionId: newUuid(),
          maxEnvelopeBytes,
          operationTimeoutMs: options.operationTimeoutMs ?? defaultOperationTimeoutMs,
        },
        exchange: (envelope, limits) => pool.exchange(envelope, limits),
        newUuid,
      });
      const description = `${address.authentication.user}@${address.host}:${address.port}`;
      const session = await openWinrmSession({
        client,
        description,
        ownAddress: () => opener.ownAddress,
        signal,
        hangUp: () => pool.close(),
      });
      if (!session.ok) pool.close();
      return session;
    },
  };
}

interface Login {
  readonly address: WinrmAddress;
  readonly account: NtlmAccount;
  readonly password: Secret;
  readonly timeoutMs: number;
}

/** Opens the session's connections: each is dialled, its certificate compared, and logged in by itself. */
class ChannelOpener {
  readonly #login: Login;
  readonly #environment: WinrmEnvironment;
  readonly #options: WinrmConnectorOptions;
  #pinned: string | null;
  /** This machine's address on the last connection. */
  ownAddress: string | null = null;

  constructor(login: Login, environment: WinrmEnvironment, options: WinrmConnectorOptions) {
    this.#login = login;
    this.#environment = environment;
    this.#options = options;
    this.#pinned = login.address.scheme === "https" ? login.address.certificate : null;
  }

  async open(signal: AbortSignal): Promise<Result<SoapChannel>> {
    const isFirstSight = this.#pinned === null;
    const channel = await this.#openOnce(signal);
    // The server may hang up while a person compares the certificate.
    const wasPinned = isFirstSight && this.#pinned !== null;
    if (wasPinned && !channel.ok && channel.failure.code === "connection-lost") return this.#openOnce(signal);
    return channel;
  }

  async #openOnce(signal: AbortSignal): Promise<Result<SoapChannel>> {
    const { address, timeoutMs } = this.#login;
    const dialed = await dial(address, timeoutMs, signal);
    if (!dialed.ok) return dialed;
    const { socket, certificate } = dialed.value;
    this.ownAddress = socket.localAddress ?? null;
    const connection = new HttpConnection(socket, { host: address.host, port: address.port, path: "/wsman" });
    const channel = await this.#secure(connection, certificate, signal);
    if (!channel.ok) connection.close();
    return channel;
  }

  async #secure(
    connection: HttpConnection,
    certificate: Buffer | null,
    signal: AbortSignal,
  ): Promise<Result<SoapChannel>> {
    const { address } = this.#login;
    if (certificate !== null) {
      const accepted = await this.#accept(certificate);
      if (!accepted.ok) return accepted;
    }
    if (address.authentication.method === "basic") {
      if (certificate === null)
        return fail("input-invalid", told({ kind: "basic-needs-https" }), { field: "scheme" });
      return ok(new SoapChannel(connection, { kind: "tls", authorization: this.#basicAuthorization() }));
    }
    const security = await this.#negotiate(connection, certificate, signal);
    if (!security.ok) return security;
    if (certificate !== null) return ok(new SoapChannel(connection, { kind: "tls", authorization: null }));
    return ok(new SoapChannel(connection, { kind: "sealed", security: security.value }));
  }

  async #accept(certificate: Buffer): Promise<Result<void>> {
    const { address } = this.#login;
    const accepted = await checkCertificate(certificate, address, {
      pinned: this.#pinned,
      decide: this.#environment.decideCertificate,
      pin: (fingerprint) => this.#environment.pinCertificate(address, fingerprint),
    });
    if (!accepted.ok) return accepted;
    this.#pinned = accepted.value;
    return ok();
  }

  #negotiate(connection: HttpConnection, certificate: Buffer | null, signal: AbortSignal) {
    const { address, account, password, timeoutMs } = this.#login;
    const handshake = {
      account,
      password,
      workstation: this.#options.workstation,
      targetName: `HTTP/${address.host}`,
      channelBindings: certificate === null ? null : tlsServerEndPoint(certificate),
      now: this.#options.now ?? (() => new Date()),
      randomBytes: this.#options.randomBytes ?? randomBytes,
    };
    return negotiateLogin(connection, handshake, { timeoutMs, signal });
  }

  /** Windows takes Basic for local accounts alone, by their bare names. */
  #basicAuthorization(): string {
    const { account, password } = this.#login;
    const credentials = Buffer.from(`${account.user}:${password.reveal()}`, "utf8");
    return `Basic ${credentials.toString("base64")}`;
  }
}

function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
