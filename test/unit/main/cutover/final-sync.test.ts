import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { unwrap } from "../../../../common/result.ts";
import { finishRuns, type RunJob } from "../../../../main/cutover/final-sync.ts";
import { openDatabase } from "../../../../main/store/database.ts";
import { JobStore } from "../../../../main/store/job-store.ts";
import { SourceStore } from "../../../../main/store/source-store.ts";
import { jobId, prepareJob, sourceName } from "../../../support/cutover/prepared-job.ts";

let folder: string;
let jobs: JobStore;
let sources: SourceStore;
let close: () => void;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-final-sync-"));
  prepareJob(folder, []);
  const database = unwrap(openDatabase(folder));
  jobs = new JobStore(database, Date.now, () => true);
  sources = new SourceStore(database);
  close = () => database.close();
  jobs.records.appendJournal(jobId, 1, "sync", "done", {});
});
afterEach(() => {
  close();
  rmSync(folder, { recursive: true, force: true });
});

const signal = new AbortController().signal;
const job = () => unwrap(jobs.find(jobId));
const finish = (runJob: RunJob) => finishRuns(jobs, job(), unwrap(sources.find(sourceName)), runJob, signal);
const never: RunJob = () => Promise.reject(new Error("nothing is to be run"));
const finished: RunJob = () => {
  unwrap(jobs.apply(jobId, { type: "step-started", step: "clean-up" }));
  return Promise.resolve(jobs.endRun(jobId, job().run.number, { type: "finished" }));
};

it("a finished job has no further run", async () => {
  expect(unwrap(await finish(never)).run.number).toBe(1);
});

it("a final run that was interrupted is gone on with; one that failed is told with its cause", async () => {
  unwrap(jobs.planRun(jobId, "final", "admin"));
  unwrap(jobs.apply(jobId, { type: "step-started", step: "sync" }));
  unwrap(jobs.apply(jobId, { type: "stopped" }));
  const failing: RunJob = () => {
    const failure = { code: "no-space", message: "full", remedy: "", retryable: true, context: {} } as const;
    unwrap(jobs.apply(jobId, { type: "step-started", step: "sync" }));
    return Promise.resolve(jobs.apply(jobId, { type: "failed", failure }));
  };
  expect(await finish(failing)).toMatchObject({ failure: { code: "no-space" } });
  expect(unwrap(await finish(finished))).toMatchObject({ run: { number: 2, kind: "final" } });
});

it("an incremental run that did not end is superseded by the final one", async () => {
  unwrap(jobs.planRun(jobId, "incremental", "schedule"));
  expect(unwrap(await finish(finished))).toMatchObject({
    run: { number: 3, kind: "final", outcome: "done" },
    state: { name: "finished" },
  });
});
