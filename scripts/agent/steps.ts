import { spawn } from "node:child_process";

/** Prints what is going on, with times; a quiet one prints only what a step has to say about a failure. */
export class Steps {
  readonly #quiet: boolean;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
  }

  say(text: string): void {
    if (!this.#quiet) console.log(text);
  }

  /** Runs `act`, then prints `what` with the seconds that it took. */
  async time<T>(what: string, act: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const value = await act();
    this.say(`  ${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    return value;
  }
}

/** A build failure that a person can act on: printed without a stack. */
export class BuildError extends Error {}

export interface CommandResult {
  readonly exitCode: number;
  /** Standard output and error as they came. */
  readonly output: string;
}

/** Runs a program to its end. `exitCode` is 127 when it cannot be started, 128 when a signal ended it. */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    child.stderr.on("data", (part: Buffer) => parts.push(part));
    child.on("error", (error) => resolve({ exitCode: 127, output: error.message }));
    child.on("close", (code) =>
      resolve({ exitCode: code ?? 128, output: Buffer.concat(parts).toString("utf8") }),
    );
  });
}

/** Runs a program that must succeed; its last lines are the error otherwise. */
export async function runOrFail(
  what: string,
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const result = await run(program, args, options);
  if (result.exitCode !== 0) {
    const tail = result.output.trimEnd().split("\n").slice(-40).join("\n");
    throw new BuildError(`${what} failed (${program} exited with ${result.exitCode}):\n${tail}`);
  }
  return result.output;
}
