/**
 * Runs a job's steps in order. The journal is written before a step acts (`begin`) and after (`done`, with the step's
 * output), so a runner that takes over from a dead one begins at the first step without a `done`.
 */
import { randomUUID } from "node:crypto";
import { phaseOfStep, type JobEvent } from "../../common/domain/job.ts";
import { RateMeter, type JobProgress } from "../../common/domain/progress.ts";
import type { Source } from "../../common/domain/source.ts";
import { fail, ok, type FailureContext, type Result } from "../../common/result.ts";
import type { Job, JobStore, JournalEntry, LogEntry } from "../store/job-store.ts";
import { removeResources } from "./clean-up.ts";
import { JobConnections } from "./connections.ts";
import type { MigrationServices } from "./services.ts";
import type { Step, StepContext, StepOutputs, StepReport, StepTime } from "./step.ts";
import { migrationSteps } from "./steps/index.ts";

export interface RunnerListener {
  onProgress?(jobId: string, progress: JobProgress): void;
  onLog?(jobId: string, entry: LogEntry): void;
  onState?(job: Job): void;
}

const heartbeatMs = 500;
/** Waits between tries of a step that a broken line stopped; about four minutes in all. */
const retryDelaysMs = [2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000];
const worthRetrying = new Set(["host-unreachable", "connection-lost", "intermediate-unreachable"]);

