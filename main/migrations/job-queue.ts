import type { Source } from "../../common/domain/source.ts";
import { failure, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { Job, JobStore } from "../store/job-store.ts";
import { assistantEnds } from "./job-execution.ts";
import type { MigrationRunner } from "./runner.ts";
import { ifThereIsRoom } from "../../common/out-of-room.ts";
import { windowOpensAt } from "./schedule.ts";
import type { MigrationServices } from "./services.ts";

const pollMs = 1000;

/**
 * Runs jobs in this process: in the foreground, or in the background where somebody only wants to know that it began.
 * A job that finds no free slot, or whose transfer window is closed, waits here, or until another process finds it
 * waiting.
 */
export class JobQueue {
  readonly #jobs: JobStore;
  readonly #runner: MigrationRunner;
  readonly #services: Pick<MigrationServices, "sleep" | "clock">;
  readonly #background = new Map<string, Promise<void>>();
  readonly #end = new AbortController();

  constructor(jobs: JobStore, runner: MigrationRunner, services: Pick<MigrationServices, "sleep" | "clock">) {
    this.#jobs = jobs;
    this.#runner = runner;
    this.#services = services;
  }

  /** As MigrationRunner.run, after waiting for a slot and the transfer window. Aborted while it waits, the job is given back waiting; told to stop meanwhile, stopped. */
  async run(jobId: string, source: Source, signal: AbortSignal): Promise<Result<Job>> {
    for (;;) {
      const job = this.#jobs.find(jobId);
      if (!job.ok) return job;
      const { id } = job.value;
      const opensAtMs = windowOpensAt(job.value, this.#services.clock());
      if (opensAtMs === null || job.value.run.endedAt !== null || this.#jobs.leases.isHeld(id)) {
        const ran = await this.#runner.run(id, source, signal);
        if (ran.ok || ran.failure.code !== "no-slot") return ran;
      }
      const waits = this.#wait(id, opensAtMs);
      if (!waits.ok) return waits;
      await this.#services.sleep(pollMs, signal);
      const found = this.#jobs.find(id);
      if (signal.aborted || !found.ok || isToldToStop(found.value)) return found;
    }
  }

  /** Says on record what the job waits for. It holds no slot meanwhile. */
  #wait(jobId: string, opensAtMs: number | null): Result<Job> {
    const job = this.#jobs.find(jobId);
    if (!job.ok) return job;
    const { state } = job.value;
    const reason = opensAtMs === null ? "slot" : "window";
    if (state.name === "waiting" && state.reason === reason) return job;
    const nextRunAt = opensAtMs === null ? null : new Date(opensAtMs).toISOString();
    return this.#jobs.apply(jobId, { type: "queued", reason, nextRunAt });
  }

  /** Begins to run the job in the background; fine where it does already. It ends with this process, resumable. */
  start(jobId: string, source: Source): void {
    if (this.#end.signal.aborted) return;
    if (this.#background.has(jobId)) {
      // What was stopped in the queue a moment ago and is still here goes on waiting.
      const job = this.#jobs.find(jobId);
      if (job.ok && isToldToStop(job.value) && !this.#jobs.leases.isHeld(jobId)) this.#wait(jobId, null);
      return;
    }
    const running = this.#inBackground(jobId, source).finally(() => this.#background.delete(jobId));
    this.#background.set(jobId, running);
  }

  isStarted(jobId: string): boolean {
    return this.#background.has(jobId);
  }

  /** Resolves when nothing runs in the background any more. */
  async settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background.values());
  }

  /** Stops what runs in the background and waits for it; the jobs stay resumable. */
  async close(): Promise<void> {
    this.#end.abort(assistantEnds);
    await Promise.all(this.#background.values());
  }

  async #inBackground(jobId: string, source: Source): Promise<void> {
    // The caller gets its answer before the first step.
    await Promise.resolve();
    const refused = await this.run(jobId, source, this.#end.signal).catch((error: unknown) => ({
      ok: false as const,
      failure: failure("internal", told({ kind: "run-broke-off", text: String(error) })),
    }));
    // A process that was quicker does what was wanted.
    if (refused.ok || refused.failure.code === "job-held-elsewhere") return;
    const job = this.#jobs.find(jobId);
    if (!job.ok) return;
    const { code, message, context } = refused.failure;
    const said = { kind: "failed", code, message } as const;
    const { number } = job.value.run;
    ifThereIsRoom(() => this.#jobs.records.appendLog(jobId, number, "error", said, context));
  }
}

const isToldToStop = ({ state }: Job): boolean => state.name === "stopped" && state.goesOn !== true;
