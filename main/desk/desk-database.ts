/**
 * What windows keep: assessments, settings, drafts, credential profiles without their secrets. A file of its own, so
 * that large assessments never hold up the journal of a running job, and so that it can be deleted without losing one.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Result } from "../../common/result.ts";
import { openVersionedDatabase } from "../store/versioned-database.ts";

const firstVersion = `
  CREATE TABLE document (kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, name)) STRICT;
  CREATE TABLE assessment (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    summary TEXT NOT NULL,
    assessment TEXT NOT NULL
  ) STRICT;
  CREATE INDEX assessment_of_subject ON assessment(subject, seq);
`;

export function openDeskDatabase(directory: string): Result<DatabaseSync> {
  return openVersionedDatabase(directory, {
    fileName: "desk.sqlite",
    name: "the desk's database",
    synchronous: "NORMAL",
    versions: [firstVersion],
  });
}
