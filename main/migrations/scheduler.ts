import type { Source } from "../../common/domain/source.ts";
import type { Result } from "../../common/result.ts";
import type { Job, JobStore } from "../store/job-store.ts";
import { ifThereIsRoom, isOutOfRoom } from "../../common/out-of-room.ts";
import type { JobQueue } from "./job-queue.ts";
import type { MigrationRunner } from "./runner.ts";
import { dueAct } from "./schedule.ts";
import type { MigrationServices } from "./services.ts";

const tickMs = 15_000;
/** Clock and time since the start may drift apart by so much between two looks; by more, and the clock was set. */
const driftMs = 60_000;
/** Nothing expires for so long after the clock was set: whoever set it wrong has time to notice. */
const graceMs = 3_600_000;

export interface SchedulerDependencies {
  readonly jobs: JobStore;
  readonly queue: Pick<JobQueue, "isStarted" | "start">;
  readonly runner: Pick<MigrationRunner, "expire">;
  readonly services: Pick<MigrationServices, "clock" | "sinceBoot">;
  sourceOf(job: Job): Result<Source>;
}

/**
 * Lets jobs go on by themselves: due runs, runs that were interrupted, and those that waited. It looks at the clock
 * again and again instead of setting timers, so sleep and a clock that was set only delay it by a tick.
 */
export class Scheduler {
  readonly #dependencies: SchedulerDependencies;
  readonly #expiring = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #lastLook: { readonly clockMs: number; readonly bootMs: number } | undefined;
  #clockSetAtMs: number | undefined;

  constructor(dependencies: SchedulerDependencies) {
    this.#dependencies = dependencies;
  }

  /** Looks now and from now on. May be called twice. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#tick(), tickMs).unref();
    this.#tick();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    // Another process may not have renewed its leases by the new time yet.
    if (this.#hasJumped()) return;
    // What is due stays due.
    ifThereIsRoom(() => this.runDue());
  }

  /** Starts what is due in the background and gives those jobs. */
  runDue(): Job[] {
    const { jobs, queue, services } = this.#dependencies;
    const started: Job[] = [];
    for (const job of jobs.list()) {
      if (jobs.leases.isHeld(job.id) || queue.isStarted(job.id)) continue;
      const act = dueAct(job, services.clock());
      const source = this.#dependencies.sourceOf(job);
      if (act === null || !source.ok) continue;
      if (act.kind === "expire") {
        if (!this.#isClockFresh()) this.#expire(job, source.value);
        continue;
      }
      if (act.kind === "next-run") {
        const planned = jobs.planRun(job.id, "incremental", "schedule", act.after);
        // Another scheduler was quicker.
        if (!planned.ok) continue;
      }
      queue.start(job.id, source.value);
      started.push(job);
    }
    return started;
  }

  /** True where the clock was set since the last look, or the machine slept: the next look is soon enough. */
  #hasJumped(): boolean {
    const { clock, sinceBoot } = this.#dependencies.services;
    const now = { clockMs: clock(), bootMs: sinceBoot() };
    const last = this.#lastLook ?? now;
    this.#lastLook = now;
    const passed = now.bootMs - last.bootMs;
    const wasSet = Math.abs(now.clockMs - last.clockMs - passed) > driftMs;
    if (wasSet) this.#clockSetAtMs = now.bootMs;
    return wasSet || passed > tickMs + driftMs;
  }

  #isClockFresh(): boolean {
    return (
      this.#clockSetAtMs !== undefined &&
      this.#dependencies.services.sinceBoot() - this.#clockSetAtMs < graceMs
    );
  }

  #expire(job: Job, source: Source): void {
    if (this.#expiring.has(job.id)) return;
    this.#expiring.add(job.id);
    // Unreachable sources take their time; the state changes in any case.
    void this.#dependencies.runner
      .expire(job.id, source, AbortSignal.timeout(60_000))
      .catch((error: unknown) => {
        // It is looked at again at the next tick.
        if (!isOutOfRoom(error)) throw error;
      })
      .finally(() => this.#expiring.delete(job.id));
  }
}
