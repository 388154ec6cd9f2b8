/**
 * Runs a job's steps in order. The journal is written before a step acts (`begin`) and after (`done`, with the step's
 * output), so a runner that takes over from a dead one begins at the first step without a `done`.
 */
import { randomUUID } from "node:crypto";
import type { Source } from "../../common/domain/source.ts";
import { isOutOfRoom } from "../../common/out-of-room.ts";
import { fail, FailureError, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { Job, JobStore } from "../store/job-store.ts";
import { JobExecution, type RunnerListener } from "./job-execution.ts";
import type { MigrationServices } from "./services.ts";
import type { Step } from "./step.ts";
import { migrationSteps } from "./steps/index.ts";

export class MigrationRunner {
  readonly #jobs: JobStore;
  readonly #services: MigrationServices;
  readonly #listener: RunnerListener;
  readonly #steps: readonly Step[];

  constructor(
    jobs: JobStore,
    services: MigrationServices,
    listener: RunnerListener,
    steps: readonly Step[] = migrationSteps,
  ) {
    this.#jobs = jobs;
    this.#services = services;
    this.#listener = listener;
    this.#steps = steps;
  }

  /**
   * Runs the job from where it stands to its end, and returns it finished, stopped or in error. Fails only where it
   * could not run at all (`job-held-elsewhere`, `job-state`). Aborting `signal` stops the job; it stays resumable.
   */
  async run(jobId: string, source: Source, signal: AbortSignal): Promise<Result<Job>> {
    const run = this.#open(jobId, source, signal);
    if (!run.ok) return run;
    try {
      if (run.value.isOver) {
        return fail(
          "job-state",
          told({ kind: "run-complete" }),
          { job: jobId },
          told({ kind: "start-another-run" }),
        );
      }
      const outcome = await run.value.steps(this.#steps).catch(asFailure);
      return await run.value.conclude(outcome);
    } finally {
      await run.value.close();
    }
  }

  /** Removes everything that the job made, then the job itself. Repeat it where something could not be reached. */
  async cancel(jobId: string, source: Source, signal: AbortSignal): Promise<Result<void>> {
    const run = this.#open(jobId, source, signal);
    if (!run.ok) return run;
    try {
      return await run.value.remove();
    } finally {
      await run.value.close();
    }
  }

  /** Ends a job that nobody cares for any more: the source is left as it was, replica and images stay. */
  async expire(jobId: string, source: Source, signal: AbortSignal): Promise<Result<Job>> {
    const run = this.#open(jobId, source, signal);
    if (!run.ok) return run;
    try {
      return await run.value.expire();
    } finally {
      await run.value.close();
    }
  }

  #open(jobId: string, source: Source, signal: AbortSignal): Result<JobExecution> {
    const token = randomUUID();
    const held = this.#jobs.leases.acquire(jobId, { token, pid: process.pid });
    if (!held.ok) return held;
    const job = this.#jobs.find(jobId);
    if (!job.ok) return job;
    return ok(new JobExecution(this.#jobs, this.#services, this.#listener, job.value, source, token, signal));
  }
}

/** A step that broke off by a defect leaves its job in error: left as running, it would be begun again for ever. */
function asFailure(error: unknown): Result<never> {
  if (error instanceof FailureError) return { ok: false, failure: error.failure };
  if (isOutOfRoom(error)) throw error;
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return fail("internal", told({ kind: "step-broke-off", text: String(error) }), { stack });
}
