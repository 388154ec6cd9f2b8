import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import {
  isUnfinished,
  jobStateSchema,
  stepNames,
  transition,
  type JobEvent,
  type JobState,
  type StepName,
} from "../../common/domain/job.ts";
import { jobPlanSchema, type JobPlan } from "../../common/domain/plan.ts";
import { jobProgressSchema, type JobProgress } from "../../common/domain/progress.ts";
import type { Run, RunKind, RunTrigger } from "../../common/domain/run.ts";
import { fail, ok, type FailureContext, type Result } from "../../common/result.ts";
import { inTransaction } from "./database.ts";
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

/** `begin` is written before a step acts, `done` (with the step's output) after; `note` keeps what a step must remember. */
export type JournalKind = "begin" | "done" | "note";

export interface JournalEntry {
  readonly seq: number;
  readonly run: number;
  readonly at: string;
  readonly step: StepName;
  readonly kind: JournalKind;
  readonly data: unknown;
}

/** Something that a job created outside the assistant and that only this record allows to be removed. */
export interface LedgerEntry {
  readonly kind:
    "agent-directory" | "intermediate-job" | "intermediate-daemon" | "receipt" | "consistent-moment";
  readonly locator: string;
  /** `planned` is written before the thing is made: after a crash it may or may not be there. */
  readonly state: "planned" | "removed";
}

/** `tune`: the plan on record has changed. */
export type RequestKind = "pause" | "unpause" | "tune" | "stop" | "cancel";

export interface LogEntry {
  readonly seq: number;
  readonly run: number;
  readonly at: string;
  readonly level: "info" | "warning" | "error";
  readonly message: string;
  readonly context: FailureContext;
}

/** Which process runs a job. A holder whose process is gone, or that has not renewed, holds nothing. */
export const holderSchema = z.object({ token: z.string(), pid: z.number().int(), renewedAtMs: z.number() });
export type Holder = z.infer<typeof holderSchema>;

const holderLifetimeMs = 15_000;
/** Jobs that may run at once, whichever processes run them. */
export const mostRunning = 50;
/** Jobs on record. */
export const mostJobs = 1_000;

export class JobStore {
  readonly #database: DatabaseSync;
  readonly #clock: () => number;
  readonly #processAlive: (pid: number) => boolean;
  readonly #onState: (job: Job) => void;

