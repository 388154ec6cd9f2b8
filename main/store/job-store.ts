import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import {
  isUnfinished,
  jobStateSchema,
  transition,
  type JobEvent,
  type JobState,
  type StepName,
} from "../../common/domain/job.ts";
import { jobPlanSchema, type JobPlan } from "../../common/domain/plan.ts";
import { jobProgressSchema, type JobProgress } from "../../common/domain/progress.ts";
import { fail, ok, type FailureContext, type Result } from "../../common/result.ts";
import { inTransaction } from "./database.ts";

export interface Job {
  readonly id: string;
  readonly sourceId: string;
  readonly state: JobState;
  readonly plan: JobPlan;
  readonly progress: JobProgress | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** `begin` is written before a step acts, `done` (with the step's output) after; `note` keeps what a step must remember. */
export type JournalKind = "begin" | "done" | "note";

export interface JournalEntry {
  readonly seq: number;
  readonly at: string;
  readonly step: StepName;
  readonly kind: JournalKind;
  readonly data: unknown;
}

/** Something that a job created outside the assistant and that only this record allows to be removed. */
export interface LedgerEntry {
  readonly kind: "agent-directory" | "intermediate-job" | "intermediate-daemon" | "receipt";
  readonly locator: string;
  /** `planned` is written before the thing is made: after a crash it may or may not be there. */
  readonly state: "planned" | "removed";
}

export type RequestKind = "pause" | "unpause" | "stop" | "cancel";

export interface LogEntry {
  readonly seq: number;
  readonly at: string;
  readonly level: "info" | "warning" | "error";
  readonly message: string;
  readonly context: FailureContext;
}

/** Which process runs a job. A holder whose process is gone, or that has not renewed, holds nothing. */
export const holderSchema = z.object({ token: z.string(), pid: z.number().int(), renewedAtMs: z.number() });
export type Holder = z.infer<typeof holderSchema>;

const holderLifetimeMs = 15_000;

export class JobStore {
  readonly #database: DatabaseSync;
  readonly #clock: () => number;
  readonly #processAlive: (pid: number) => boolean;

  constructor(database: DatabaseSync, clock: () => number, processAlive: (pid: number) => boolean) {
    this.#database = database;
    this.#clock = clock;
    this.#processAlive = processAlive;
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
      const now = this.#now();
      this.#database
        .prepare(
          "INSERT INTO job (id, source_id, state, unfinished, plan, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?, ?)",
        )
        .run(id, sourceId, JSON.stringify({ name: "ready" }), JSON.stringify(plan), now, now);
      return this.find(id);
    });
  }

  list(): Job[] {
    return this.#database.prepare("SELECT * FROM job ORDER BY created_at").all().map(jobFromRow);
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
    return ok(jobFromRow(row));
  }

  /** Applies `event` to the job's state, atomically with what is on record. */
  apply(id: string, event: JobEvent): Result<Job> {
    return inTransaction(this.#database, () => {
      const job = this.find(id);
      if (!job.ok) return job;
      const next = transition(job.value.state, event);
      if (!next.ok) return next;
      this.#database
        .prepare("UPDATE job SET state = ?, unfinished = ?, updated_at = ? WHERE id = ?")
        .run(JSON.stringify(next.value), isUnfinished(next.value) ? 1 : 0, this.#now(), job.value.id);
      return this.find(job.value.id);
    });
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
      this.#writeHolder(id, { ...holder, renewedAtMs: this.#clock() });
      this.#database.prepare("DELETE FROM request WHERE job_id = ?").run(id);
      return ok();
    });
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

  appendJournal(id: string, step: StepName, kind: JournalKind, data: unknown): void {
    this.#database
      .prepare("INSERT INTO journal (job_id, at, step, kind, data) VALUES (?, ?, ?, ?, ?)")
      .run(id, this.#now(), step, kind, JSON.stringify(data ?? null));
  }

  journal(id: string): JournalEntry[] {
    const rows = this.#database.prepare("SELECT * FROM journal WHERE job_id = ? ORDER BY seq").all(id);
    return rows.map((row) => ({
      seq: Number(row["seq"]),
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

  appendLog(id: string, level: LogEntry["level"], message: string, context: FailureContext): LogEntry {
    const at = this.#now();
    const { lastInsertRowid } = this.#database
      .prepare("INSERT INTO log (job_id, at, level, message, context) VALUES (?, ?, ?, ?, ?)")
      .run(id, at, level, message, JSON.stringify(context));
    return { seq: Number(lastInsertRowid), at, level, message, context };
  }

  logs(id: string, afterSeq: number): LogEntry[] {
    const rows = this.#database
      .prepare("SELECT * FROM log WHERE job_id = ? AND seq > ? ORDER BY seq")
      .all(id, afterSeq);
    return rows.map((row) => ({
      seq: Number(row["seq"]),
      at: String(row["at"]),
      level: String(row["level"]) as LogEntry["level"],
      message: String(row["message"]),
      context: JSON.parse(String(row["context"])) as FailureContext,
    }));
  }
}

function jobFromRow(row: Record<string, unknown>): Job {
  return {
    id: String(row["id"]),
    sourceId: String(row["source_id"]),
    state: jobStateSchema.parse(JSON.parse(String(row["state"]))),
    plan: jobPlanSchema.parse(JSON.parse(String(row["plan"]))),
    progress: row["progress"] === null ? null : jobProgressSchema.parse(JSON.parse(String(row["progress"]))),
    createdAt: String(row["created_at"]),
    updatedAt: String(row["updated_at"]),
  };
}
