import type { z } from "zod";
import type { procedures } from "../common/api/procedures.ts";
import { isUnfinished } from "../common/domain/job.ts";
import { nextRunAt } from "../common/domain/run.ts";
import { fail, type Result } from "../common/result.ts";
import { told } from "../common/domain/report-text/told.ts";
import type { Job, JobStore } from "./store/job-store.ts";

type Wanted = Pick<z.output<(typeof procedures)["job.tune"]["input"]>, "tuning" | "runs">;

/** Changes a job's manners on record, tells whoever runs it, and sets the time of its next run anew. */
export function tuneJob(jobs: JobStore, job: Job, wanted: Wanted, nowMs: number): Result<Job> {
  if (!isUnfinished(job.state)) {
    return fail("job-state", told({ kind: "job-is", state: job.state.name }), { job: job.id });
  }
  const { plan, run, state, id } = job;
  const { tuning, runs } = wanted;
  const next = {
    codec: tuning.codec ?? plan.tuning.codec,
    level: tuning.level ?? plan.tuning.level,
    rateBytesPerSecond: tuning.rateBytesPerSecond ?? plan.tuning.rateBytesPerSecond,
    loadPercent: tuning.loadPercent ?? plan.tuning.loadPercent,
    checksum: tuning.checksum ?? plan.tuning.checksum,
  };
  jobs.updatePlan(id, {
    ...plan,
    tuning: next,
    runs: {
      incremental: runs.incremental === undefined ? plan.runs.incremental : runs.incremental,
      consistency: runs.consistency ?? plan.runs.consistency,
      hooks: runs.hooks ?? plan.runs.hooks,
      transferWindow: runs.transferWindow === undefined ? plan.runs.transferWindow : runs.transferWindow,
      expireAfterDays: runs.expireAfterDays ?? plan.runs.expireAfterDays,
    },
  });
  if (jobs.leases.isHeld(id)) jobs.leases.request(id, "tune");
  if (runs.incremental === undefined || state.name !== "waiting" || state.reason !== "next-run") {
    return jobs.find(id);
  }
  const { incremental } = runs;
  const beganAtMs = run.beganAt === null ? nowMs : Date.parse(run.beganAt);
  return jobs.apply(id, {
    type: "rescheduled",
    nextRunAt:
      incremental === null
        ? null
        : new Date(nextRunAt(beganAtMs, incremental.intervalHours, nowMs)).toISOString(),
  });
}
