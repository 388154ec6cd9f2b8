import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { makePrefix, wineObstacle, type WineInstallation } from "../agent/wine-installation.ts";
import type { ProcessStreams } from "./windows-machine.ts";

const compiler = "/usr/bin/x86_64-w64-mingw32-gcc";
const run = promisify(execFile);

/** Why tests under wine cannot run here; null where they can. */
export function compilingWineObstacle(): string | null {
  if (!existsSync(compiler)) return "gcc-mingw-w64-x86-64 is not installed";
  return wineObstacle("x86_64");
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
  readonly #outer: string;
  readonly #prefix: string;
  readonly #wine: WineInstallation;

  private constructor() {
    this.#outer = mkdtempSync(join(tmpdir(), "sma-wine-"));
    this.#prefix = join(this.#outer, "prefix");
    this.#wine = makePrefix("x86_64", this.#prefix);
  }

  static async start(): Promise<Wine> {
    const wine = new Wine();
    mkdirSync(join(wine.driveC, "sma"));
    writeFileSync(join(wine.driveC, "sma", "start.exe"), await compileForWindows("wine-start.c"));
    return wine;
  }

  get driveC(): string {
    return join(this.#prefix, "drive_c");
  }

  /** Makes `\\.\X:` the device that holds this file's bytes. */
  attachDevice(letter: string, file: string): void {
    symlinkSync(file, join(this.#prefix, "dosdevices", `${letter.toLowerCase()}::`));
  }

  /** Runs a command line; gives its exit code. */
  execute(commandLine: string, { stdin, stdout, stderr, signal }: ProcessStreams): Promise<number> {
    const name = randomUUID();
    const path = (ending: string) => join(this.driveC, "sma", `${name}.${ending}`);
    writeFileSync(path("txt"), Buffer.from(commandLine, "utf16le"));
    // Through files: a pipe stays open as long as anything that was started in the background.
    const [out, err] = [openSync(path("out"), "w"), openSync(path("err"), "w")];
    const child = spawn(this.#wine.loader, ["C:\\sma\\start.exe", `C:\\sma\\${name}.txt`], {
      env: this.#environment,
      signal,
      stdio: ["pipe", out, err],
    });
    for (const file of [out, err]) closeSync(file);
    child.stdin?.on("error", () => undefined);
    if (child.stdin !== null) stdin.pipe(child.stdin);
    return new Promise((resolve) => {
      const settle = (code: number | null) => {
        // A prefix that was removed in the meantime has taken the output along; nobody waits for it then.
        if (existsSync(path("out"))) stdout.write(readFileSync(path("out")));
        if (existsSync(path("err"))) stderr.write(readFileSync(path("err")));
        for (const ending of ["txt", "out", "err"]) rmSync(path(ending), { force: true });
        resolve(code ?? 1);
      };
      child.once("error", () => settle(1));
      child.once("exit", settle);
    });
  }

  async stop(): Promise<void> {
    await run(this.#wine.server, ["-k", "-w"], { env: this.#environment }).catch(() => undefined);
    rmSync(this.#outer, { recursive: true, force: true });
  }

  get #environment(): NodeJS.ProcessEnv {
    return { ...process.env, ...this.#wine.environment, WINEPREFIX: this.#prefix };
  }
}
