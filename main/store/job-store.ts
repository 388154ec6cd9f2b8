import type { DatabaseSync } from "node:sqlite";
import {
  isUnfinished,
  jobStateSchema,
  stepNames,
  transition,
  type JobEvent,
  type JobState,
} from "../../common/domain/job.ts";
import { jobPlanSchema, type JobPlan } from "../../common/domain/plan.ts";
import type { JobProgress } from "../../common/domain/progress.ts";
import type { Run, RunKind, RunTrigger } from "../../common/domain/run.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { inTransaction } from "./versioned-database.ts";
import type { JobRow } from "../../common/api/procedures.ts";
import { isRestReason } from "../../common/api/insight-procedures.ts";
import { progressFromRow } from "./progress-row.ts";
import { jobRows } from "./job-rows.ts";
import { JobLeases } from "./job-leases.ts";
import { JobRecords } from "./job-records.ts";
import { insertRun, latestRun, markRunBegun, markRunEnded, runsOf } from "./run-rows.ts";

export interface Job {
  readonly id: string;
  readonly sourceId: string;
  readonly state: JobState;
  readonly plan: JobPlan;
  readonly progress: JobProgress | null;
  /** The run that is under way, or the last one. */
  readonly run: Run;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Jobs on record. */
export const mostJobs = 1_000;

/** Jobs with their runs, states and plans; whatever changes a state goes through `transition`. */
export class JobStore {
  readonly #database: DatabaseSync;
  readonly #clock: () => number;
  readonly #onState: (job: Job) => void;
  readonly leases: JobLeases;
  readonly records: JobRecords;

  /** @param onState is told of every change of a job's state, after it is on record. */
  constructor(
    database: DatabaseSync,
    clock: () => number,
    processAlive: (pid: number) => boolean,
    onState: (job: Job) => void = () => undefined,
  ) {
    this.#database = database;
    this.#clock = clock;
    this.#onState = onState;
    this.leases = new JobLeases(database, clock, processAlive);
    this.records = new JobRecords(database, clock);
  }

  #told(changed: Result<Job>): Result<Job> {
    if (changed.ok) this.#onState(changed.value);
    return changed;
  }

  #now(): string {
    return new Date(this.#clock()).toISOString();
  }

