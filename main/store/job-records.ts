import type { DatabaseSync } from "node:sqlite";
import type { LogMessage } from "../../common/domain/log-message.ts";
import type { StepName } from "../../common/domain/job.ts";
import { english } from "../../common/domain/report-text/en/index.ts";
import { createFormats } from "../../common/domain/report-text/formats.ts";
import { describeLogMessage } from "../../common/domain/report-text/log-texts.ts";
import type { FailureContext } from "../../common/result.ts";
import { prepared } from "./prepared.ts";

/**
 * `begin` is written before a step acts, and when it goes on; `rest` when it was paused, stopped or failed; `done` (with
 * the step's output) after it. `note` keeps what a step must remember.
 */
export type JournalKind = "begin" | "rest" | "done" | "note";

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
    | "agent-directory"
    | "intermediate-job"
    | "intermediate-daemon"
    | "receipt"
    | "consistent-moment"
    /** What a delivery makes in a cloud; the target's own ledger has each thing. */
    | "delivery";
  readonly locator: string;
  /** `planned` is written before the thing is made: after a crash it may or may not be there. */
  readonly state: "planned" | "removed";
}

export interface LogEntry {
  readonly seq: number;
  readonly run: number;
  readonly at: string;
  readonly level: "info" | "warning" | "error";
  /** The line in English: for terminals, and for whoever does not know its kind. */
  readonly message: string;
  /** The line as data, for words in other languages; null in lines of earlier versions. */
  readonly said: LogMessage | null;
  readonly context: FailureContext;
}

const englishFormats = createFormats("en", "UTC");
const sayInEnglish = (said: LogMessage): string =>
  describeLogMessage(said, english, englishFormats) ?? said.kind;

function entryFromRow(row: Record<string, unknown>): JournalEntry {
  return {
    seq: Number(row["seq"]),
    run: Number(row["run"]),
    at: String(row["at"]),
    step: String(row["step"]) as StepName,
    kind: String(row["kind"]) as JournalKind,
    data: JSON.parse(String(row["data"])) as unknown,
  };
}

/** What a job writes down as it goes: journal, ledger and log. */
export class JobRecords {
  readonly #database: DatabaseSync;
  readonly #clock: () => number;

  constructor(database: DatabaseSync, clock: () => number) {
    this.#database = database;
    this.#clock = clock;
  }

  #now(): string {
    return new Date(this.#clock()).toISOString();
  }

  appendJournal(id: string, run: number, step: StepName, kind: JournalKind, data: unknown): void {
    this.#database
      .prepare("INSERT INTO journal (job_id, run, at, step, kind, data) VALUES (?, ?, ?, ?, ?, ?)")
      .run(id, run, this.#now(), step, kind, JSON.stringify(data ?? null));
  }

  /** Has a run do these steps again: what they had done no longer holds. */
  reopen(id: string, run: number, steps: readonly StepName[]): void {
    const remove = this.#database.prepare(
      "DELETE FROM journal WHERE job_id = ? AND run = ? AND step = ? AND kind = 'done'",
    );
    for (const step of steps) remove.run(id, run, step);
  }

  /** Of all runs, in the order in which it was written. */
  journal(id: string): JournalEntry[] {
    const rows = prepared(this.#database, "SELECT * FROM journal WHERE job_id = ? ORDER BY seq").all(id);
    return rows.map(entryFromRow);
  }

  /** What the steps of a run have put out, the newest of each. */
  outputs(id: string, run: number): Record<string, unknown> {
    const rows = prepared(
      this.#database,
      "SELECT step, data FROM journal WHERE job_id = ? AND run = ? AND kind = 'done' ORDER BY seq",
    ).all(id, run);
    return Object.fromEntries(
      rows.map((row) => [String(row["step"]), JSON.parse(String(row["data"])) as unknown]),
    );
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

  appendLog(
    id: string,
    run: number,
    level: LogEntry["level"],
    said: LogMessage,
    context: FailureContext,
  ): LogEntry {
    const at = this.#now();
    const message = sayInEnglish(said);
    const { lastInsertRowid } = this.#database
      .prepare(
        "INSERT INTO log (job_id, run, at, level, message, said, context) VALUES (?, ?, ?, ?, ?, ?, ?)",
      )
      .run(id, run, at, level, message, JSON.stringify(said), JSON.stringify(context));
    return { seq: Number(lastInsertRowid), run, at, level, message, said, context };
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
      said: row["said"] === null ? null : (JSON.parse(String(row["said"])) as LogMessage),
      context: JSON.parse(String(row["context"])) as FailureContext,
    }));
  }
}
