import type { DatabaseSync } from "node:sqlite";
import {
  assessmentSummarySchema,
  type AssessmentSummary,
  type StoredAssessment,
} from "../../common/api/assessment-procedures.ts";
import { assessmentSchema, type Assessment } from "../../common/domain/assessment.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";

/** A registered source by its id; others by the name that their bundle gives. */
const subjectOf = ({ sourceId, name }: Pick<AssessmentSummary, "sourceId" | "name">) =>
  sourceId === null ? `bundle ${name}` : `source ${sourceId}`;

/** Assessments that were made, several of each source. Summaries are kept apart, since lists need nothing else. */
export class AssessmentStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Keeps it, and of its subject no more than `most`. */
  add(summary: AssessmentSummary, assessment: Assessment, most: number): void {
    const subject = subjectOf(summary);
    this.#database
      .prepare("INSERT INTO assessment (id, subject, summary, assessment) VALUES (?, ?, ?, ?)")
      .run(summary.id, subject, JSON.stringify(summary), JSON.stringify(assessment));
    this.#database
      .prepare(
        "DELETE FROM assessment WHERE subject = ? AND seq NOT IN (SELECT seq FROM assessment WHERE subject = ? ORDER BY seq DESC LIMIT ?)",
      )
      .run(subject, subject, most);
  }

  /** Of every subject no more than the `most` newest. */
  keepNewest(most: number): void {
    this.#database
      .prepare(
        "DELETE FROM assessment WHERE seq IN (SELECT seq FROM (SELECT seq, row_number() OVER (PARTITION BY subject ORDER BY seq DESC) AS place FROM assessment) WHERE place > ?)",
      )
      .run(most);
  }

  /** The latest of each subject, by name. */
  latest(): AssessmentSummary[] {
    const rows = this.#database
      .prepare(
        "SELECT summary FROM assessment WHERE seq IN (SELECT max(seq) FROM assessment GROUP BY subject)",
      )
      .all();
    return rows
      .flatMap((row) => {
        const parsed = assessmentSummarySchema.safeParse(JSON.parse(String(row["summary"])));
        return parsed.success ? [parsed.data] : [];
      })
      .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  latestOf(sourceId: string): Result<StoredAssessment> {
    const row = this.#database
      .prepare("SELECT * FROM assessment WHERE subject = ? ORDER BY seq DESC LIMIT 1")
      .get(subjectOf({ sourceId, name: "" }));
    return row === undefined
      ? fail(
          "not-found",
          told({ kind: "not-assessed-yet" }),
          { source: sourceId },
          told({ kind: "assess-first" }),
        )
      : storedFromRow(row);
  }

  find(id: string): Result<StoredAssessment> {
    const row = this.#database.prepare("SELECT * FROM assessment WHERE id = ?").get(id);
    return row === undefined
      ? fail("not-found", told({ kind: "no-assessment", id }), { id })
      : storedFromRow(row);
  }

  remove(id: string): void {
    this.#database.prepare("DELETE FROM assessment WHERE id = ?").run(id);
  }

  removeAllOf(sourceId: string): void {
    this.#database.prepare("DELETE FROM assessment WHERE subject = ?").run(subjectOf({ sourceId, name: "" }));
  }
}

function storedFromRow(row: Record<string, unknown>): Result<StoredAssessment> {
  const summary = assessmentSummarySchema.safeParse(JSON.parse(String(row["summary"])));
  const assessment = assessmentSchema.safeParse(JSON.parse(String(row["assessment"])));
  if (summary.success && assessment.success) return ok({ ...summary.data, assessment: assessment.data });
  return fail(
    "state-damaged",
    told({ kind: "assessment-of-other-version" }),
    { id: String(row["id"]) },
    told({ kind: "assess-again" }),
  );
}
