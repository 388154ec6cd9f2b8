/**
 * `sma serve`: the assistant for a browser. Every request is checked in this order: is it addressed to us (Host), does
 * it come from our own page (Origin, for whatever acts), does it carry a session's cookie, is it within its rate.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { Secret } from "../../common/secret.ts";
import type { Assistant } from "../assistant.ts";
import { EventLog } from "../engine/event-log.ts";
import type { BrowserSessions } from "./browser-sessions.ts";
import { limitConnections } from "./connection-limit.ts";
import { EventSockets } from "./event-socket.ts";
import { listen, makeServer } from "./listen.ts";
import { createPasswordCheck } from "./password-check.ts";
import { answerProcedure } from "./procedure-route.ts";
import { endAfterAnswer, readBody, sendResult } from "./request-body.ts";
import { RateLimit } from "./rate-limit.ts";
import {
  authoritiesOf,
  cookieOf,
  isForUs,
  isFromUs,
  isLoopback,
  networkOf,
  type GuardOptions,
} from "./request-guard.ts";
import { createSignInPages } from "./sign-in-pages.ts";
import { StaticFiles } from "./static-files.ts";

export interface ServeOptions {
  readonly assistant: Assistant;
  /** Folder of the built screens. */
  readonly screensDirectory: string;
  readonly sessions: BrowserSessions;
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Names besides `address` under which browsers may reach this server. */
  readonly names: readonly string[];
  readonly tls: { readonly certificate: string; readonly key: Secret } | null;
  /** Wanted where others than this machine can reach the server. */
  readonly password: Secret | null;
  readonly clock: () => number;
}

export interface RunningServer {
  readonly origin: string;
  /** A link that signs one browser in, once. */
  newLink(): string;
  close(): Promise<void>;
}

const callLimit = { burst: 400, perSecond: 100 };
const signInLimit = { burst: 6, perSecond: 0.1 };
const mostChecksAtOnce = 4;