  /** @param onState is told of every change of a job's state, after it is on record. */
  constructor(
    database: DatabaseSync,
    clock: () => number,
    processAlive: (pid: number) => boolean,
    onState: (job: Job) => void = () => undefined,
  ) {
    this.#database = database;
    this.#clock = clock;
    this.#processAlive = processAlive;
    this.#onState = onState;
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
        return fail("job-exists", `the source has an unfinished job, ${job}`, { job });
      }
      const count = Number(this.#database.prepare("SELECT count(*) AS n FROM job").get()?.["n"]);
      if (count >= mostJobs) {
        return fail(
          "limit-reached",
          `${mostJobs} jobs are on record, which is the limit`,
          { limit: mostJobs },
          "Remove jobs that are no longer needed: `sma job cancel JOB` (images may be kept elsewhere first).",
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
        return fail("job-state", `run ${after} is not the last one any more`, { run: job.value.run.number });
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
    if (this.isHeld(job.id)) return fail("job-held-elsewhere", "a process runs this job", { job: job.id });
    const other = this.#database
      .prepare("SELECT id FROM job WHERE source_id = ? AND unfinished = 1 AND id <> ?")
      .get(job.sourceId, job.id);
    if (other !== undefined) {
      const name = String(other["id"]);
      return fail("job-exists", `the source has an unfinished job, ${name}`, { job: name });
    }
    const copied = this.#database
      .prepare("SELECT 1 FROM journal WHERE job_id = ? AND step = 'sync' AND kind = 'done' LIMIT 1")
      .get(job.id);
    if (copied !== undefined) return null;
    return fail(
      "job-state",
      "the full copy is not complete, so there is nothing to add to",
      { job: job.id },
      "Resume the job: `sma job resume`.",
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

  /** By id, or by a prefix of it that only one job has. */
  find(idOrPrefix: string): Result<Job> {
    const rows = this.#database
      .prepare("SELECT * FROM job WHERE id = ? OR substr(id, 1, length(?)) = ? LIMIT 2")
      .all(idOrPrefix, idOrPrefix, idOrPrefix);
    const [row] = rows;
    if (row === undefined || idOrPrefix === "")
      return fail("not-found", `there is no job ${idOrPrefix}`, { job: idOrPrefix });
    if (rows.length > 1)
      return fail("input-invalid", `several jobs begin with ${idOrPrefix}`, { job: idOrPrefix });
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
      return this.find(job.value.id);
    });
    return this.#told(changed);
  }

  /**
   * Stops a job that only waits for a slot or its transfer window. Whoever waits with it notices and lets it be; where
   * a process has begun to run it meanwhile, that one is asked.
   */
  leaveQueue(id: string): Result<Job> {
    const changed = inTransaction(this.#database, (): Result<Job> => {
      const job = this.find(id);
      if (!job.ok) return job;
      if (this.isHeld(id)) {
        this.request(id, "stop");
        return job;
      }
      const done = this.journal(id).filter(
        ({ kind, run }) => kind === "done" && run === job.value.run.number,
      );
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

  // The lease: one process at a time runs a job.

  acquire(id: string, holder: Omit<Holder, "renewedAtMs">): Result<void> {
    return inTransaction(this.#database, () => {
      const row = this.#database.prepare("SELECT holder FROM job WHERE id = ?").get(id);
      if (row === undefined) return fail("not-found", `there is no job ${id}`, { job: id });
      const current = row["holder"] === null ? null : holderSchema.parse(JSON.parse(String(row["holder"])));
      if (current !== null && current.token !== holder.token && this.#isAlive(current)) {
        return fail("job-held-elsewhere", `process ${current.pid} runs this job`, {
          job: id,
          pid: current.pid,
        });
      }
      if (this.#heldJobs(id) >= mostRunning) {
        return fail("no-slot", `${mostRunning} jobs run already`, { running: mostRunning });
      }
      this.#writeHolder(id, { ...holder, renewedAtMs: this.#clock() });
      this.#database.prepare("DELETE FROM request WHERE job_id = ?").run(id);
      return ok();
    });
  }

  /** How many jobs other than this one living processes hold. */
  #heldJobs(except: string): number {
    return this.#database
      .prepare("SELECT holder FROM job WHERE holder IS NOT NULL AND id <> ?")
      .all(except)
      .filter((row) => this.#isAlive(holderSchema.parse(JSON.parse(String(row["holder"]))))).length;
  }

  /** False when another process has taken the job meanwhile: stop at once. */
  renew(id: string, token: string): boolean {
    return inTransaction(this.#database, () => {
      const current = this.holder(id);
      if (current?.token !== token) return false;
      this.#writeHolder(id, { ...current, renewedAtMs: this.#clock() });
      return true;
    });
  }

  release(id: string, token: string): void {
    if (this.holder(id)?.token === token) {
      this.#database.prepare("UPDATE job SET holder = NULL WHERE id = ?").run(id);
    }
  }

  holder(id: string): Holder | null {
    const text = this.#database.prepare("SELECT holder FROM job WHERE id = ?").get(id)?.["holder"];
    return typeof text === "string" ? holderSchema.parse(JSON.parse(text)) : null;
  }

  isHeld(id: string): boolean {
    const holder = this.holder(id);
    return holder !== null && this.#isAlive(holder);
  }

  #isAlive(holder: Holder): boolean {
    return this.#processAlive(holder.pid) && this.#clock() - holder.renewedAtMs < holderLifetimeMs;
  }

  #writeHolder(id: string, holder: Holder): void {
    this.#database.prepare("UPDATE job SET holder = ? WHERE id = ?").run(JSON.stringify(holder), id);
  }

  // Requests from other processes to the one that runs the job.

  request(id: string, kind: RequestKind): void {
    this.#database.prepare("INSERT INTO request (job_id, kind) VALUES (?, ?)").run(id, kind);
  }

  /** Takes the waiting requests, oldest first. */
  takeRequests(id: string): RequestKind[] {
    const rows = this.#database.prepare("DELETE FROM request WHERE job_id = ? RETURNING seq, kind").all(id);
    return rows
      .toSorted((a, b) => Number(a["seq"]) - Number(b["seq"]))
      .map((row) => String(row["kind"]) as RequestKind);
  }

