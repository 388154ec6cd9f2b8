/**
 * Processes for assessments. One input cannot take the others down: a process that runs out of time or memory is
 * ended, its input fails by name, and a fresh process goes on. Threads would not do: one that exhausts its memory can
 * take the whole program along.
 */
import { fork, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { failure, type Saying } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { assessBytes, type AssessResult, type AssessTask } from "./assess-bytes.ts";
import type { ChildMessage } from "./assess-child.ts";

export interface AssessPool {
  /** Never rejects: what goes wrong is a failed input. At most `size` tasks run at a time; others wait. */
  run(task: AssessTask): Promise<AssessResult>;
  close(): Promise<void>;
}

export interface AssessPoolOptions {
  readonly size: number;
  /** For one input. */
  readonly timeLimitMs: number;
  /** JavaScript heap of one process, in MiB. */
  readonly memoryMiB: number;
  /** The processes' script; default: the one beside this file. */
  readonly scriptPath?: string;
}

interface Pending {
  readonly task: AssessTask;
  readonly settle: (result: AssessResult) => void;
}

/** The script lies beside this file, as source or as built code. */
function defaultScript(): string | null {
  for (const name of ["./assess-child.ts", "./assess-child.js", "./assess-child.mjs"]) {
    const url = new URL(name, import.meta.url);
    if (url.protocol === "file:" && existsSync(fileURLToPath(url))) return fileURLToPath(url);
  }
  return null;
}

export function createAssessPool(options: AssessPoolOptions): AssessPool {
  const script = options.scriptPath ?? defaultScript();
  if (script === null) {
    // Built into one file: the work is the same, without the protection.
    return { run: (task) => Promise.resolve(assessBytes(task)), close: () => Promise.resolve() };
  }
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  const waiting: Pending[] = [];
  /** A process says `ready` when its modules are loaded: an input is not charged for that. */
  const ready = new WeakMap<ChildProcess, Promise<void>>();

  const start = (): ChildProcess => {
    const child = fork(script, [], {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      execArgv: [`--max-old-space-size=${options.memoryMiB}`],
    });
    all.add(child);
    ready.set(child, new Promise((settle) => child.once("message", () => settle())));
    return child;
  };

  const next = (): void => {
    const pending = waiting[0];
    if (!pending) return;
    const child = idle.pop() ?? (all.size < options.size ? start() : undefined);
    if (!child) return;
    waiting.shift();
    give(child, pending);
  };

  const give = (child: ChildProcess, { task, settle }: Pending): void => {
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    const finish = (result: AssessResult, isHealthy: boolean): void => {
      isOver = true;
      clearTimeout(timer);
      child.off("message", onMessage).off("error", onError).off("exit", onExit);
      if (isHealthy) idle.push(child);
      else {
        all.delete(child);
        // It may still report its own end; nobody waits for it any more.
        child.on("error", () => undefined);
        child.kill("SIGKILL");
      }
      settle(result);
      next();
    };
    const lost = (why: Saying, isHealthy = false): void =>
      finish(
        {
          assessed: {
            kind: "failed",
            id: task.id,
            input: task.input,
            failure: failure("bundle-invalid", why, { file: task.input, field: "" }),
          },
          host: null,
        },
        isHealthy,
      );
    const onMessage = (message: ChildMessage): void => {
      if (message.kind === "result") finish(message.result, true);
      if (message.kind === "defect")
        lost(told({ kind: "assessing-failed", file: task.input, text: message.message.slice(0, 200) }), true);
    };
    const onError = (error: Error): void =>
      lost(told({ kind: "assessing-failed", file: task.input, text: error.message.slice(0, 200) }));
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void =>
      lost(
        // What V8 does when its heap is full.
        signal === "SIGABRT" || signal === "SIGTRAP" || code === 134
          ? told({ kind: "assessing-takes-memory", file: task.input, most: options.memoryMiB })
          : told({
              kind: "assessing-process-ended",
              file: task.input,
              how: signal ?? `exit code ${code ?? "unknown"}`,
            }),
      );
    const startClock = (): void => {
      if (isOver) return;
      const why = told({ kind: "assessing-too-slow", file: task.input, seconds: options.timeLimitMs / 1000 });
      timer = setTimeout(() => lost(why), options.timeLimitMs);
    };
    void ready.get(child)?.then(startClock);
    child.on("message", onMessage).on("error", onError).on("exit", onExit);
    child.send(task, (error) => {
      if (error !== null && !isOver) onError(error);
    });
  };

  return {
    run: (task) =>
      new Promise((settle) => {
        waiting.push({ task, settle });
        next();
      }),
    async close() {
      const ended = [...all].map((child) => {
        if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
        const gone = new Promise<void>((settle) => child.once("exit", () => settle()));
        child.kill("SIGKILL");
        return gone;
      });
      all.clear();
      await Promise.all(ended);
    },
  };
}
