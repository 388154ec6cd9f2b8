/** A Windows of wine's for one test file: programs are run in it as a person would, without any WinRM before it. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandOutcome } from "./pushed-agent.ts";
import { makePrefix, type WineInstallation, type WineMachine } from "./wine-installation.ts";

/** What wine itself says, once for each process, where it has no fonts, which nothing here needs. */
const missingFonts = /Wine cannot find the FreeType font library[^]*?www\.freetype\.org\r?\n/g;

export class WinePrefix {
  readonly #outer: string;
  readonly #folder: string;
  readonly #wine: WineInstallation;
  readonly #environment: NodeJS.ProcessEnv;

  /** `changes` are environment variables that all programs get. */
  constructor(machine: WineMachine, changes: NodeJS.ProcessEnv = {}) {
    this.#outer = mkdtempSync(join(tmpdir(), "sma-wine-"));
    this.#folder = join(this.#outer, "prefix");
    this.#wine = makePrefix(machine, this.#folder);
    this.#environment = {
      ...process.env,
      ...this.#wine.environment,
      WINEPREFIX: this.#folder,
      ...changes,
    };
  }

  /** The folder that is `C:\`. */
  get driveC(): string {
    return join(this.#folder, "drive_c");
  }

  /** Makes `\\.\X:` the device that holds this file's bytes. */
  attachDevice(letter: string, file: string): void {
    const link = join(this.#folder, "dosdevices", `${letter.toLowerCase()}::`);
    rmSync(link, { force: true });
    symlinkSync(file, link);
  }

  /** Makes a private folder below `C:\` and gives its path here. */
  folder(name: string): string {
    const path = join(this.driveC, name);
    mkdirSync(path, { mode: 0o700 });
    return path;
  }

  /** Runs a program by its path in Windows to its own end; what it started may live on. */
  run(
    program: string,
    args: readonly string[],
    input = "",
    changes: NodeJS.ProcessEnv = {},
  ): Promise<CommandOutcome> {
    return this.#unix(this.#wine.loader, [program, ...args], input, changes);
  }

  async stop(): Promise<void> {
    await this.#unix(this.#wine.server, ["-k", "-w"]);
    rmSync(this.#outer, { recursive: true, force: true });
  }

  /** Output goes through files: pipes stay open as long as anything that was started in the background. */
  #unix(
    program: string,
    args: readonly string[],
    input = "",
    changes: NodeJS.ProcessEnv = {},
  ): Promise<CommandOutcome> {
    const paths = ["out", "err"].map((end) => join(this.#folder, `${randomUUID()}.${end}`));
    const files = paths.map((path) => openSync(path, "w"));
    const child = spawn(program, args, {
      env: { ...this.#environment, ...changes },
      stdio: ["pipe", files[0], files[1]],
    });
    for (const file of files) closeSync(file);
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (exitCode) => {
        const [stdout = "", stderr = ""] = paths.map((path) => readFileSync(path, "utf8"));
        for (const path of paths) rmSync(path);
        resolve({ exitCode, stdout, stderr: stderr.replace(missingFonts, "") });
      });
    });
  }
}
