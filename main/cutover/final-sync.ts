import type { Source } from "../../common/domain/source.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { Job, JobStore } from "../store/job-store.ts";

/** Runs a job to the end of its run, in this process. */
export type RunJob = (jobId: string, source: Source, signal: AbortSignal) => Promise<Result<Job>>;

/** True for a job that is meant to have further runs. */
const hasRuns = ({ plan, run, state }: Job): boolean =>
  plan.runs.incremental !== null ||
  run.number > 1 ||
  (state.name === "waiting" && state.reason === "next-run");

/**
 * Before its last run, what an instance would get is not yet what the source is now: an incremental job gets its final
 * run, or goes on with one that was interrupted. Gives the finished job. `cutover-state` for a job whose only run has
 * not ended, `cancelled`, or what stopped the final run.
 */
export async function finishRuns(
  jobs: JobStore,
  job: Job,
  source: Source,
  runJob: RunJob,
  signal: AbortSignal,
): Promise<Result<Job>> {
  if (job.state.name === "finished") return ok(job);
  const context = { job: job.id, state: job.state.name };
  if (!hasRuns(job)) {
    return fail(
      "cutover-state",
      told({ kind: "run-not-done", state: job.state.name }),
      context,
      told({ kind: "finish-job-first" }),
    );
  }
  const isUnderWay = job.run.kind === "final" && job.run.endedAt === null;
  if (!isUnderWay) {
    const planned = jobs.planRun(job.id, "final", "admin");
    if (!planned.ok) return planned;
  }
  const ran = await runJob(job.id, source, signal);
  if (!ran.ok) return ran;
  const { state } = ran.value;
  if (state.name === "finished") return ran;
  if (state.name === "in-error") return { ok: false, failure: state.failure };
  const remedy = told({ kind: "start-cutover-again" });
  if (signal.aborted) return fail("cancelled", told({ kind: "stopped-in-final-sync" }), context, remedy);
  return fail("cutover-state", told({ kind: "final-sync-unended", state: state.name }), context, remedy);
}
