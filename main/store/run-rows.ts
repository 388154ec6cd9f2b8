/** The rows of a job's runs. Whoever changes several tables opens the transaction. */
import type { DatabaseSync } from "node:sqlite";
import {
  runSchema,
  type Run,
  type RunKind,
  type RunOutcome,
  type RunTrigger,
} from "../../common/domain/run.ts";
import { prepared } from "./prepared.ts";

export interface PlannedRun {
  readonly number: number;
  readonly kind: RunKind;
  readonly trigger: RunTrigger;
}

export function insertRun(database: DatabaseSync, jobId: string, run: PlannedRun, now: string): void {
  database
    .prepare("INSERT INTO run (job_id, number, kind, trigger, planned_at) VALUES (?, ?, ?, ?, ?)")
    .run(jobId, run.number, run.kind, run.trigger, now);
}

/** In order; a job has at least one. */
export function runsOf(database: DatabaseSync, jobId: string): Run[] {
  return database.prepare("SELECT * FROM run WHERE job_id = ? ORDER BY number").all(jobId).map(runFromRow);
}

/** The run with the highest number: the one that is under way, or the last. */
export function latestRun(database: DatabaseSync, jobId: string): Run {
  const row = prepared(database, "SELECT * FROM run WHERE job_id = ? ORDER BY number DESC LIMIT 1").get(
    jobId,
  );
  if (row === undefined) throw new Error(`job ${jobId} has no run`);
  return runFromRow(row);
}

export function markRunBegun(database: DatabaseSync, jobId: string, number: number, now: string): void {
  database
    .prepare("UPDATE run SET began_at = ? WHERE job_id = ? AND number = ? AND began_at IS NULL")
    .run(now, jobId, number);
}

export function markRunEnded(
  database: DatabaseSync,
  jobId: string,
  number: number,
  outcome: RunOutcome,
  now: string,
): void {
  database
    .prepare("UPDATE run SET ended_at = ?, outcome = ? WHERE job_id = ? AND number = ? AND ended_at IS NULL")
    .run(now, outcome, jobId, number);
}

function runFromRow(row: Record<string, unknown>): Run {
  return runSchema.parse({
    number: row["number"],
    kind: row["kind"],
    trigger: row["trigger"],
    plannedAt: row["planned_at"],
    beganAt: row["began_at"],
    endedAt: row["ended_at"],
    outcome: row["outcome"],
  });
}
