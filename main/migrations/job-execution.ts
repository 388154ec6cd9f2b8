/** What a process does with a job that it holds: the steps of the run under way, their journal, progress and log. */
import type { LogMessage } from "../../common/domain/log-message.ts";
import { phaseOfStep, stepNames, type JobEvent } from "../../common/domain/job.ts";
import { isSamePlace, type JobPlan } from "../../common/domain/plan.ts";
import type { JobProgress } from "../../common/domain/progress.ts";
import { RateMeter } from "../../common/domain/rate-meter.ts";
import { nextRunAt } from "../../common/domain/run.ts";
import type { Source } from "../../common/domain/source.ts";
import { fail, ok, type FailureContext, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { JournalEntry, LogEntry } from "../store/job-records.ts";
import type { Job, JobStore } from "../store/job-store.ts";
import { ifThereIsRoom, isOutOfRoom } from "../../common/out-of-room.ts";
import { removeResources } from "./clean-up.ts";
import { JobConnections } from "./connections.ts";
import type { MigrationServices } from "./services.ts";
import type { Step, StepContext, StepOutputs, StepReport, StepTime } from "./step.ts";

export interface RunnerListener {
  onProgress?(jobId: string, progress: JobProgress): void;
  onLog?(jobId: string, entry: LogEntry): void;
  /** The state folder takes no more; the job waits. May be said again and again. */
  onOutOfRoom?(): void;
}

const heartbeatMs = 500;
/** How long until what the state folder had no room for is tried again. */
const roomPollMs = 2000;
/** Clock and time since the start may drift apart by so much between two beats; by more, and the clock was set. */
const driftMs = 60_000;
/** Waits between tries of a step that a broken line stopped; about four minutes in all. */
const retryDelaysMs = [2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000];
const worthRetrying = new Set(["host-unreachable", "connection-lost", "intermediate-unreachable"]);

/** The reason of an aborted signal where nobody wanted this job to stop. */
export const assistantEnds = "the assistant ends";

/** Why an execution was asked to end. */
type StopReason = "stop" | "cancel" | "lost-lease";

/** One process's hold on one job. */
export class JobExecution {
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
  /** Outputs of the runs before this one, the newest of each step. */
  readonly #earlier: StepOutputs = {};
  /** What of it may change while the job runs is read anew when somebody says so. */
  #plan: JobPlan;
  #stopReason: StopReason = "stop";
  #paused = false;
  #lastProgressMs = 0;
  /** How far the clock is ahead of the time since the machine started. */
  #clockAheadMs: number;
  #lastProgress: JobProgress | null;

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
    this.#plan = job.plan;
    this.#lastProgress = job.progress;
    this.#source = source;
    this.#clockAheadMs = services.clock() - services.sinceBoot();
    this.#token = token;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    this.#connections = new JobConnections(services, source, job.plan.target);
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
  }

  /** True where the run has come to its end and only another run makes sense. */
  get isOver(): boolean {
    return this.#job.run.endedAt !== null;
  }

  async steps(steps: readonly Step[]): Promise<Result<void>> {
    const { number } = this.#job.run;
    const outputs: StepOutputs = {};
    for (const { run, step, kind, data } of this.#jobs.records.journal(this.#job.id)) {
      if (kind !== "done") continue;
      if (run === number) outputs[step] = data;
      else this.#earlier[step] = data;
    }
    await this.#withRoom(() => this.#jobs.beginRun(this.#job.id, number));

    for (const step of steps) {
      if (step.name in outputs) continue;
      const done = await this.#withRoom(() => this.#step(step, outputs));
      if (!done.ok) return done;
      outputs[step.name] = done.value;
    }
    return ok();
  }

  async #step(step: Step, outputs: StepOutputs): Promise<Result<unknown>> {
    const { id, run } = this.#job;
    const entered = this.#apply({ type: "step-started", step: step.name });
    if (!entered.ok) return entered;
    this.#jobs.records.appendJournal(id, run.number, step.name, "begin", null);
    const done = await this.#attempt(step, outputs);
    if (done.ok) this.#jobs.records.appendJournal(id, run.number, step.name, "done", done.value);
    return done;
  }

  /** Where the state folder has no room, waits until it has and does it again: a step may be done twice. */
  async #withRoom<T>(act: () => T | Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (!isOutOfRoom(error) || this.#signal.aborted) throw error;
        this.#listener.onOutOfRoom?.();
        await this.#services.sleep(roomPollMs, this.#signal);
      }
    }
  }

  conclude(outcome: Result<void>): Promise<Result<Job>> {
    return this.#withRoom(() => this.#conclude(outcome));
  }

  async #conclude(outcome: Result<void>): Promise<Result<Job>> {
    if (outcome.ok) return this.#endRun();
    if (this.#stopReason === "lost-lease") {
      return fail("job-held-elsewhere", told({ kind: "job-taken-over" }), { job: this.#job.id });
    }
    if (this.#stop.signal.aborted && this.#stopReason === "cancel") {
      const removed = await this.remove();
      return removed.ok ? fail("cancelled", told({ kind: "job-removed" }), { job: this.#job.id }) : removed;
    }
    if (this.#signal.aborted) {
      const goesOn = !this.#stop.signal.aborted && this.#signal.reason === assistantEnds;
      this.#log("info", { kind: "stopped", goesOn });
      return this.#apply({ type: "stopped", goesOn });
    }
    const { code, message, context } = outcome.failure;
    this.#log("error", { kind: "failed", code, message }, context);
    return this.#apply({
      type: "failed",
      failure: { ...outcome.failure, context: plainContext(outcome.failure.context) },
    });
  }

  #endRun(): Result<Job> {
    const { id, run } = this.#job;
    const { incremental } = this.#plan.runs;
    const now = this.#services.clock();
    const next = () =>
      new Date(nextRunAt(this.#beganAtMs(now), incremental?.intervalHours ?? 1, now)).toISOString();
    const event: JobEvent =
      incremental === null || run.kind === "final"
        ? { type: "finished" }
        : { type: "run-ended", nextRunAt: next() };
    return this.#jobs.endRun(id, run.number, event);
  }

  #beganAtMs(now: number): number {
    const began = this.#jobs.runs(this.#job.id).at(-1)?.beganAt;
    return typeof began === "string" ? Date.parse(began) : now;
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

  /** What cannot be removed now stays in the ledger; `cancel` removes it later. */
  async expire(): Promise<Result<Job>> {
    this.#log("warning", { kind: "expired", days: this.#plan.runs.expireAfterDays });
    await removeResources(this.#context(this.#signal), false);
    return this.#apply({ type: "expired" });
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#connections.closeSession();
    // Otherwise it lapses.
    ifThereIsRoom(() => this.#jobs.leases.release(this.#job.id, this.#token));
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
      const { code, message, context: details } = result.failure;
      this.#log("warning", { kind: "retrying", code, message, seconds: delay / 1000 }, details);
      await this.#services.sleep(delay, this.#signal);
    }
  }

  #context(signal: AbortSignal): StepContext {
    const { id, run } = this.#job;
    const planNow = () => this.#plan;
    return {
      jobId: id,
      jobCreatedAt: this.#job.createdAt,
      run: { number: run.number, kind: run.kind },
      earlierOutputs: this.#earlier,
      source: this.#source,
      get plan() {
        return planNow();
      },
      services: this.#services,
      connections: this.#connections,
      signal,
      wantsPause: () => this.#paused,
      report: (report) => this.#report(report),
      log: (level, said, context) => this.#log(level, said, context),
      planResource: (kind, locator) => this.#jobs.records.planResource(id, kind, locator),
      markRemoved: (kind, locator) => this.#jobs.records.markRemoved(id, kind, locator),
      ledger: () => this.#jobs.records.ledger(id),
      times: () => stepTimes(this.#jobs.records.journal(id).filter((entry) => entry.run === run.number)),
      targetIsShared: () =>
        this.#jobs
          .list()
          .some(
            (other) =>
              other.id !== id &&
              this.#jobs.leases.isHeld(other.id) &&
              isSamePlace(other.plan.target, this.#plan.target),
          ),
    };
  }

  #apply(event: JobEvent): Result<Job> {
    return this.#jobs.apply(this.#job.id, event);
  }

  #log(level: LogEntry["level"], said: LogMessage, context: FailureContext = {}): void {
    this.#listener.onLog?.(
      this.#job.id,
      this.#jobs.records.appendLog(this.#job.id, this.#job.run.number, level, said, context),
    );
  }

  #report(report: StepReport): void {
    const job = this.#jobs.find(this.#job.id);
    if (!job.ok || job.value.state.name !== "running") return;
    const { step } = job.value.state;
    const now = this.#services.sinceBoot();
    const round = report.round ?? 0;
    const done = this.#neverBack(step, round, report.done);
    const { rate, eta, interval } = this.#meter.observe(
      now,
      done,
      report.total,
      this.#meterRound(step, round),
    );
    const progress: JobProgress = {
      run: this.#job.run.number,
      step,
      phase: phaseOfStep[step],
      note: report.note,
      said: report.said,
      done,
      total: report.total,
      unit: report.unit,
      round,
      ratePerSecond: rate,
      etaSeconds: eta,
      etaIntervalSeconds: interval,
      bottleneck: report.sync?.bottleneck ?? null,
      stages: report.sync?.stages ?? null,
      savings: report.sync?.savings ?? null,
      at: new Date(this.#services.clock()).toISOString(),
    };
    // Every change of words is worth a write; mere numbers only now and then.
    if (now - this.#lastProgressMs >= 900 || job.value.progress?.note !== progress.note) {
      this.#jobs.setProgress(this.#job.id, progress);
      this.#lastProgressMs = now;
    }
    this.#lastProgress = progress;
    this.#listener.onProgress?.(this.#job.id, progress);
  }

  /** Within a round what was said to be done stays done, also over another process's report of the same run. */
  #neverBack(step: JobProgress["step"], round: number, done: number): number {
    const last = this.#lastProgress;
    const isSame = last?.run === this.#job.run.number && last.step === step && last.round === round;
    return isSame ? Math.max(done, last.done) : done;
  }

  #meterRound(step: JobProgress["step"], round: number): number {
    return stepNames.indexOf(step) * 1_000_000 + round;
  }

  #beat(): void {
    try {
      this.#lookAtClock();
      this.#heedRequests();
    } catch (error) {
      // Nobody else can take the job either.
      if (!isOutOfRoom(error)) throw error;
      this.#listener.onOutOfRoom?.();
    }
  }

  /** A clock that was set belongs in the log: without it the times there make no sense. */
  #lookAtClock(): void {
    const aheadMs = this.#services.clock() - this.#services.sinceBoot();
    const seconds = Math.round((aheadMs - this.#clockAheadMs) / 1000);
    if (Math.abs(seconds) * 1000 <= driftMs) return;
    this.#clockAheadMs = aheadMs;
    this.#log("warning", { kind: "clock-set", seconds });
  }

  #heedRequests(): void {
    if (!this.#jobs.leases.renew(this.#job.id, this.#token)) {
      this.#end("lost-lease");
      return;
    }
    for (const request of this.#jobs.leases.takeRequests(this.#job.id)) {
      switch (request) {
        case "pause":
        case "unpause":
          this.#paused = request === "pause";
          this.#apply({ type: this.#paused ? "paused" : "unpaused" });
          break;
        case "tune": {
          const job = this.#jobs.find(this.#job.id);
          if (job.ok) this.#plan = job.value.plan;
          break;
        }
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

/** A step that was begun several times began when it was first tried; none ends before it began, whatever the clock says. */
function stepTimes(journal: readonly JournalEntry[]): StepTime[] {
  const began = new Map<string, string>();
  const times: StepTime[] = [];
  for (const { step, kind, at } of journal) {
    if (kind === "begin" && !began.has(step)) began.set(step, at);
    if (kind !== "done") continue;
    const beganAt = began.get(step) ?? at;
    times.push({ step, beganAt, endedAt: at < beganAt ? beganAt : at });
  }
  return times;
}

function plainContext(context: FailureContext): Record<string, string | number | boolean | string[]> {
  return Object.fromEntries(
    Object.entries(context).map(([key, value]) => [key, typeof value === "object" ? [...value] : value]),
  );
}
