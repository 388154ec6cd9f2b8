import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NtlmAcceptor, writeAccounts, type Account } from "./ntlm-acceptor.ts";
import { readSealed, sealedContentType, writeSealed } from "./sealed-multipart.ts";
import { fault, readRequest, type FaultText, type SoapRequest } from "./soap.ts";

/** Something that goes wrong with one request. */
export type Mishap =
  /** The answer's last sealed byte is altered on its way. */
  | { readonly kind: "corrupt-seal" }
  /** The answer breaks off half-way and the connection closes. */
  | { readonly kind: "truncate" }
  /** The connection closes without an answer; the request was acted upon. */
  | { readonly kind: "drop" }
  /** No answer ever comes. */
  | { readonly kind: "silence" }
  /** The answer comes in the clear. */
  | { readonly kind: "unsealed" }
  /** The server forgets the login of this connection and refuses the request. */
  | { readonly kind: "forget-login" }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "fault"; readonly fault: FaultText }
  /** The answer is this text, sealed properly. */
  | { readonly kind: "answer"; readonly text: string };

export interface WinrmEndpointOptions {
  readonly acceptorProgram: string;
  readonly accounts: readonly Account[];
  /** Answers envelopes; gets what was sealed. */
  handle(request: SoapRequest, envelopeBytes: number): Promise<string>;
  readonly tls?: { readonly key: string; readonly cert: string; readonly certificateDer: Buffer };
  /** Hash of the channel binding; the certificate's own, which the test knows. */
  readonly bindingHash?: "sha256" | "sha384" | "sha512";
  /** Binds NTLM to another certificate than the shown one: somebody between two TLS connections. */
  readonly boundCertificateDer?: Buffer;
  readonly allowBasic?: boolean;
  /** False: the server offers no Negotiate. */
  readonly offerNegotiate?: boolean;
  /** True: a policy forbids NTLM, and Negotiate is offered for Kerberos' sake. */
  readonly refuseNtlm?: boolean;
  /** Asked before each request that is logged in. */
  mishap?(request: SoapRequest, count: number): Mishap | null;
}

interface Connection {
  readonly acceptor: NtlmAcceptor;
  user: string | null;
}

/** A WinRM service on a port of the loopback interface, whose NTLM is gss-ntlmssp's. */
export class WinrmEndpoint {
  readonly #options: WinrmEndpointOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), "sma-winrm-"));
  readonly #accountsFile = join(this.#folder, "accounts");
  readonly #connections = new Map<Socket, Connection>();
  readonly #sockets = new Set<Socket>();
  readonly #server;
  #requests = 0;
  #logins = 0;
  /** What the endpoint's own code did not expect; tests assert that it stays empty. */
  readonly errors: string[] = [];
  readonly actions: string[] = [];
  readonly bodies: Buffer[] = [];

