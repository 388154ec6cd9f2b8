import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ProcessStreams } from "./windows-machine.ts";

const compiler = "/usr/bin/x86_64-w64-mingw32-gcc";
const run = promisify(execFile);

/** Why tests under wine cannot run here; null where they can. */
export function wineObstacle(): string | null {
  if (!existsSync("/usr/bin/wine")) return "wine is not installed";
  if (!existsSync(compiler)) return "gcc-mingw-w64-x86-64 is not installed";
  return null;
}

/** Compiles one of this folder's Windows programs and gives its bytes. */
export async function compileForWindows(source: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "sma-mingw-"));
  try {
    const output = join(folder, "program.exe");
    const flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O1", "-municode", "-static"];
    await run(compiler, [...flags, "-o", output, join(import.meta.dirname, source)]);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A wine prefix of its own, in which command lines run as Windows would run them. */
export class Wine {
  readonly #prefix: string;

  private constructor(prefix: string) {
    this.#prefix = prefix;
  }

  static async start(): Promise<Wine> {
    const wine = new Wine(mkdtempSync(join(tmpdir(), "sma-wine-")));
    await run("/usr/bin/wine", ["wineboot", "--init"], { env: wine.#environment });
    mkdirSync(join(wine.driveC, "sma"));
    writeFileSync(join(wine.driveC, "sma", "start.exe"), await compileForWindows("wine-start.c"));
    return wine;
  }

  get driveC(): string {
    return join(this.#prefix, "drive_c");
  }

  /** Runs a command line; gives its exit code. */
  execute(commandLine: string, { stdin, stdout, stderr, signal }: ProcessStreams): Promise<number> {
    const name = `${randomUUID()}.txt`;
    writeFileSync(join(this.driveC, "sma", name), Buffer.from(commandLine, "utf16le"));
    const child = spawn("/usr/bin/wine", ["C:\\sma\\start.exe", `C:\\sma\\${name}`], {
      env: this.#environment,
      signal,
    });
    child.stdin.on("error", () => undefined);
    stdin.pipe(child.stdin);
    child.stdout.pipe(stdout, { end: false });
    child.stderr.pipe(stderr, { end: false });
    return new Promise((resolve) => {
      child.once("error", () => resolve(1));
      child.once("close", (code) => resolve(code ?? 1));
    });
  }

  async stop(): Promise<void> {
    await run("/usr/bin/wineserver", ["-k", "-w"], { env: this.#environment }).catch(() => undefined);
    rmSync(this.#prefix, { recursive: true, force: true });
  }

  get #environment(): NodeJS.ProcessEnv {
    return { ...process.env, WINEPREFIX: this.#prefix, WINEARCH: "win64", WINEDEBUG: "-all", DISPLAY: "" };
  }
}