/** Why a run was asked to end. */
type StopReason = "stop" | "cancel" | "lost-lease";

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
      const outcome = await run.value.steps(this.#steps);
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

  #open(jobId: string, source: Source, signal: AbortSignal): Result<JobRun> {
    const token = randomUUID();
    const held = this.#jobs.acquire(jobId, { token, pid: process.pid });
    if (!held.ok) return held;
    const job = this.#jobs.find(jobId);
    if (!job.ok) return job;
    return ok(new JobRun(this.#jobs, this.#services, this.#listener, job.value, source, token, signal));
  }
}

/** One process's hold on one job. */
class JobRun {
  readonly #jobs: JobStore;
  readonly #services: MigrationServices;
  readonly #listener: RunnerListener;
  readonly #job: Job;
  readonly #source: Source;
  readonly #token: string;
  readonly #connections: JobConnections;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #meter = new RateMeter();
  #stopReason: StopReason = "stop";
  #paused = false;
  #lastProgressMs = 0;

  constructor(
    jobs: JobStore,
    services: MigrationServices,
    listener: RunnerListener,
    job: Job,
    source: Source,
    token: string,
    signal: AbortSignal,
  ) {
    this.#jobs = jobs;
    this.#services = services;
    this.#listener = listener;
    this.#job = job;
    this.#source = source;
    this.#token = token;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    this.#connections = new JobConnections(services, source, job.plan.target);
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
  }

  async steps(steps: readonly Step[]): Promise<Result<void>> {
    const outputs: StepOutputs = {};
    const journal = this.#jobs.journal(this.#job.id);
    for (const entry of journal) if (entry.kind === "done") outputs[entry.step] = entry.data;

    for (const step of steps) {
      if (step.name in outputs) continue;
      const entered = this.#apply({ type: "step-started", step: step.name });
      if (!entered.ok) return entered;
      this.#jobs.appendJournal(this.#job.id, step.name, "begin", null);
      const done = await this.#attempt(step, outputs);
      if (!done.ok) return done;
      outputs[step.name] = done.value;
      this.#jobs.appendJournal(this.#job.id, step.name, "done", done.value);
    }
    return ok();
  }

  async conclude(outcome: Result<void>): Promise<Result<Job>> {
    if (outcome.ok) return this.#apply({ type: "finished" });
    if (this.#stopReason === "lost-lease") {
      return fail("job-held-elsewhere", "another process has taken this job over", { job: this.#job.id });
    }
    if (this.#stop.signal.aborted && this.#stopReason === "cancel") {
      const removed = await this.remove();
      return removed.ok
        ? fail("cancelled", "the job was cancelled and removed", { job: this.#job.id })
        : removed;
    }
    if (this.#signal.aborted) {
      this.#log("info", "stopped; it can be resumed");
      return this.#apply({ type: "stopped" });
    }
    this.#log("error", outcome.failure.message, outcome.failure.context);
    return this.#apply({
      type: "failed",
      failure: { ...outcome.failure, context: plainContext(outcome.failure.context) },
    });
  }

  async remove(): Promise<Result<void>> {
    const job = this.#jobs.find(this.#job.id);
    if (!job.ok) return job;
    if (job.value.state.name !== "deleting") {
      const deleting = this.#apply({ type: "deletion-started" });
      if (!deleting.ok) return deleting;
    }
    // The stop that brought us here must not cut the clean-up short.
    const removed = await removeResources(this.#context(new AbortController().signal), true);
    if (removed.ok) this.#jobs.remove(this.#job.id);
    return removed;
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#connections.closeSession();
    this.#jobs.release(this.#job.id, this.#token);
  }

  async #attempt(step: Step, outputs: StepOutputs): Promise<Result<unknown>> {
    const context = this.#context(this.#signal);
    for (let tries = 0; ; tries += 1) {
      const result = await step.run(context, outputs);
      // Before anything was reached, a host that does not answer is a mistyped one: say so at once.
      const delay = step.name === "preflight" ? undefined : retryDelaysMs[tries];
      if (
        result.ok ||
        this.#signal.aborted ||
        delay === undefined ||
        !worthRetrying.has(result.failure.code)
      ) {
        return result;
      }
      this.#log(
        "warning",
        `${result.failure.message}; trying again in ${delay / 1000} s`,
        result.failure.context,
      );
      await this.#services.sleep(delay, this.#signal);
    }
  }

  #context(signal: AbortSignal): StepContext {
    const { id, plan } = this.#job;
    return {
      jobId: id,
      jobCreatedAt: this.#job.createdAt,
      source: this.#source,
      plan,
      services: this.#services,
      connections: this.#connections,
      signal,
      wantsPause: () => this.#paused,
      report: (report) => this.#report(report),
      log: (level, message, context) => this.#log(level, message, context),
      planResource: (kind, locator) => this.#jobs.planResource(id, kind, locator),
      markRemoved: (kind, locator) => this.#jobs.markRemoved(id, kind, locator),
      ledger: () => this.#jobs.ledger(id),
      times: () => stepTimes(this.#jobs.journal(id)),
      targetIsShared: () =>
        this.#jobs
          .list()
          .some(
            (other) =>
              other.id !== id &&
              this.#jobs.isHeld(other.id) &&
              other.plan.target.directory === plan.target.directory,
          ),
    };
  }

  #apply(event: JobEvent): Result<Job> {
    const job = this.#jobs.apply(this.#job.id, event);
    if (job.ok) this.#listener.onState?.(job.value);
    return job;
  }

  #log(level: LogEntry["level"], message: string, context: FailureContext = {}): void {
    this.#listener.onLog?.(this.#job.id, this.#jobs.appendLog(this.#job.id, level, message, context));
  }

  #report(report: StepReport): void {
    const job = this.#jobs.find(this.#job.id);
    if (!job.ok || job.value.state.name !== "running") return;
    const { step } = job.value.state;
    const now = this.#services.clock();
    const round = report.round ?? 0;
    const { rate, eta } = this.#meter.observe(now, report.done, report.total, this.#meterRound(step, round));
    const progress: JobProgress = {
      step,
      phase: phaseOfStep[step],
      note: report.note,
      done: report.done,
      total: report.total,
      unit: report.unit,
      round,
      ratePerSecond: rate,
      etaSeconds: eta,
      at: new Date(now).toISOString(),
    };
    // Every change of words is worth a write; mere numbers only now and then.
    if (now - this.#lastProgressMs >= 900 || job.value.progress?.note !== progress.note) {
      this.#jobs.setProgress(this.#job.id, progress);
      this.#lastProgressMs = now;
    }
    this.#listener.onProgress?.(this.#job.id, progress);
  }

  #meterRound(step: JobProgress["step"], round: number): number {
    return migrationSteps.findIndex((known) => known.name === step) * 1_000_000 + round;
  }

  #beat(): void {
    if (!this.#jobs.renew(this.#job.id, this.#token)) {
      this.#end("lost-lease");
      return;
    }
    for (const request of this.#jobs.takeRequests(this.#job.id)) {
      switch (request) {
        case "pause":
        case "unpause":
          this.#paused = request === "pause";
          this.#apply({ type: this.#paused ? "paused" : "unpaused" });
          break;
        case "stop":
        case "cancel":
          this.#end(request);
          break;
      }
    }
  }

  #end(reason: StopReason): void {
    this.#stopReason = reason;
    this.#stop.abort();
  }
}

/** A step that was begun several times began when it was first tried. */
function stepTimes(journal: readonly JournalEntry[]): StepTime[] {
  const began = new Map<string, string>();
  const times: StepTime[] = [];
  for (const { step, kind, at } of journal) {
    if (kind === "begin" && !began.has(step)) began.set(step, at);
    if (kind === "done") times.push({ step, beganAt: began.get(step) ?? at, endedAt: at });
  }
  return times;
}

function plainContext(context: FailureContext): Record<string, string | number | boolean | string[]> {
  return Object.fromEntries(
    Object.entries(context).map(([key, value]) => [key, typeof value === "object" ? [...value] : value]),
  );
}
