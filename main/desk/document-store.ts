import type { DatabaseSync } from "node:sqlite";
import type { z } from "zod";

/** Small documents by kind and name. One that no longer fits its schema counts as absent. */
export class DocumentStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get<S extends z.ZodType>(kind: string, name: string, schema: S): z.output<S> | null {
    const row = this.#database
      .prepare("SELECT value FROM document WHERE kind = ? AND name = ?")
      .get(kind, name);
    if (row === undefined) return null;
    return schema.safeParse(JSON.parse(String(row["value"]))).data ?? null;
  }

  list<S extends z.ZodType>(kind: string, schema: S): z.output<S>[] {
    const rows = this.#database.prepare("SELECT value FROM document WHERE kind = ? ORDER BY name").all(kind);
    return rows.flatMap((row) => {
      const parsed = schema.safeParse(JSON.parse(String(row["value"])));
      return parsed.success ? [parsed.data] : [];
    });
  }

  set(kind: string, name: string, value: unknown): void {
    this.#database
      .prepare(
        "INSERT INTO document (kind, name, value) VALUES (?, ?, ?) ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value",
      )
      .run(kind, name, JSON.stringify(value));
  }

  remove(kind: string, name: string): void {
    this.#database.prepare("DELETE FROM document WHERE kind = ? AND name = ?").run(kind, name);
  }
}
