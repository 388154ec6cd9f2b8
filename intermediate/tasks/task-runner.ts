import { isDeepStrictEqual } from "node:util";
import type { TaskRequest, TaskResult, TaskStatus } from "../../common/api/intermediate-tasks.ts";
import { noted, told } from "../../common/domain/report-text/told.ts";
import { attempt, fail, failure, ok, unwrap, type Result } from "../../common/result.ts";
import type { StoredTask } from "../jobs/job-record.ts";
import type { TaskContext, TaskProgress } from "./implementations.ts";

export type TaskKind = TaskRequest["kind"];

export interface TaskStore {
  /** Changes with every pass: results of another stamp are about another replica. */
  syncStamp(): string;
  find(kind: TaskKind): StoredTask | undefined;
  /** Replaces the stored task of the same kind, durably. */
  store(task: StoredTask): Promise<Result<void>>;
}

interface Running {
  readonly request: TaskRequest;
  readonly stop: AbortController;
  readonly done: Promise<void>;
  progress: TaskProgress;
}

/**
 * Runs a job's tasks, one of a kind at a time. The same request joins a running task, or gets the stored result while
 * the replica is unchanged; a failed or cancelled one runs again. Results are on disk before they are told.
 */
export class TaskRunner {
  readonly #store: TaskStore;
  readonly #perform: (
    request: TaskRequest,
    context: Pick<TaskContext, "signal" | "report">,
  ) => Promise<Result<TaskResult>>;
  readonly #running = new Map<TaskKind, Running>();

  constructor(
    store: TaskStore,
    perform: (
      request: TaskRequest,
      context: Pick<TaskContext, "signal" | "report">,
    ) => Promise<Result<TaskResult>>,
  ) {
    this.#store = store;
    this.#perform = perform;
  }

  isRunning(kind?: TaskKind): boolean {
    return kind === undefined ? this.#running.size > 0 : this.#running.has(kind);
  }

  /** The state after starting or joining; `job-state` where the same kind runs with another request. */
  start(request: TaskRequest): Result<TaskStatus> {
    const running = this.#running.get(request.kind);
    if (running !== undefined) {
      if (isDeepStrictEqual(running.request, request))
        return ok(runningStatus(request.kind, running.progress));
      return fail("job-state", told({ kind: "other-task-runs", task: request.kind }), {
        kind: request.kind,
      });
    }
    const stored = this.#stored(request.kind);
    if (stored?.result && isDeepStrictEqual(stored.request, request)) return ok(storedStatus(stored));
    return ok(this.#launch(request));
  }

  /** `not-found` where the task was not asked for since the replica last changed. */
  status(kind: TaskKind): Result<TaskStatus> {
    const running = this.#running.get(kind);
    if (running !== undefined) return ok(runningStatus(kind, running.progress));
    const stored = this.#stored(kind);
    return stored === undefined
      ? fail("not-found", told({ kind: "no-task-started", task: kind }), { kind })
      : ok(storedStatus(stored));
  }

  /** Stops a running task and waits for its end; a task that is over stays as it is. */
  async cancel(kind: TaskKind): Promise<Result<TaskStatus>> {
    const running = this.#running.get(kind);
    running?.stop.abort();
    await running?.done;
    return this.status(kind);
  }

  async cancelAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((kind) => this.cancel(kind)));
  }

  #stored(kind: TaskKind): StoredTask | undefined {
    const stored = this.#store.find(kind);
    return stored?.syncStamp === this.#store.syncStamp() ? stored : undefined;
  }

  #launch(request: TaskRequest): TaskStatus {
    const stop = new AbortController();
    const progress: TaskProgress = { done: 0, total: 0, unit: "bytes", ...noted({ kind: "starting" }) };
    // The entry is there before the work begins: the work may report at once.
    const begun = Promise.resolve().then(() => this.#run(request, stop.signal));
    this.#running.set(request.kind, { request, stop, done: begun, progress });
    return runningStatus(request.kind, progress);
  }

  async #run(request: TaskRequest, signal: AbortSignal): Promise<void> {
    const syncStamp = this.#store.syncStamp();
    const report = (progress: TaskProgress): void => {
      const running = this.#running.get(request.kind);
      if (running !== undefined) running.progress = progress;
    };
    const outcome = await this.#outcome(request, { signal, report });
    const stored = await this.#store.store({
      request,
      syncStamp,
      result: outcome.ok ? outcome.value : null,
      failure: outcome.ok ? null : outcome.failure,
    });
    this.#running.delete(request.kind);
    // A result that could not be stored is told as the failure that kept it from being stored.
    if (!stored.ok) await this.#store.store({ request, syncStamp, result: null, failure: stored.failure });
  }

  async #outcome(
    request: TaskRequest,
    context: Pick<TaskContext, "signal" | "report">,
  ): Promise<Result<TaskResult>> {
    try {
      return await attempt(async () => unwrap(await this.#perform(request, context)));
    } catch (error) {
      // A defect in a task must not take the daemon, and with it other jobs, down.
      const why = error instanceof Error ? error.message : "unknown";
      return {
        ok: false,
        failure: failure("internal", told({ kind: "task-broke-off", task: request.kind, text: why })),
      };
    }
  }
}

function runningStatus(kind: TaskKind, progress: TaskProgress): TaskStatus {
  return { kind, state: "running", ...progress, result: null, failure: null };
}

function storedStatus({ request, result, failure: failed }: StoredTask): TaskStatus {
  const state = failed === null ? "done" : "failed";
  const { note, said } = failed === null ? noted({ kind: "done" }) : { note: failed.message, said: null };
  return { kind: request.kind, state, done: 1, total: 1, unit: "bytes", note, said, result, failure: failed };
}
