/**
 * What windows keep: assessments, settings, drafts, credential profiles without their secrets. A file of its own, so
 * that large assessments never hold up the journal of a running job, and so that it can be deleted without losing one.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fail, ok, type Result } from "../../common/result.ts";

/** What makes each version out of the one before it. Append; never change what was released. */
const versions: readonly string[] = [
  `
  CREATE TABLE document (kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, name)) STRICT;
  CREATE TABLE assessment (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    summary TEXT NOT NULL,
    assessment TEXT NOT NULL
  ) STRICT;
  CREATE INDEX assessment_of_subject ON assessment(subject, seq);
  `,
];

export function openDeskDatabase(directory: string): Result<DatabaseSync> {
  const path = join(directory, "desk.sqlite");
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(path, { timeout: 10_000 });
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE");
    const found = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
    if (found > versions.length) {
      database.exec("ROLLBACK");
      database.close();
      return fail(
        "state-damaged",
        "the desk's database was written by a newer version of the assistant",
        { path },
        "Use that newer version, or another state folder.",
      );
    }
    for (const version of versions.slice(found)) database.exec(version);
    database.exec(`PRAGMA user_version = ${versions.length}; COMMIT`);
    return ok(database);
  } catch (error) {
    return fail("state-damaged", `the desk's database cannot be opened: ${String(error)}`, { path });
  }
}
