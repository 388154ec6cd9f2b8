import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";
import { failure, FailureError, type Failure } from "../../common/result.ts";
import { Secret } from "../../common/secret.ts";

/** What the CLI says and asks. Results go to standard output, everything else to standard error. */
export class Terminal {
  readonly json: boolean;
  readonly #out: NodeJS.WriteStream;
  readonly #err: NodeJS.WriteStream;
  readonly #in: NodeJS.ReadStream;
  #statusShown = false;

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
    return this.#err.columns ?? 100;
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

  fail(failure: Failure): void {
    if (this.json) {
      this.printJson({ ok: false, failure });
      return;
    }
    this.note(`error: ${failure.message} [${failure.code}]`);
    for (const [key, value] of Object.entries(failure.context)) {
      const shown = Array.isArray(value) ? value.join("; ") : String(value);
      if (shown !== "" && !failure.message.includes(shown)) this.note(`  ${key}: ${shown}`);
    }
    this.note(`  ${failure.remedy}`);
  }

  /** Replaces the line at the bottom of a live terminal. */
  status(line: string): void {
    if (!this.isLive) return;
    this.#err.write(`\r\x1b[2K${line.slice(0, this.columns - 1)}`);
    this.#statusShown = true;
  }

  clearStatus(): void {
    if (!this.#statusShown) return;
    this.#err.write("\r\x1b[2K");
    this.#statusShown = false;
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

/** What is entered; Ctrl-C, and the end of the input, end the command. */
function answerTo(reader: Interface, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new FailureError(failure("cancelled", "the question was not answered")));
    reader.once("SIGINT", giveUp).once("close", giveUp);
    reader.question(question, resolve);
  });
}
