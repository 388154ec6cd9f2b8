import { open, type FileHandle } from "node:fs/promises";

const mostBytes = 1_048_576;
const tailCharacters = 65_536;

/** Writes a guest's serial output to a file, at most 1 MiB of it, and keeps the last 64 Ki characters at hand. */
export class ConsoleLog {
  readonly path: string;
  readonly #file: FileHandle;
  #queue: Promise<unknown> = Promise.resolve();
  #written = 0;
  #tail = "";

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  static async create(path: string): Promise<ConsoleLog> {
    return new ConsoleLog(path, await open(path, "w", 0o600));
  }

  get tail(): string {
    return this.#tail;
  }

  append(bytes: Buffer): void {
    this.#tail = (this.#tail + bytes.toString("latin1")).slice(-tailCharacters);
    const room = mostBytes - this.#written;
    if (room <= 0) return;
    this.#written += bytes.length;
    const kept =
      bytes.length > room ? Buffer.concat([bytes.subarray(0, room), Buffer.from("\n[log full]\n")]) : bytes;
    // A log that cannot be written must not end the boot check: the verdict rests on what was seen.
    this.#queue = this.#queue.then(() => this.#file.appendFile(kept)).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#queue;
    await this.#file.close();
  }
}
