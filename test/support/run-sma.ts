import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";

export const projectDirectory = join(import.meta.dirname, "..", "..");

export interface SmaResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningSma {
  readonly child: ChildProcess;
  readonly result: Promise<SmaResult>;
  /** Resolves when standard error has shown `pattern`. */
  sees(pattern: RegExp): Promise<void>;
}

export interface SmaOptions {
  readonly stateDirectory: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Modules that Node loads first. */
  readonly preload?: readonly string[];
}

/** Starts the real CLI in a process of its own. */
export function startSma(args: readonly string[], options: SmaOptions): RunningSma {
  const preload = (options.preload ?? []).flatMap((module) => ["--import", module]);
  const child = spawn(
    process.execPath,
    [...preload, join(projectDirectory, "main", "cli", "index.ts"), ...args],
    {
      env: { ...process.env, ...options.environment, SMA_STATE_DIR: options.stateDirectory },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let stdout = "";
  let stderr = "";
  const watchers = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (part: string) => (stdout += part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    stderr += part;
    watchers.forEach((watcher) => watcher());
  });
  const result = new Promise<SmaResult>((resolve) =>
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr })),
  );
  return {
    child,
    result,
    sees: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!pattern.test(stderr)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
        void result.then((ended) =>
          reject(new Error(`ended before ${pattern}: ${ended.stdout}\n${ended.stderr}`)),
        );
      }),
  };
}

export function runSma(args: readonly string[], options: SmaOptions): Promise<SmaResult> {
  return startSma(args, options).result;
}
