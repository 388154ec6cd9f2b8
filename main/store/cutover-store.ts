/** Instances, what was made for them, and where each job's cutover stands. */
import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import {
  cutoverFailureSchema,
  cutoverStateSchema,
  cutoverTransition,
  type CutoverEvent,
  type CutoverState,
} from "../../common/domain/cutover.ts";
import { imageFormatSchema } from "../../common/domain/image.ts";
import { instanceDiskSchema, instanceSpecSchema } from "../../common/domain/instance.ts";
import { noteSchema, toldSchema, type Told } from "../../common/domain/remark.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { inTransaction } from "./versioned-database.ts";

const tables = `
  CREATE TABLE IF NOT EXISTS instance (name TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS instance_ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    instance TEXT NOT NULL,
    tag TEXT NOT NULL,
    path TEXT NOT NULL,
    UNIQUE (instance, path)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS cutover (
    job_id TEXT PRIMARY KEY REFERENCES job(id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    facts TEXT NOT NULL
  ) STRICT;
`;

/** An instance in a cloud. */
export const cloudInstanceStateSchema = z.object({
  /** Null: it is not made yet. */
  instanceId: z.string().nullable(),
  /** It was there before us, and is never deleted. */
  isAdopted: z.boolean(),
  /** The cloud's ids of its present disks. */
  system: z.string().nullable(),
  data: z.array(z.string()),
  /** What attempts make disks of. */
  sources: z.array(
    z.object({
      tag: z.string(),
      diskId: z.number().int(),
      format: imageFormatSchema,
      sizeBytes: z.number().int().positive(),
      /** The image that a job's delivery made; null where this machine sends a file. */
      delivered: z.string().nullable(),
    }),
  ),
  /** What was there before the last exchange; null where there is no way back, or none is needed. */
  back: z
    .object({
      /** The exchange made the instance: going back is removing it. */
      isMade: z.boolean(),
      system: z.string().nullable(),
      data: z.array(z.string()),
    })
    .nullable(),
  /** Disks of before that nobody wants any more, until they are removed. */
  givenUp: z.array(z.string()).default([]),
  /** The exchange has begun and not ended. */
  isChanging: z.boolean(),
});
export type CloudInstanceState = z.infer<typeof cloudInstanceStateSchema>;

export const emptyCloudState: CloudInstanceState = {
  instanceId: null,
  isAdopted: false,
  system: null,
  data: [],
  sources: [],
  back: null,
  givenUp: [],
  isChanging: false,
};

/** An instance as it is on record. */
export const instanceDocumentSchema = z.object({
  spec: instanceSpecSchema,
  /** Tells its process from all others. */
  uuid: z.uuid(),
  folder: z.string(),
  createdAt: z.iso.datetime(),
  disks: z.array(instanceDiskSchema),
  /** What was replaced; null where nothing is waiting to be finalised or rolled back. */
  kept: z.array(instanceDiskSchema).nullable(),
  /** With which it was started last. */
  accelerator: z.enum(["kvm", "tcg"]).nullable(),
  /** Null for an instance on this machine. */
  cloud: cloudInstanceStateSchema.nullable().default(null),
});
export type InstanceDocument = z.infer<typeof instanceDocumentSchema>;

/** A file or folder that was made for an instance. Written before it is made; only what stands here is ever removed. */
export interface InstanceLedgerEntry {
  readonly instance: string;
  readonly tag: string;
  readonly path: string;
}

/** What a cutover must remember beside its state. */
export const cutoverFactsSchema = z.object({
  /** Counts drills and cutovers; names what each makes. */
  attempt: z.number().int(),
  wasRunning: z.boolean(),
  evidence: noteSchema.nullable(),
  consoleLogPath: z.string().nullable(),
  lastFailure: cutoverFailureSchema.nullable(),
});
export type CutoverFacts = z.infer<typeof cutoverFactsSchema>;

const nothing: CutoverFacts = {
  attempt: 0,
  wasRunning: false,
  evidence: null,
  consoleLogPath: null,
  lastFailure: null,
};

export interface CutoverRecord {
  readonly state: CutoverState;
  readonly facts: CutoverFacts;
}

export class CutoverStore {
  readonly #database: DatabaseSync;
  readonly #clock: () => number;
  readonly #listeners = new Set<(jobId: string) => void>();

  constructor(database: DatabaseSync, clock: () => number) {
    this.#database = database;
    this.#clock = clock;
    database.exec(tables);
  }

