/** The assistant's state: one SQLite file (WAL, full sync). Everything a crash must not lose is written here first. */
import type { DatabaseSync } from "node:sqlite";
import type { Result } from "../../common/result.ts";
import { openVersionedDatabase } from "./versioned-database.ts";

/*
 * `unfinished` mirrors the state column so that the database itself refuses a second unfinished job of a source.
 * `holder` is the process that runs the job, as JSON; see JobLeases.acquire.
 */
const firstVersion = `
  CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE source (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL
  ) STRICT;
  CREATE TABLE job (
    id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES source(id),
    state TEXT NOT NULL,
    unfinished INTEGER NOT NULL,
    plan TEXT NOT NULL,
    progress TEXT,
    holder TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX one_unfinished_job_per_source ON job(source_id) WHERE unfinished = 1;
  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL REFERENCES job(id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    step TEXT NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX journal_of_job ON journal(job_id, seq);
  CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL REFERENCES job(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    locator TEXT NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (job_id, kind, locator)
  ) STRICT;
  CREATE TABLE request (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL REFERENCES job(id) ON DELETE CASCADE,
    kind TEXT NOT NULL
  ) STRICT;
  CREATE TABLE log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL REFERENCES job(id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL,
    context TEXT NOT NULL
  ) STRICT;
  CREATE INDEX log_of_job ON log(job_id, seq);
`;

/* Jobs have runs; what an earlier version did was each job's full run. */
const runsOfJobs = `
  CREATE TABLE run (
    job_id TEXT NOT NULL REFERENCES job(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    trigger TEXT NOT NULL,
    planned_at TEXT NOT NULL,
    began_at TEXT,
    ended_at TEXT,
    outcome TEXT,
    PRIMARY KEY (job_id, number)
  ) STRICT;
  ALTER TABLE journal ADD COLUMN run INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE log ADD COLUMN run INTEGER NOT NULL DEFAULT 1;
  INSERT INTO run (job_id, number, kind, trigger, planned_at, began_at, ended_at, outcome)
    SELECT id, 1, 'full', 'admin', created_at,
      (SELECT min(at) FROM journal WHERE job_id = job.id),
      CASE WHEN json_extract(state, '$.name') = 'finished' THEN updated_at END,
      CASE WHEN json_extract(state, '$.name') = 'finished' THEN 'done' END
    FROM job;
`;

/* Lines of the log as data besides their English words, so that screens have them in other languages. */
const saidInLog = `ALTER TABLE log ADD COLUMN said TEXT;`;

/* What a cutover's history says as data, as in the log. */
const saidInCutovers = `
  CREATE TABLE IF NOT EXISTS cutover_journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL REFERENCES job(id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    what TEXT NOT NULL
  ) STRICT;
  ALTER TABLE cutover_journal ADD COLUMN said TEXT;
`;

/** Opens (or makes) the state database in `directory`. */
export function openDatabase(directory: string): Result<DatabaseSync> {
  return openVersionedDatabase(directory, {
    fileName: "state.sqlite",
    name: "the state folder",
    synchronous: "FULL",
    versions: [firstVersion, runsOfJobs, saidInLog, saidInCutovers],
  });
}