export async function startServer(options: ServeOptions): Promise<Result<RunningServer>> {
  const { address, tls, password } = options;
  if (!isLoopback(address) && (tls === null || password === null)) {
    return fail(
      "input-invalid",
      told({ kind: "reachable-by-others", address }),
      { address },
      told({ kind: "give-tls-or-tunnel" }),
    );
  }
  const made = makeServer(tls);
  if (!made.ok) return made;
  const server = made.value;
  const listening = await listen(server, address, options.port);
  if (!listening.ok) return listening;
  const port = listening.value;
  const host = new BrowserHost(options, port);
  server.maxConnections = 512;
  limitConnections(server);
  server.headersTimeout = 20_000;
  server.requestTimeout = 120_000;
  server.on("request", (request, response) => void host.answer(request, response));
  server.on("upgrade", (request, socket, head) => host.upgrade(request, socket, head));
  server.on("clientError", (_error, socket) => socket.destroy());

  return ok({
    origin: host.origin,
    newLink: () => `${host.origin}/enter?token=${options.sessions.newToken()}`,
    async close() {
      host.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

class BrowserHost {
  readonly origin: string;
  readonly #options: ServeOptions;
  readonly #guard: GuardOptions;
  readonly #cookieName: string;
  readonly #cookieAttributes: string;
  readonly #files: StaticFiles;
  readonly #pages: ReturnType<typeof createSignInPages>;
  readonly #calls: RateLimit;
  readonly #signIns: RateLimit;
  readonly #log = new EventLog();
  readonly #engine = randomBytes(9).toString("base64url");
  readonly #sockets: EventSockets;
  readonly #unsubscribe: () => void;
  readonly #isPassword: (given: string) => Promise<boolean>;
  #checking = 0;

  constructor(options: ServeOptions, port: number) {
    const isTls = options.tls !== null;
    this.#options = options;
    const names = [options.address, ...options.names];
    if (isLoopback(options.address)) names.push("127.0.0.1", "localhost", "::1");
    this.#guard = { authorities: authoritiesOf(names, port, isTls), isTls };
    const shown = options.names[0] ?? options.address;
    this.origin = `${isTls ? "https" : "http"}://${shown.includes(":") ? `[${shown}]` : shown}:${port}`;
    // Cookies do not know ports: two servers on one machine must not overwrite each other's.
    this.#cookieName = `${isTls ? "__Host-" : ""}sma-session-${port}`;
    this.#cookieAttributes = `Path=/; HttpOnly; SameSite=Strict${isTls ? "; Secure" : ""}`;
    this.#files = new StaticFiles(options.screensDirectory, isTls);
    this.#pages = createSignInPages({ isTls, takesPassword: options.password !== null });
    this.#calls = new RateLimit(callLimit, options.clock);
    this.#signIns = new RateLimit(signInLimit, options.clock);
    this.#sockets = new EventSockets(this.#log, this.#engine);
    this.#unsubscribe = options.assistant.subscribe((event) => this.#log.append(event));
    this.#isPassword = createPasswordCheck(options.password);
  }

  close(): void {
    this.#unsubscribe();
    this.#sockets.close();
    this.#log.close();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      // The request's connection broke, or this is a defect; either way the other requests go on.
      if (!response.headersSent)
        sendResult(
          response,
          500,
          fail("internal", told({ kind: "request-broke-off-why", text: String(error) })),
        );
      else response.destroy();
    }
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refuse = (status: string) => socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    socket.on("error", () => socket.destroy());
    if (!isForUs(request, this.#guard)) refuse("421 Misdirected Request");
    else if (!isFromUs(request, this.#guard)) refuse("403 Forbidden");
    else if (!this.#isSignedIn(request)) refuse("401 Unauthorized");
    else if (this.#sockets.isFull) refuse("503 Service Unavailable");
    else {
      const url = URL.parse(request.url ?? "/", this.origin);
      if (url?.pathname !== "/events") refuse("404 Not Found");
      else this.#sockets.accept(request, socket, head, url, () => this.#isSignedIn(request));
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isForUs(request, this.#guard)) {
      sendResult(
        response,
        421,
        fail("input-invalid", told({ kind: "server-name-unknown" }), { field: "Host" }),
      );
      return;
    }
    const url = URL.parse(request.url ?? "/", this.origin);
    if (url === null) {
      sendResult(response, 400, fail("input-invalid", told({ kind: "address-no-path" }), { field: "path" }));
      return;
    }
    const isReading = request.method === "GET" || request.method === "HEAD";
    if (!isReading && !isFromUs(request, this.#guard)) {
      sendResult(
        response,
        403,
        fail("input-invalid", told({ kind: "from-other-site" }), { field: "Origin" }),
      );
      return;
    }
    if (request.method === "POST" && url.pathname.startsWith("/api/"))
      return this.#callProcedure(url, request, response);
    if (request.method === "POST" && url.pathname === "/login") return this.#logIn(request, response);
    if (request.method === "POST" && url.pathname === "/sign-out") return this.#signOut(request, response);
    if (!isReading) {
      sendResult(response, 405, fail("input-invalid", told({ kind: "not-done-here" }), { field: "method" }));
      return;
    }
    if (url.pathname === "/enter") return this.#enter(url, request, response);
    if (!this.#isSignedIn(request)) return this.#pages.signedOut(response);
    if (await this.#files.send(url.pathname, response)) return;
    // Paths without a dot are places in the app, which finds its own way.
    if (url.pathname.includes(".")) {
      sendResult(response, 404, fail("not-found", told({ kind: "no-such-file" }), { path: url.pathname }));
      return;
    }
    await this.#files.sendIndex({ engine: this.#engine, after: this.#log.seq }, response);
  }

  async #callProcedure(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const secret = cookieOf(request, this.#cookieName);
    if (secret === null || !this.#options.sessions.isLive(secret)) {
      sendResult(response, 401, fail("not-signed-in", told({ kind: "browser-not-signed-in" })));
      return;
    }
    if (!this.#calls.take(secret)) {
      sendResult(response, 429, fail("rate-limited", told({ kind: "too-many-at-a-time" })));
      return;
    }
    await answerProcedure(
      this.#options.assistant,
      // Names of procedures have nothing in them that would have to be encoded.
      url.pathname.slice("/api/".length),
      request,
      response,
    );
  }

  async #enter(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#isSignedIn(request)) return this.#goOn(response, cookieOf(request, this.#cookieName) ?? "");
    if (!this.#signIns.take(networkOf(request.socket.remoteAddress ?? "")))
      return this.#pages.tooMany(response);
    // A browser that looks ahead must not spend the link.
    if (request.method !== "GET" || /prefetch|prerender/i.test(String(request.headers["sec-purpose"] ?? "")))
      return this.#pages.signedOut(response);
    const secret = await this.#options.sessions.redeem(url.searchParams.get("token") ?? "");
    if (secret === null) return this.#pages.spentLink(response);
    this.#goOn(response, secret);
  }

  async #logIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#options.password === null) return this.#pages.signedOut(response, 404);
    if (!this.#signIns.take(networkOf(request.socket.remoteAddress ?? "")))
      return this.#pages.tooMany(response);
    const body = await readBody(request, 4096);
    if (body === null) {
      endAfterAnswer(response);
      return this.#pages.wrongPassword(response);
    }
    // Deriving a key is dear on purpose; many addresses at once must not keep the processors from everything else.
    if (this.#checking >= mostChecksAtOnce) return this.#pages.tooMany(response);
    this.#checking += 1;
    const given = new URLSearchParams(body.toString("utf8")).get("password") ?? "";
    const isRight = await this.#isPassword(given).finally(() => (this.#checking -= 1));
    if (!isRight) return this.#pages.wrongPassword(response);
    this.#goOn(response, await this.#options.sessions.start());
  }

  async #signOut(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#options.sessions.end(cookieOf(request, this.#cookieName) ?? "");
    response.setHeader("Set-Cookie", `${this.#cookieName}=; ${this.#cookieAttributes}; Max-Age=0`);
    sendResult(response, 200, ok(null));
  }

  #goOn(response: ServerResponse, secret: string): void {
    this.#pages.signedIn(response, `${this.#cookieName}=${secret}; ${this.#cookieAttributes}`);
  }

  #isSignedIn(request: IncomingMessage): boolean {
    const secret = cookieOf(request, this.#cookieName);
    return secret !== null && this.#options.sessions.isLive(secret);
  }
}
