/** Carries one cutover order out in a process of its own, so that a test can kill it: STATE VERB INSTANCE. */
import { migratedSystem } from "../../../main/cutover/job-images.ts";
import { unwrap } from "../../../common/result.ts";
import { jobId, openCutover } from "./prepared-job.ts";

const [stateDirectory = "", verb = "", instance = ""] = process.argv.slice(2);
const { runner, jobs } = openCutover(stateDirectory);
const order = {
  jobId,
  instance,
  timeoutSeconds: 120,
  graceSeconds: 0,
  signal: new AbortController().signal,
  system: unwrap(migratedSystem(jobId, unwrap(jobs.find(jobId)).plan, jobs.records.journal(jobId))),
};
const carried =
  verb === "start"
    ? await runner.start({ ...order, withoutDrill: true, isOlder: false })
    : verb === "drill"
      ? await runner.drill(order)
      : verb === "rollback"
        ? await runner.rollBack(jobId)
        : await runner.finalise(jobId);
if (!carried.ok) process.stderr.write(`${JSON.stringify(carried.failure)}\n`);
process.exit(carried.ok ? 0 : 1);