  /** Tells of each change that this process makes to where a job's cutover stands. */
  subscribe(listener: (jobId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // Instances.

  instances(): InstanceDocument[] {
    const rows = this.#database.prepare("SELECT document FROM instance ORDER BY name").all();
    return rows.map((row) => instanceDocumentSchema.parse(JSON.parse(String(row["document"]))));
  }

  instance(name: string): Result<InstanceDocument> {
    const row = this.#database.prepare("SELECT document FROM instance WHERE name = ?").get(name);
    if (row === undefined) {
      return fail(
        "not-found",
        told({ kind: "no-instance", name }),
        { instance: name },
        told({ kind: "list-instances" }),
      );
    }
    return ok(instanceDocumentSchema.parse(JSON.parse(String(row["document"]))));
  }

  saveInstance(document: InstanceDocument): void {
    this.#database
      .prepare(
        "INSERT INTO instance (name, document) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET document = excluded.document",
      )
      .run(document.spec.name, JSON.stringify(document));
  }

  forgetInstance(name: string): void {
    this.#database.prepare("DELETE FROM instance WHERE name = ?").run(name);
  }

  /** Durable when it returns; call it before making the file. Again for the same file: harmless. */
  planFile(entry: InstanceLedgerEntry): void {
    this.#database
      .prepare(
        "INSERT INTO instance_ledger (instance, tag, path) VALUES (?, ?, ?) ON CONFLICT (instance, path) DO NOTHING",
      )
      .run(entry.instance, entry.tag, entry.path);
  }

  forgetFile(instance: string, path: string): void {
    this.#database.prepare("DELETE FROM instance_ledger WHERE instance = ? AND path = ?").run(instance, path);
  }

  /** Oldest first; of one instance, or of all. */
  files(instance: string | null): InstanceLedgerEntry[] {
    const rows =
      instance === null
        ? this.#database.prepare("SELECT * FROM instance_ledger ORDER BY seq").all()
        : this.#database
            .prepare("SELECT * FROM instance_ledger WHERE instance = ? ORDER BY seq")
            .all(instance);
    return rows.map((row) => ({
      instance: String(row["instance"]),
      tag: String(row["tag"]),
      path: String(row["path"]),
    }));
  }

  // Cutovers.

  cutover(jobId: string): CutoverRecord {
    const row = this.#database.prepare("SELECT state, facts FROM cutover WHERE job_id = ?").get(jobId);
    if (row === undefined) return { state: { name: "ready" }, facts: nothing };
    return {
      state: cutoverStateSchema.parse(JSON.parse(String(row["state"]))),
      facts: cutoverFactsSchema.parse(JSON.parse(String(row["facts"]))),
    };
  }

  /** Applies `event`, remembers `facts` and writes `told` into the history, all or nothing. */
  apply(jobId: string, event: CutoverEvent, facts: Partial<CutoverFacts>, told: Told): Result<CutoverRecord> {
    const changed = inTransaction(this.#database, (): Result<CutoverRecord> => {
      const current = this.cutover(jobId);
      const next = cutoverTransition(current.state, event);
      if (!next.ok) return next;
      const record: CutoverRecord = { state: next.value, facts: { ...current.facts, ...facts } };
      this.#database
        .prepare(
          "INSERT INTO cutover (job_id, state, facts) VALUES (?, ?, ?) " +
            "ON CONFLICT (job_id) DO UPDATE SET state = excluded.state, facts = excluded.facts",
        )
        .run(jobId, JSON.stringify(record.state), JSON.stringify(record.facts));
      this.#database
        .prepare("INSERT INTO cutover_journal (job_id, at, what, said) VALUES (?, ?, ?, ?)")
        .run(jobId, new Date(this.#clock()).toISOString(), told.what, JSON.stringify(told.said ?? null));
      return ok(record);
    });
    if (changed.ok) this.#tell(jobId);
    return changed;
  }

  /** Changes what is remembered beside the state of a cutover that has begun. */
  remember(jobId: string, facts: Partial<CutoverFacts>): void {
    inTransaction(this.#database, () => {
      const current = this.cutover(jobId).facts;
      this.#database
        .prepare("UPDATE cutover SET facts = ? WHERE job_id = ?")
        .run(JSON.stringify({ ...current, ...facts }), jobId);
    });
    this.#tell(jobId);
  }

  #tell(jobId: string): void {
    for (const listener of this.#listeners) listener(jobId);
  }

  history(jobId: string): (Told & { readonly at: string })[] {
    const rows = this.#database
      .prepare("SELECT at, what, said FROM cutover_journal WHERE job_id = ? ORDER BY seq")
      .all(jobId);
    return rows.map((row) => ({
      at: String(row["at"]),
      ...toldSchema.parse({
        what: row["what"],
        said: (JSON.parse(String(row["said"] ?? null)) as unknown) ?? undefined,
      }),
    }));
  }
}