  create(id: string, sourceId: string, plan: JobPlan): Result<Job> {
    return inTransaction(this.#database, () => {
      const other = this.#database
        .prepare("SELECT id FROM job WHERE source_id = ? AND unfinished = 1")
        .get(sourceId);
      if (other !== undefined) {
        const job = String(other["id"]);
        return fail("job-exists", told({ kind: "unfinished-job", job }), { job });
      }
      const count = Number(this.#database.prepare("SELECT count(*) AS n FROM job").get()?.["n"]);
      if (count >= mostJobs) {
        return fail(
          "limit-reached",
          told({ kind: "jobs-full", count: mostJobs }),
          { limit: mostJobs },
          told({ kind: "remove-jobs" }),
        );
      }
      const now = this.#now();
      this.#database
        .prepare(
          "INSERT INTO job (id, source_id, state, unfinished, plan, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?, ?)",
        )
        .run(id, sourceId, JSON.stringify({ name: "ready" }), JSON.stringify(plan), now, now);
      insertRun(this.#database, id, { number: 1, kind: "full", trigger: "admin" }, now);
      return this.find(id);
    });
  }

  /**
   * Plans another run over the job's replica; the one before, where it did not end, is superseded. Refused where the
   * first copy is not complete, a process runs the job, or the source meanwhile has another unfinished job.
   * @param after the run that must be the last one; null: whichever is. Keeps two schedulers from planning one each.
   */
  planRun(
    id: string,
    kind: Exclude<RunKind, "full">,
    trigger: RunTrigger,
    after: number | null = null,
  ): Result<Job> {
    const changed = inTransaction(this.#database, (): Result<Job> => {
      const job = this.find(id);
      if (!job.ok) return job;
      const refused = this.#refusalOfRun(job.value);
      if (refused !== null) return refused;
      if (after !== null && job.value.run.number !== after) {
        return fail("job-state", told({ kind: "run-not-last", run: after }), { run: job.value.run.number });
      }
      const next = transition(job.value.state, { type: "run-planned" });
      if (!next.ok) return next;
      const now = this.#now();
      const { id: jobId, run } = job.value;
      markRunEnded(this.#database, jobId, run.number, "superseded", now);
      insertRun(this.#database, jobId, { number: run.number + 1, kind, trigger }, now);
      this.#writeState(jobId, next.value);
      return this.find(jobId);
    });
    return this.#told(changed);
  }

  #refusalOfRun(job: Job): Result<never> | null {
    if (this.leases.isHeld(job.id))
      return fail("job-held-elsewhere", told({ kind: "other-process-runs" }), { job: job.id });
    const other = this.#database
      .prepare("SELECT id FROM job WHERE source_id = ? AND unfinished = 1 AND id <> ?")
      .get(job.sourceId, job.id);
    if (other !== undefined) {
      const name = String(other["id"]);
      return fail("job-exists", told({ kind: "unfinished-job", job: name }), { job: name });
    }
    const copied = this.#database
      .prepare("SELECT 1 FROM journal WHERE job_id = ? AND step = 'sync' AND kind = 'done' LIMIT 1")
      .get(job.id);
    if (copied !== undefined) return null;
    return fail(
      "job-state",
      told({ kind: "copy-incomplete" }),
      { job: job.id },
      told({ kind: "start-by-resuming" }),
    );
  }

  /** Notes that the first step of a run begins. Repeating is harmless. */
  beginRun(id: string, number: number): void {
    markRunBegun(this.#database, id, number, this.#now());
  }

  /** Ends the run under way: applies `event` and marks the run done, in one. */
  endRun(id: string, number: number, event: JobEvent): Result<Job> {
    const changed = inTransaction(this.#database, (): Result<Job> => {
      const job = this.find(id);
      if (!job.ok) return job;
      const next = transition(job.value.state, event);
      if (!next.ok) return next;
      markRunEnded(this.#database, id, number, "done", this.#now());
      this.#writeState(id, next.value);
      return this.find(id);
    });
    return this.#told(changed);
  }

  /** In order, from the first. */
  runs(id: string): Run[] {
    return runsOf(this.#database, id);
  }

  list(): Job[] {
    return this.#database
      .prepare("SELECT * FROM job ORDER BY created_at")
      .all()
      .map((row) => this.#jobFromRow(row));
  }

  /** All jobs as lists have them, in the order of {@link list}. */
  rows(): JobRow[] {
    return jobRows(this.#database, this.leases);
  }

  /** By id, or by a prefix of it that only one job has. */
  find(idOrPrefix: string): Result<Job> {
    const rows = this.#database
      .prepare("SELECT * FROM job WHERE id = ? OR substr(id, 1, length(?)) = ? LIMIT 2")
      .all(idOrPrefix, idOrPrefix, idOrPrefix);
    const [row] = rows;
    if (row === undefined || idOrPrefix === "")
      return fail("not-found", told({ kind: "no-job", job: idOrPrefix }), { job: idOrPrefix });
    if (rows.length > 1)
      return fail("input-invalid", told({ kind: "several-jobs-begin-with", prefix: idOrPrefix }), {
        job: idOrPrefix,
      });
    return ok(this.#jobFromRow(row));
  }

  /** Applies `event` to the job's state, atomically with what is on record. */
  apply(id: string, event: JobEvent): Result<Job> {
    const changed = inTransaction(this.#database, (): Result<Job> => {
      const job = this.find(id);
      if (!job.ok) return job;
      const next = transition(job.value.state, event);
      if (!next.ok) return next;
      this.#writeState(job.value.id, next.value);
      this.#noteRest(job.value, event);
      return this.find(job.value.id);
    });
    return this.#told(changed);
  }

  /** Time in which a step only waits for somebody is not its work: the journal has when that began and when it ended. */
  #noteRest({ id, run, state }: Job, { type }: JobEvent): void {
    if (state.name !== "running") return;
    if (type === "unpaused") this.records.appendJournal(id, run.number, state.step, "begin", null);
    if (isRestReason(type)) this.records.appendJournal(id, run.number, state.step, "rest", { why: type });
  }

  /**
   * Stops a job that only waits for a slot or its transfer window. Whoever waits with it notices and lets it be; where
   * a process has begun to run it meanwhile, that one is asked.
   */
  leaveQueue(id: string): Result<Job> {
    const changed = inTransaction(this.#database, (): Result<Job> => {
      const job = this.find(id);
      if (!job.ok) return job;
      if (this.leases.isHeld(id)) {
        this.leases.request(id, "stop");
        return job;
      }
      const done = this.records
        .journal(id)
        .filter(({ kind, run }) => kind === "done" && run === job.value.run.number);
      const step = stepNames.find((name) => !done.some((entry) => entry.step === name)) ?? "clean-up";
      const next = transition(job.value.state, { type: "queue-left", step });
      if (!next.ok) return next;
      this.#writeState(id, next.value);
      return this.find(id);
    });
    return this.#told(changed);
  }

  #writeState(id: string, state: JobState): void {
    this.#database
      .prepare("UPDATE job SET state = ?, unfinished = ?, updated_at = ? WHERE id = ?")
      .run(JSON.stringify(state), isUnfinished(state) ? 1 : 0, this.#now(), id);
  }

  setProgress(id: string, progress: JobProgress): void {
    this.#database.prepare("UPDATE job SET progress = ? WHERE id = ?").run(JSON.stringify(progress), id);
  }

  updatePlan(id: string, plan: JobPlan): void {
    this.#database.prepare("UPDATE job SET plan = ? WHERE id = ?").run(JSON.stringify(plan), id);
  }

  /** Removes the job with its journal, ledger and log. */
  remove(id: string): void {
    this.#database.prepare("DELETE FROM job WHERE id = ?").run(id);
  }

  #jobFromRow(row: Record<string, unknown>): Job {
    const id = String(row["id"]);
    return {
      id,
      sourceId: String(row["source_id"]),
      state: jobStateSchema.parse(JSON.parse(String(row["state"]))),
      plan: jobPlanSchema.parse(JSON.parse(String(row["plan"]))),
      progress: progressFromRow(row["progress"]),
      run: latestRun(this.#database, id),
      createdAt: String(row["created_at"]),
      updatedAt: String(row["updated_at"]),
    };
  }
}
