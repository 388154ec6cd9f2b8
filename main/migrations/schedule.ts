/** What is due: which jobs go on by themselves at a moment. Pure, so that clocks and sleep are a matter of tests. */
import { stepNames } from "../../common/domain/job.ts";
import { isWindowOpen, nextWindowChange } from "../../common/domain/transfer-window.ts";
import type { Job } from "../store/job-store.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export type DueAct =
  /** Plan an incremental run after the one with this number, and run it. */
  | { readonly kind: "next-run"; readonly job: Job; readonly after: number }
  /** Go on with the run that is planned or was interrupted. */
  | { readonly kind: "go-on"; readonly job: Job }
  | { readonly kind: "expire"; readonly job: Job };

/** Whether a run's disk data has still to travel, so that its transfer window matters. */
function hasDataToSend({ state }: Job): boolean {
  if (state.name !== "stopped" && state.name !== "in-error" && state.name !== "running") return true;
  return stepNames.indexOf(state.step) <= stepNames.indexOf("sync");
}

/** When the job's transfer window opens; null where nothing keeps it from running now. */
export function windowOpensAt(job: Job, nowMs: number): number | null {
  const { transferWindow } = job.plan.runs;
  if (transferWindow === null || !hasDataToSend(job) || isWindowOpen(transferWindow, nowMs)) return null;
  return nextWindowChange(transferWindow, nowMs);
}

/**
 * What a job that no process holds wants at `nowMs`. Runs that were missed (the assistant slept) are one run. A time
 * further away than the job's own interval comes from a clock that was wrong, and is due at once.
 */
export function dueAct(job: Job, nowMs: number): DueAct | null {
  const { state, run, plan } = job;
  const idleMs = nowMs - Date.parse(job.updatedAt);
  const isForgotten = idleMs > plan.runs.expireAfterDays * dayMs;
  switch (state.name) {
    case "waiting": {
      if (state.reason !== "next-run") {
        return windowOpensAt(job, nowMs) === null ? { kind: "go-on", job } : null;
      }
      const { incremental } = plan.runs;
      if (incremental === null || state.nextRunAt === null)
        return isForgotten ? { kind: "expire", job } : null;
      const inMs = Date.parse(state.nextRunAt) - nowMs;
      const isDue = inMs <= 0 || inMs > incremental.intervalHours * hourMs;
      return isDue ? { kind: "next-run", job, after: run.number } : null;
    }
    case "stopped":
      if (state.goesOn === true) return { kind: "go-on", job };
      return isForgotten ? { kind: "expire", job } : null;
    case "in-error":
      // Nobody watches a run that the schedule began: what may pass by itself is tried again.
      if (run.trigger === "schedule" && state.failure.retryable && idleMs >= hourMs)
        return { kind: "go-on", job };
      return isForgotten ? { kind: "expire", job } : null;
    case "ready":
    case "running":
      // A process that died left it; one that a person began is that person's to resume.
      if (run.trigger === "schedule") return { kind: "go-on", job };
      return isForgotten ? { kind: "expire", job } : null;
    case "finished":
    case "expired":
    case "deleting":
      return null;
  }
}
