import type { DatabaseSync, StatementSync } from "node:sqlite";

const kept = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/**
 * A statement that is prepared once for each database. For what lists ask for every job: preparing takes longer than
 * such a statement runs. Its rows must be read at once (`get`, `all`, `run`).
 */
export function prepared(database: DatabaseSync, sql: string): StatementSync {
  const statements = kept.get(database) ?? new Map<string, StatementSync>();
  kept.set(database, statements);
  const statement = statements.get(sql) ?? database.prepare(sql);
  statements.set(sql, statement);
  return statement;
}
