import type { DatabaseSync } from "node:sqlite";
import type { JobRow } from "../../common/api/procedures.ts";
import { jobStateSchema } from "../../common/domain/job.ts";
import type { JobLeases } from "./job-leases.ts";
import { prepared } from "./prepared.ts";
import { progressFromRow } from "./progress-row.ts";

/** One statement for all jobs: asking for each of a thousand would take longer than everything else of the answer. */
const rowsOfAll = `
  SELECT job.id, job.source_id, job.state, job.progress, job.holder, job.created_at, job.updated_at,
    coalesce(source.name, job.source_id) AS source_name,
    EXISTS (
      SELECT 1 FROM journal WHERE journal.job_id = job.id AND journal.step = 'image' AND journal.kind = 'done'
        AND journal.run = (SELECT max(number) FROM run WHERE run.job_id = job.id)
    ) AS has_images
  FROM job LEFT JOIN source ON source.id = job.source_id ORDER BY job.created_at`;

/** Jobs as lists have them, without what their plans and steps' outputs weigh. */
export function jobRows(database: DatabaseSync, leases: JobLeases): JobRow[] {
  return prepared(database, rowsOfAll)
    .all()
    .map((row) => ({
      id: String(row["id"]),
      sourceId: String(row["source_id"]),
      sourceName: String(row["source_name"]),
      state: jobStateSchema.parse(JSON.parse(String(row["state"]))),
      progress: progressFromRow(row["progress"]),
      isHeld: leases.isHeldBy(row["holder"]),
      hasImages: row["has_images"] === 1,
      createdAt: String(row["created_at"]),
      updatedAt: String(row["updated_at"]),
    }));
}
