import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { inTransaction } from "./versioned-database.ts";
import { prepared } from "./prepared.ts";

/** `tune`: the plan on record has changed. */
export type RequestKind = "pause" | "unpause" | "tune" | "stop" | "cancel";

/** Which process runs a job. A holder whose process is gone, or that has not renewed, holds nothing. */
export const holderSchema = z.object({ token: z.string(), pid: z.number().int(), renewedAtMs: z.number() });
export type Holder = z.infer<typeof holderSchema>;

const holderLifetimeMs = 15_000;
/** Jobs that may run at once, whichever processes run them. */
export const mostRunning = 50;

/** Which process runs which job, one at a time, and what other processes ask of it. */
export class JobLeases {
  readonly #database: DatabaseSync;
  readonly #clock: () => number;
  readonly #processAlive: (pid: number) => boolean;

  constructor(database: DatabaseSync, clock: () => number, processAlive: (pid: number) => boolean) {
    this.#database = database;
    this.#clock = clock;
    this.#processAlive = processAlive;
  }

  acquire(id: string, holder: Omit<Holder, "renewedAtMs">): Result<void> {
    return inTransaction(this.#database, () => {
      const row = prepared(this.#database, "SELECT holder FROM job WHERE id = ?").get(id);
      if (row === undefined) return fail("not-found", told({ kind: "no-job", job: id }), { job: id });
      const current = row["holder"] === null ? null : holderSchema.parse(JSON.parse(String(row["holder"])));
      if (current !== null && current.token !== holder.token && this.#isAlive(current)) {
        return fail("job-held-elsewhere", told({ kind: "process-runs-job", pid: current.pid }), {
          job: id,
          pid: current.pid,
        });
      }
      if (this.#heldJobs(id) >= mostRunning) {
        return fail("no-slot", told({ kind: "jobs-run-already", count: mostRunning }), {
          running: mostRunning,
        });
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

  /** The same of a `holder` that was read with its job's row. */
  isHeldBy(holder: unknown): boolean {
    return typeof holder === "string" && this.#isAlive(holderSchema.parse(JSON.parse(holder)));
  }

  #isAlive(holder: Holder): boolean {
    return this.#processAlive(holder.pid) && this.#clock() - holder.renewedAtMs < holderLifetimeMs;
  }

  #writeHolder(id: string, holder: Holder): void {
    this.#database.prepare("UPDATE job SET holder = ? WHERE id = ?").run(JSON.stringify(holder), id);
  }

  /** Asks the process that runs the job. */
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
}
