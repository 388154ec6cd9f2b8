/**
 * Worker threads for assessments. One input cannot take the others down: a worker that runs out of time or memory is
 * ended, its input fails by name, and a fresh worker goes on.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { failure } from "../../common/result.ts";
import { assessBytes, type AssessResult, type AssessTask } from "./assess-bytes.ts";

export interface AssessPool {
  /** Never rejects: what goes wrong is a failed input. At most `size` tasks run at a time; others wait. */
  run(task: AssessTask): Promise<AssessResult>;
  close(): Promise<void>;
}

export interface AssessPoolOptions {
  readonly size: number;
  /** For one input. */
  readonly timeLimitMs: number;
  /** JavaScript heap of one worker, in MiB. */
  readonly memoryMiB: number;
}

interface Pending {
  readonly task: AssessTask;
  readonly settle: (result: AssessResult) => void;
}

/** The worker's script lies beside this file, as source or as built code. */
function workerScript(): URL | null {
  for (const name of ["./assess-worker.ts", "./assess-worker.js", "./assess-worker.mjs"]) {
    const url = new URL(name, import.meta.url);
    if (url.protocol === "file:" && existsSync(fileURLToPath(url))) return url;
  }
  return null;
}

export function createAssessPool(options: AssessPoolOptions): AssessPool {
  const script = workerScript();
  if (script === null) {
    // Built into one file: the work is the same, without the protection.
    return { run: (task) => Promise.resolve(assessBytes(task)), close: () => Promise.resolve() };
  }
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: Pending[] = [];

  const start = (): Worker => {
    const worker = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: options.memoryMiB } });
    all.add(worker);
    return worker;
  };

  const next = (): void => {
    const pending = waiting[0];
    if (!pending) return;
    const worker = idle.pop() ?? (all.size < options.size ? start() : undefined);
    if (!worker) return;
    waiting.shift();
    give(worker, pending);
  };

  const give = (worker: Worker, { task, settle }: Pending): void => {
    const finish = (result: AssessResult, isHealthy: boolean): void => {
      clearTimeout(timer);
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      if (isHealthy) idle.push(worker);
      else {
        all.delete(worker);
        // An ended worker may still report; nobody waits for it any more.
        worker.on("error", () => undefined);
        void worker.terminate();
      }
      settle(result);
      next();
    };
    const lost = (why: string): void =>
      finish(
        {
          assessed: {
            kind: "failed",
            id: task.id,
            input: task.input,
            failure: failure("bundle-invalid", `${task.input}: ${why}`, { file: task.input, field: "" }),
          },
          host: null,
        },
        false,
      );
    const onMessage = (result: AssessResult): void => finish(result, true);
    const onError = (error: Error): void =>
      lost(
        "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"
          ? `it needs more than ${options.memoryMiB} MiB of memory to assess`
          : `assessing it failed: ${error.message.slice(0, 200)}`,
      );
    const onExit = (): void => lost("the worker that assessed it ended");
    const timer = setTimeout(
      () => lost(`it could not be assessed within ${options.timeLimitMs / 1000} s`),
      options.timeLimitMs,
    );
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage(task);
  };

  return {
    run: (task) =>
      new Promise((settle) => {
        waiting.push({ task, settle });
        next();
      }),
    async close() {
      await Promise.all([...all].map((worker) => worker.terminate()));
      all.clear();
    },
  };
}
