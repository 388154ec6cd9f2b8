import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { fail, ok, type Result } from "../../../../common/result.ts";
import type { Told } from "../../../../common/domain/remark.ts";
import { told } from "../../../../common/domain/report-text/told.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** From the first byte sent to the last received. */
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly signal: AbortSignal;
}

/**
 * HTTP/1.1 over one socket that is already connected. NTLM authenticates the connection, not the request, so nothing
 * here ever opens another one: once the socket is gone, the connection is dead. One request at a time.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #agent: OneSocketAgent;
  readonly #target: { readonly host: string; readonly port: number; readonly path: string };
  #usable = true;

  constructor(
    socket: Socket,
    target: { readonly host: string; readonly port: number; readonly path: string },
  ) {
    this.#socket = socket;
    this.#agent = new OneSocketAgent(socket);
    this.#target = target;
    socket.on("error", () => undefined);
    socket.once("close", () => {
      this.#usable = false;
    });
  }

  /** False once the socket is closed or an exchange failed. */
  get usable(): boolean {
    return this.#usable && !this.#socket.destroyed;
  }

  /** May be called twice. */
  close(): void {
    this.#usable = false;
    this.#agent.destroy();
    this.#socket.destroy();
  }

  /** Posts `body` and waits for the whole answer, whatever its status. After a failure the connection is closed. */
  async post(options: PostOptions): Promise<Result<HttpAnswer>> {
    if (!this.usable) return lost(told({ kind: "winrm-line-closed" }));
    const answer = await this.#exchange(options);
    if (!answer.ok) this.close();
    return answer;
  }

  #exchange({ headers, body, timeoutMs, maxAnswerBytes, signal }: PostOptions): Promise<Result<HttpAnswer>> {
    return new Promise((resolve) => {
      const deadline = AbortSignal.timeout(timeoutMs);
      const outgoing = request({
        agent: this.#agent,
        method: "POST",
        ...this.#target,
        headers: { ...headers, "Content-Length": String(body.length) },
        signal: AbortSignal.any([signal, deadline]),
      });
      const explain = (error: Error) => {
        if (signal.aborted) resolve(fail("cancelled", told({ kind: "request-stopped" })));
        else if (deadline.aborted)
          resolve(fail("connection-lost", told({ kind: "no-winrm-answer", seconds: timeoutMs / 1000 })));
        else resolve(lost(told({ kind: "tool-said", text: error.message })));
      };
      outgoing.once("error", explain);
      outgoing.once("response", (incoming) => {
        collect(incoming, maxAnswerBytes).then(resolve, explain);
      });
      outgoing.end(body);
    });
  }
}

async function collect(incoming: IncomingMessage, maxBytes: number): Promise<Result<HttpAnswer>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) {
      incoming.destroy();
      return fail("protocol-violation", told({ kind: "winrm-answer-too-large", bytes: maxBytes }));
    }
    chunks.push(chunk);
  }
  return ok({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) });
}

function lost(why: Told) {
  return fail("connection-lost", told({ kind: "winrm-line-lost", because: why }));
}

/** Hands out its socket once and keeps it alive between requests. */
class OneSocketAgent extends Agent {
  #socket: Socket | null;
  readonly #used: Socket;

  constructor(socket: Socket) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#socket = socket;
    this.#used = socket;
  }

  override createConnection(
    _options: unknown,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null {
    const socket = this.#socket;
    this.#socket = null;
    // The signature wants a stream beside the error; the used one serves as well as another.
    if (socket === null) callback?.(new Error("the connection was closed"), this.#used);
    return socket;
  }
}
