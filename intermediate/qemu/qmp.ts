/**
 * QMP, QEMU's machine protocol: one JSON document a line, over QEMU's standard input and output. Only what is needed
 * here: commands one after another, events as they come.
 */
import type { Readable, Writable } from "node:stream";
import { z } from "zod";

const messageSchema = z.union([
  z.object({ QMP: z.unknown() }),
  z.object({ return: z.unknown(), id: z.number().optional() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }), id: z.number().optional() }),
  z.object({ event: z.string(), data: z.record(z.string(), z.unknown()).optional() }),
]);

export type QmpAnswer =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };

interface Waiting {
  settle(answer: QmpAnswer): void;
}

/** After the stream ends, every command answers `QEMU has ended`. */
export class QmpClient {
  readonly #commands: Writable;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #ended = false;

  constructor(answers: Readable, commands: Writable, onEvent: (event: string) => void) {
    this.#commands = commands;
    commands.on("error", () => this.#end());
    let rest = "";
    answers.setEncoding("utf8");
    answers.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#receive(line, onEvent);
    });
    answers.on("close", () => this.#end());
    answers.on("error", () => this.#end());
  }

  execute(command: string, argumentsOfCommand: Readonly<Record<string, unknown>> = {}): Promise<QmpAnswer> {
    if (this.#ended) return Promise.resolve({ ok: false, error: "QEMU has ended" });
    const id = this.#nextId++;
    return new Promise((settle) => {
      this.#waiting.set(id, { settle });
      this.#commands.write(`${JSON.stringify({ execute: command, arguments: argumentsOfCommand, id })}\n`);
    });
  }

  /** A command of the human monitor; its answer is text for people. */
  async executeHuman(commandLine: string): Promise<string | null> {
    const answer = await this.execute("human-monitor-command", { "command-line": commandLine });
    return answer.ok && typeof answer.value === "string" ? answer.value : null;
  }

  #receive(line: string, onEvent: (event: string) => void): void {
    let message: z.infer<typeof messageSchema>;
    try {
      message = messageSchema.parse(JSON.parse(line));
    } catch {
      return;
    }
    if ("event" in message) return onEvent(message.event);
    if ("QMP" in message || message.id === undefined) return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    waiting?.settle(
      "error" in message ? { ok: false, error: message.error.desc } : { ok: true, value: message.return },
    );
  }

  #end(): void {
    this.#ended = true;
    for (const { settle } of this.#waiting.values()) settle({ ok: false, error: "QEMU has ended" });
    this.#waiting.clear();
  }
}
