/** What a job's progress means in figures, the same on every screen. */
import type { JobRow } from "../../common/api/procedures.ts";
import { stepNames } from "../../common/domain/job.ts";
import { statusOf } from "./job-status.tsx";

/** Share of the present step that is done, or null where that is not known. */
export function shareOf(job: JobRow): number | null {
  if (job.state.name === "finished") return 1;
  if (job.progress === null || job.progress.total === 0 || job.progress.unit === "steps") return null;
  return Math.min(1, job.progress.done / job.progress.total);
}

/** The step that a job is in, or was in when it ended. */
export function stepOf(job: JobRow): (typeof stepNames)[number] | null {
  return "step" in job.state ? job.state.step : null;
}

/** Bytes a second; null where nothing is being copied. */
export function rateOf(job: JobRow): number | null {
  if (statusOf(job) !== "running" || job.progress?.unit !== "bytes") return null;
  return job.progress.ratePerSecond;
}

export function etaOf(job: JobRow): number | null {
  return statusOf(job) === "running" ? (job.progress?.etaSeconds ?? null) : null;
}
