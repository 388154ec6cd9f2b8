/** Other ports for a job whose own are taken. */
import type { Job, JobStore } from "./store/job-store.ts";
import { isSamePlace, type Target } from "../common/domain/plan.ts";
import { isUnfinished, type StepName } from "../common/domain/job.ts";
import { told } from "../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../common/result.ts";
import type { MigrationServices } from "./migrations/services.ts";

export interface PortWish {
  readonly controlPort?: number | undefined;
  readonly dataPort?: number | undefined;
}

/**
 * Gives a job's intermediate other ports, and with it all jobs that share it. What the run under way had done with the
 * old ones is done again: starting the intermediate and, where it still copies, placing the agent. Refused while one of
 * those jobs runs, since its agent talks to the old ports.
 */
export async function changePorts(
  jobs: JobStore,
  services: Pick<MigrationServices, "targetFor">,
  job: Job,
  wish: PortWish,
): Promise<Result<void>> {
  const before = job.plan.target;
  const controlPort = wish.controlPort ?? before.controlPort;
  const dataPort = wish.dataPort ?? before.dataPort;
  if (controlPort === before.controlPort && dataPort === before.dataPort) return ok();
  if (controlPort === dataPort)
    return fail("input-invalid", told({ kind: "two-ports-wanted" }), { field: "dataPort" });
  const sharing = jobs
    .list()
    .filter((each) => isUnfinished(each.state) && sharesPorts(each.plan.target, before));
  const running = sharing.find((each) => each.id !== job.id && jobs.leases.isHeld(each.id));
  if (running !== undefined)
    return fail(
      "job-held-elsewhere",
      told({ kind: "ports-in-use-by-job", job: running.id }),
      { job: running.id },
      told({ kind: "stop-that-job-first" }),
    );
  // One that is idle would keep the folder, and the jobs would find it on neither port.
  const released = await services.targetFor(before).releaseIntermediate(before);
  if (!released.ok) return released;
  for (const each of new Map([...sharing, job].map((one) => [one.id, one])).values()) {
    jobs.updatePlan(each.id, { ...each.plan, target: { ...each.plan.target, controlPort, dataPort } });
    if (each.run.endedAt === null) jobs.records.reopen(each.id, each.run.number, stepsToRepeat(jobs, each));
  }
  return ok();
}

const sharesPorts = (one: Target, other: Target): boolean =>
  isSamePlace(one, other) && one.controlPort === other.controlPort && one.dataPort === other.dataPort;

/** Once everything is copied the agent has nothing to do with the intermediate any more. */
function stepsToRepeat(jobs: JobStore, job: Job): readonly StepName[] {
  const isCopied = "sync" in jobs.records.outputs(job.id, job.run.number);
  return isCopied ? ["provision"] : ["provision", "push"];
}