  private constructor(options: WinrmEndpointOptions) {
    this.#options = options;
    writeAccounts(this.#accountsFile, options.accounts);
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch((error: unknown) => {
        // The client may hang up whenever it likes.
        if (!response.destroyed) this.errors.push(String(error));
        response.destroy();
      });
    };
    this.#server =
      options.tls === undefined
        ? createHttp({ keepAliveTimeout: 120_000 }, listener)
        : createHttps({ key: options.tls.key, cert: options.tls.cert, keepAliveTimeout: 120_000 }, listener);
    this.#server.on(options.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => {
        this.#sockets.delete(socket);
        this.#connections.get(socket)?.acceptor.close();
        this.#connections.delete(socket);
      });
    });
  }

  static async start(options: WinrmEndpointOptions): Promise<WinrmEndpoint> {
    const endpoint = new WinrmEndpoint(options);
    await new Promise<void>((resolve) => endpoint.#server.listen(0, "127.0.0.1", resolve));
    return endpoint;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** Logins that were accepted. */
  get logins(): number {
    return this.#logins;
  }

  /** Cuts all connections, as a network that fails does. */
  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cutConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    if (request.url !== "/wsman" || request.method !== "POST") return reply(response, 404);
    const connection = this.#connection(request.socket);
    const authorization = request.headers.authorization ?? "";
    if (authorization.startsWith("Basic "))
      return this.#serveBasic(authorization.slice(6), body, response, request);
    const takesNtlm = this.#options.offerNegotiate !== false && this.#options.refuseNtlm !== true;
    if (authorization.startsWith("Negotiate ") && takesNtlm) {
      return this.#authenticate(connection, Buffer.from(authorization.slice(10), "base64"), response);
    }
    if (connection.user === null) return this.#challenge(response);
    if (this.#options.tls !== undefined)
      return this.#answer(body.toString("utf8"), null, response, connection);
    this.bodies.push(body);
    const framed = readSealed(body);
    const plain = framed === null ? null : await connection.acceptor.unwrap(framed.sealed);
    if (framed === null || plain === null || plain.length !== framed.plainLength) return reply(response, 400);
    return this.#answer(plain.toString("utf8"), connection.acceptor, response, connection);
  }

  async #authenticate(connection: Connection, token: Buffer, response: ServerResponse): Promise<void> {
    const answer = await connection.acceptor.accept(token, this.#channelBindings());
    switch (answer.kind) {
      case "continue":
        return reply(response, 401, { "WWW-Authenticate": `Negotiate ${answer.token.toString("base64")}` });
      case "done":
        connection.user = answer.name;
        this.#logins += 1;
        return reply(response, 200);
      case "error":
        return this.#challenge(response);
    }
  }

  #challenge(response: ServerResponse): void {
    const offers = [
      ...(this.#options.offerNegotiate === false ? ["CredSSP"] : ["Negotiate"]),
      ...(this.#options.allowBasic === true ? ['Basic realm="WSMAN"'] : ["Kerberos"]),
    ];
    reply(response, 401, { "WWW-Authenticate": offers });
  }

  async #serveBasic(credentials: string, body: Buffer, response: ServerResponse, request: IncomingMessage) {
    const given = Buffer.from(credentials, "base64").toString("utf8");
    const known = this.#options.accounts.some(({ user, password }) => given === `${user}:${password}`);
    if (this.#options.tls === undefined || this.#options.allowBasic !== true || !known)
      return this.#challenge(response);
    return this.#answer(body.toString("utf8"), null, response, this.#connection(request.socket));
  }

  async #answer(
    envelope: string,
    seal: NtlmAcceptor | null,
    response: ServerResponse,
    connection: Connection,
  ): Promise<void> {
    const request = readRequest(envelope);
    this.actions.push(request.action);
    const mishap = this.#options.mishap?.(request, ++this.#requests) ?? null;
    if (mishap?.kind === "silence") return;
    if (mishap?.kind === "status") return reply(response, mishap.status);
    if (mishap?.kind === "forget-login") {
      connection.user = null;
      return this.#challenge(response);
    }
    const text = await this.#textFor(request, envelope, mishap);
    if (mishap?.kind === "drop") return void response.socket?.destroy();
    const status = text.includes("<s:Fault>") ? 500 : 200;
    if (seal === null || mishap?.kind === "unsealed") {
      return reply(
        response,
        status,
        { "Content-Type": "application/soap+xml;charset=UTF-8" },
        Buffer.from(text),
      );
    }
    const plain = Buffer.from(text);
    const sealed = await seal.wrap(plain);
    if (mishap?.kind === "corrupt-seal")
      sealed.writeUInt8(sealed.readUInt8(sealed.length - 1) ^ 1, sealed.length - 1);
    const framed = writeSealed(sealed, plain.length);
    if (mishap?.kind === "truncate") {
      response.writeHead(status, { "Content-Type": sealedContentType, "Content-Length": framed.length });
      response.write(framed.subarray(0, framed.length / 2), () => response.socket?.destroy());
      return;
    }
    reply(response, status, { "Content-Type": sealedContentType }, framed);
  }

  #textFor(request: SoapRequest, envelope: string, mishap: Mishap | null): Promise<string> {
    if (mishap?.kind === "answer") return Promise.resolve(mishap.text);
    if (mishap?.kind === "fault") return Promise.resolve(fault(request, mishap.fault));
    return this.#options.handle(request, Buffer.byteLength(envelope));
  }

  #channelBindings(): Buffer | null {
    const { tls, boundCertificateDer, bindingHash } = this.#options;
    if (tls === undefined) return null;
    const der = boundCertificateDer ?? tls.certificateDer;
    const hash = createHash(bindingHash ?? "sha256")
      .update(der)
      .digest();
    return Buffer.concat([Buffer.from("tls-server-end-point:"), hash]);
  }

  #connection(socket: Socket): Connection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) {
      connection = {
        acceptor: new NtlmAcceptor(this.#options.acceptorProgram, this.#accountsFile),
        user: null,
      };
      this.#connections.set(socket, connection);
    }
    return connection;
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function reply(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | string[]>> = {},
  body: Buffer = Buffer.alloc(0),
): void {
  response.writeHead(status, { Server: "Microsoft-HTTPAPI/2.0", ...headers, "Content-Length": body.length });
  response.end(body);
}
