/** A Windows of wine's for one test file: programs are run in it as a person would, without any WinRM before it. */
import { spawn } from "node:child_process";
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
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandOutcome } from "./pushed-agent.ts";

const loader = "/usr/bin/wine";

/** Why programs of Windows cannot run here; null where they can. */
export function winePrefixObstacle(): string | null {
  return existsSync(loader) ? null : "wine is not installed";
}

export class WinePrefix {
  readonly #folder = mkdtempSync(join(tmpdir(), "sma-wine-"));
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(changes: NodeJS.ProcessEnv) {
    this.#environment = {
      ...process.env,
      WINEPREFIX: this.#folder,
      WINEARCH: "win64",
      WINEDEBUG: "-all",
      DISPLAY: "",
      ...changes,
    };
  }

  /** `changes` are environment variables that all programs get. */
  static async start(changes: NodeJS.ProcessEnv = {}): Promise<WinePrefix> {
    const prefix = new WinePrefix(changes);
    await prefix.#unix(loader, ["wineboot", "--init"]);
    return prefix;
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
    return this.#unix(loader, [program, ...args], input, changes);
  }

  async stop(): Promise<void> {
    await this.#unix("/usr/bin/wineserver", ["-k", "-w"]);
    rmSync(this.#folder, { recursive: true, force: true });
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
        resolve({ exitCode, stdout, stderr });
      });
    });
  }
}
