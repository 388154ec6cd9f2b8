import type { DatabaseSync } from "node:sqlite";
import { sourceSchema, type Source } from "../../common/domain/source.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { inTransaction } from "./versioned-database.ts";
import { prepared } from "./prepared.ts";

/** Sources on record. */
export const mostSources = 1_000;

/** The sources that the admin registered. */
export class SourceStore {
  readonly #database: DatabaseSync;
  readonly #onChange: () => void;

  constructor(database: DatabaseSync, onChange: () => void = () => undefined) {
    this.#database = database;
    this.#onChange = onChange;
  }

  add(source: Source): Result<Source> {
    if (this.find(source.name).ok) {
      return fail("already-exists", told({ kind: "source-exists", name: source.name }), {
        name: source.name,
      });
    }
    const count = Number(this.#database.prepare("SELECT count(*) AS n FROM source").get()?.["n"]);
    if (count >= mostSources) {
      return fail(
        "limit-reached",
        told({ kind: "sources-full", count: mostSources }),
        { limit: mostSources },
        told({ kind: "remove-sources" }),
      );
    }
    this.#database
      .prepare("INSERT INTO source (id, name, document) VALUES (?, ?, ?)")
      .run(source.id, source.name, JSON.stringify(source));
    this.#onChange();
    return ok(source);
  }

  /** Adds sources whose names are known to be new, all or none. */
  addAll(sources: readonly Source[]): void {
    const insert = this.#database.prepare("INSERT INTO source (id, name, document) VALUES (?, ?, ?)");
    inTransaction(this.#database, () => {
      for (const source of sources) insert.run(source.id, source.name, JSON.stringify(source));
    });
    this.#onChange();
  }

  list(): Source[] {
    const rows = this.#database.prepare("SELECT document FROM source ORDER BY name").all();
    return rows.map((row) => sourceSchema.parse(JSON.parse(String(row["document"]))));
  }

  /** By id or by name. */
  find(idOrName: string): Result<Source> {
    const row = prepared(this.#database, "SELECT document FROM source WHERE id = ? OR name = ?").get(
      idOrName,
      idOrName,
    );
    if (row === undefined)
      return fail("not-found", told({ kind: "no-source", name: idOrName }), { source: idOrName });
    return ok(sourceSchema.parse(JSON.parse(String(row["document"]))));
  }

  update(source: Source): void {
    this.updateAll([source]);
  }

  /** All or none. */
  updateAll(sources: readonly Source[]): void {
    const update = this.#database.prepare("UPDATE source SET name = ?, document = ? WHERE id = ?");
    inTransaction(this.#database, () => {
      for (const source of sources) update.run(source.name, JSON.stringify(source), source.id);
    });
    if (sources.length > 0) this.#onChange();
  }

  /** Refused while jobs of the source are on record, since their receipts name it. */
  remove(id: string): Result<void> {
    const jobs = this.#database.prepare("SELECT id FROM job WHERE source_id = ?").all(id);
    if (jobs.length > 0) {
      const names = jobs.map((row) => String(row["id"]));
      return fail(
        "job-state",
        told({ kind: "source-has-jobs" }),
        { jobs: names },
        told({ kind: "cancel-jobs-first" }),
      );
    }
    this.#database.prepare("DELETE FROM source WHERE id = ?").run(id);
    this.#onChange();
    return ok();
  }
}