  // Journal and ledger.

  appendJournal(id: string, run: number, step: StepName, kind: JournalKind, data: unknown): void {
    this.#database
      .prepare("INSERT INTO journal (job_id, run, at, step, kind, data) VALUES (?, ?, ?, ?, ?, ?)")
      .run(id, run, this.#now(), step, kind, JSON.stringify(data ?? null));
  }

  /** Of all runs, in the order in which it was written. */
  journal(id: string): JournalEntry[] {
    const rows = this.#database.prepare("SELECT * FROM journal WHERE job_id = ? ORDER BY seq").all(id);
    return rows.map((row) => ({
      seq: Number(row["seq"]),
      run: Number(row["run"]),
      at: String(row["at"]),
      step: String(row["step"]) as StepName,
      kind: String(row["kind"]) as JournalKind,
      data: JSON.parse(String(row["data"])) as unknown,
    }));
  }

  /** Records a resource before it is made. Recording it again is harmless. */
  planResource(id: string, kind: LedgerEntry["kind"], locator: string): void {
    this.#database
      .prepare(
        "INSERT INTO ledger (job_id, kind, locator, state) VALUES (?, ?, ?, 'planned') " +
          "ON CONFLICT (job_id, kind, locator) DO UPDATE SET state = 'planned'",
      )
      .run(id, kind, locator);
  }

  markRemoved(id: string, kind: LedgerEntry["kind"], locator: string): void {
    this.#database
      .prepare("UPDATE ledger SET state = 'removed' WHERE job_id = ? AND kind = ? AND locator = ?")
      .run(id, kind, locator);
  }

  ledger(id: string): LedgerEntry[] {
    const rows = this.#database.prepare("SELECT * FROM ledger WHERE job_id = ? ORDER BY seq").all(id);
    return rows.map((row) => ({
      kind: String(row["kind"]) as LedgerEntry["kind"],
      locator: String(row["locator"]),
      state: String(row["state"]) as LedgerEntry["state"],
    }));
  }

  // Log.

  appendLog(
    id: string,
    run: number,
    level: LogEntry["level"],
    message: string,
    context: FailureContext,
  ): LogEntry {
    const at = this.#now();
    const { lastInsertRowid } = this.#database
      .prepare("INSERT INTO log (job_id, run, at, level, message, context) VALUES (?, ?, ?, ?, ?, ?)")
      .run(id, run, at, level, message, JSON.stringify(context));
    return { seq: Number(lastInsertRowid), run, at, level, message, context };
  }

  /** Removes the logs of jobs that are over and have not changed since `before` (ISO 8601). */
  forgetLogs(before: string): void {
    this.#database
      .prepare("DELETE FROM log WHERE job_id IN (SELECT id FROM job WHERE unfinished = 0 AND updated_at < ?)")
      .run(before);
  }

  logs(id: string, afterSeq: number): LogEntry[] {
    const rows = this.#database
      .prepare("SELECT * FROM log WHERE job_id = ? AND seq > ? ORDER BY seq")
      .all(id, afterSeq);
    return rows.map((row) => ({
      seq: Number(row["seq"]),
      run: Number(row["run"]),
      at: String(row["at"]),
      level: String(row["level"]) as LogEntry["level"],
      message: String(row["message"]),
      context: JSON.parse(String(row["context"])) as FailureContext,
    }));
  }

  #jobFromRow(row: Record<string, unknown>): Job {
    const id = String(row["id"]);
    const progress = row["progress"];
    return {
      id,
      sourceId: String(row["source_id"]),
      state: jobStateSchema.parse(JSON.parse(String(row["state"]))),
      plan: jobPlanSchema.parse(JSON.parse(String(row["plan"]))),
      // Only shown, and soon replaced: one that an older or newer assistant wrote must not keep the job from its owner.
      progress:
        typeof progress === "string"
          ? (jobProgressSchema.safeParse(JSON.parse(progress)).data ?? null)
          : null,
      run: latestRun(this.#database, id),
      createdAt: String(row["created_at"]),
      updatedAt: String(row["updated_at"]),
    };
  }
}
