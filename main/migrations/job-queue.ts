import type { Source } from "../../common/domain/source.ts";
import { failure, type Result } from "../../common/result.ts";
import type { Job, JobStore } from "../store/job-store.ts";
import type { MigrationRunner } from "./runner.ts";
import type { MigrationServices } from "./services.ts";

const slotPollMs = 1000;

/**
 * Runs jobs in this process: in the foreground, or in the background where somebody only wants to know that it began.
 * A job that finds no free slot waits for one, here or until another process finds it waiting.
 */
export class JobQueue {
  readonly #jobs: JobStore;
  readonly #runner: MigrationRunner;
  readonly #services: Pick<MigrationServices, "sleep">;
  readonly #background = new Map<string, Promise<void>>();
  readonly #end = new AbortController();

  constructor(jobs: JobStore, runner: MigrationRunner, services: Pick<MigrationServices, "sleep">) {
    this.#jobs = jobs;
    this.#runner = runner;
    this.#services = services;
  }

  /** As MigrationRunner.run, after waiting for a slot. Aborted while it waits, the job is given back waiting. */
  async run(jobId: string, source: Source, signal: AbortSignal): Promise<Result<Job>> {
    for (;;) {
      const ran = await this.#runner.run(jobId, source, signal);
      if (ran.ok || ran.failure.code !== "no-slot") return ran;
      const job = this.#jobs.find(jobId);
      if (!job.ok) return job;
      const { state } = job.value;
      if (state.name !== "waiting" || state.reason !== "slot") {
        const queued = this.#jobs.apply(jobId, { type: "queued", reason: "slot", nextRunAt: null });
        if (!queued.ok) return queued;
      }
      await this.#services.sleep(slotPollMs, signal);
      if (signal.aborted) return this.#jobs.find(jobId);
    }
  }

  /** Begins to run the job in the background; fine where it does already. It ends with this process, resumable. */
  start(jobId: string, source: Source): void {
    if (this.#background.has(jobId) || this.#end.signal.aborted) return;
    const running = this.#inBackground(jobId, source).finally(() => this.#background.delete(jobId));
    this.#background.set(jobId, running);
  }

  isStarted(jobId: string): boolean {
    return this.#background.has(jobId);
  }

  /** Stops what runs in the background and waits for it; the jobs stay resumable. */
  async close(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#background.values());
  }

  async #inBackground(jobId: string, source: Source): Promise<void> {
    // The caller gets its answer before the first step.
    await Promise.resolve();
    const refused = await this.run(jobId, source, this.#end.signal).catch((error: unknown) => ({
      ok: false as const,
      failure: failure("internal", `the job's run failed unexpectedly: ${String(error)}`),
    }));
    if (refused.ok) return;
    const job = this.#jobs.find(jobId);
    if (!job.ok) return;
    const { message, context } = refused.failure;
    this.#jobs.appendLog(jobId, job.value.run.number, "error", message, context);
  }
}
