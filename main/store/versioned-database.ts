/** SQLite files whose schema has versions: opened, brought up to date, or refused where a newer assistant wrote them. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { isOutOfRoom, outOfRoom } from "../../common/out-of-room.ts";

export interface VersionedDatabase {
  readonly fileName: string;
  /** For people, as the subject of a sentence. */
  readonly name: string;
  /** `FULL`: what a commit says is kept survives a power cut. */
  readonly synchronous: "FULL" | "NORMAL";
  /** What makes each version of the schema out of the one before it. Append; never change what was released. */
  readonly versions: readonly string[];
}

/** Opens (or makes) the database in `directory`, in WAL mode. */
export function openVersionedDatabase(directory: string, kind: VersionedDatabase): Result<DatabaseSync> {
  const path = join(directory, kind.fileName);
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    database = new DatabaseSync(path, { timeout: 10_000 });
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${kind.synchronous}; PRAGMA foreign_keys = ON;`,
    );
    const isUpToDate = bringUpToDate(database, kind.versions);
    if (isUpToDate) return ok(database);
    database.close();
    return fail(
      "state-damaged",
      told({ kind: "written-by-newer", name: kind.name }),
      { path },
      told({ kind: "use-newer-version" }),
    );
  } catch (error) {
    // An open transaction is rolled back with it.
    database?.close();
    if (isOutOfRoom(error)) return { ok: false, failure: outOfRoom(directory) };
    return fail("state-damaged", told({ kind: "database-unopened", name: kind.name, text: String(error) }), {
      path,
    });
  }
}

/** False where the database is newer than `versions`. */
function bringUpToDate(database: DatabaseSync, versions: readonly string[]): boolean {
  return inTransaction(database, () => {
    const found = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
    if (found > versions.length) return false;
    for (const version of versions.slice(found)) database.exec(version);
    database.exec(`PRAGMA user_version = ${versions.length}`);
    return true;
  });
}

/** Runs `act` in one transaction; an exception rolls it back. */
export function inTransaction<T>(database: DatabaseSync, act: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const value = act();
    database.exec("COMMIT");
    return value;
  } catch (error) {
    // A full disk has ended it already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
