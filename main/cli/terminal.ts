import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";
import { failure, FailureError, type Failure } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { Secret } from "../../common/secret.ts";

/** What the CLI says and asks. Results go to standard output, everything else to standard error. */
export class Terminal {
  readonly json: boolean;
  readonly #out: NodeJS.WriteStream;
  readonly #err: NodeJS.WriteStream;
  readonly #in: NodeJS.ReadStream;
  /** How many lines at the bottom are the status. */
  #statusLines = 0;

  constructor(
    json: boolean,
    streams: { out: NodeJS.WriteStream; err: NodeJS.WriteStream; in: NodeJS.ReadStream },
  ) {
    this.json = json;
    this.#out = streams.out;
    this.#err = streams.err;
    this.#in = streams.in;
  }

  get canAsk(): boolean {
    return this.#in.isTTY && this.#err.isTTY;
  }

  get isLive(): boolean {
    return this.#err.isTTY;
  }

  get columns(): number {
    return this.#err.columns ?? this.#out.columns ?? 100;
  }

  /** A line of the result for a person; silent with --json. */
  print(line = ""): void {
    if (this.json) return;
    this.clearStatus();
    this.#out.write(`${line}\n`);
  }

  /** The result for a program; silent without --json. */
  printJson(value: unknown): void {
    if (this.json) this.#out.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** Text that is the result itself, whatever the mode. */
  write(output: string): void {
    this.#out.write(output);
  }

  note(line: string): void {
    this.clearStatus();
    this.#err.write(`${line}\n`);
  }

  /** The command's result is a failure. */
  fail(what: Failure): void {
    this.printJson({ ok: false, failure: what });
    this.explain(what);
  }

  /** The command line is wrong; `command` is what was called. */
  misused(command: string, message: string, remedy: string): void {
    if (this.json) {
      // The command line speaks English alone.
      const inEnglish = (text: string) => told({ kind: "tool-said", text });
      this.fail(failure("input-invalid", inEnglish(message), { command }, inEnglish(remedy)));
    } else this.note(`${command}: ${message}`);
  }

  /** A failure that is part of what a command tells; silent with --json. */
  explain({ message, code, context, remedy }: Failure): void {
    if (this.json) return;
    this.note(`error: ${message} [${code}]`);
    for (const [key, value] of Object.entries(context)) {
      const shown = Array.isArray(value) ? value.join("; ") : String(value);
      if (shown !== "" && !message.includes(shown)) this.note(`  ${key}: ${shown}`);
    }
    this.note(`  ${remedy}`);
  }

  /**
   * Replaces what stands at the bottom of a live terminal. Parts stay whole: one that has no room beside those before
   * it goes to the next line.
   */
  status(...parts: readonly string[]): void {
    if (!this.isLive) return;
    const lines = inLines(parts, this.columns - 1);
    this.clearStatus();
    this.#err.write(lines.join("\n"));
    this.#statusLines = lines.length;
  }

  clearStatus(): void {
    if (this.#statusLines === 0) return;
    this.#err.write(`${"\r\x1b[2K\x1b[1A".repeat(this.#statusLines - 1)}\r\x1b[2K`);
    this.#statusLines = 0;
  }

  async ask(question: string): Promise<string> {
    this.clearStatus();
    const reader = createInterface({ input: this.#in, output: this.#err });
    try {
      return await answerTo(reader, question);
    } finally {
      reader.close();
    }
  }

  /** Calls back for each line that is entered, for as long as the process lives. */
  onLine(act: (line: string) => void): void {
    createInterface({ input: this.#in }).on("line", act);
  }

  /** Asks without showing what is typed. */
  async askSecret(question: string): Promise<Secret> {
    this.clearStatus();
    this.#err.write(question);
    const mute = new Writable({ write: (_part, _encoding, done) => done() });
    const reader = createInterface({ input: this.#in, output: mute, terminal: true });
    try {
      return new Secret(await answerTo(reader, ""));
    } finally {
      reader.close();
      this.#err.write("\n");
    }
  }
}

function inLines(parts: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 2 + part.length <= columns)
      lines[lines.length - 1] = `${last}  ${part}`;
    else lines.push(part.slice(0, columns));
  }
  return lines;
}

/** What is entered; Ctrl-C, and the end of the input, end the command. */
function answerTo(reader: Interface, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const giveUp = () =>
      reject(new FailureError(failure("cancelled", told({ kind: "question-unanswered" }))));
    reader.once("SIGINT", giveUp).once("close", giveUp);
    reader.question(question, resolve);
  });
}
