/** A client for the QEMU Machine Protocol: one JSON document a line over a UNIX socket. */
import { createConnection, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { fail, ok, type Result } from "../../common/result.ts";

const lineLimit = 1024 * 1024;

interface Waiting {
  resolve(result: Result<unknown>): void;
}

export class QmpClient {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    const lines = createInterface({ input: socket });
    lines.on("line", (line) => this.#receive(line));
    socket.on("error", () => this.#end());
    socket.on("close", () => this.#end());
  }

  /** Connects and leaves negotiation mode. `image-failed` where nothing listens. */
  static async connect(path: string): Promise<Result<QmpClient>> {
    const socket = createConnection(path);
    const connected = await new Promise<Error | null>((resolve) => {
      socket.once("connect", () => resolve(null));
      socket.once("error", resolve);
    });
    if (connected !== null) return fail("image-failed", `QEMU does not answer: ${connected.message}`);
    const client = new QmpClient(socket);
    const ready = await client.execute("qmp_capabilities");
    return ready.ok ? ok(client) : ready;
  }

  /** Commands are answered in the order in which they were sent. */
  execute(command: string, args: Readonly<Record<string, string | number>> = {}): Promise<Result<unknown>> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) {
        resolve(fail("image-failed", "QEMU has ended"));
        return;
      }
      this.#waiting.push({ resolve });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(line: string): void {
    if (line.length > lineLimit) {
      this.#socket.destroy();
      return;
    }
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      return;
    }
    if (typeof message !== "object" || message === null) return;
    if ("return" in message) this.#waiting.shift()?.resolve(ok(message.return));
    else if ("error" in message) {
      this.#waiting.shift()?.resolve(fail("image-failed", `QEMU refused: ${JSON.stringify(message.error)}`));
    }
    // Greetings and events are of no interest.
  }

  #end(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve(fail("image-failed", "QEMU has ended"));
  }
}
