import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { migrationChoicesSchema } from "../../../../common/api/procedures.ts";
import { unwrap } from "../../../../common/result.ts";
import { openDatabase } from "../../../../main/store/database.ts";
import { JobStore } from "../../../../main/store/job-store.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sma-database-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The state that the first version of the schema would have left, with a finished and a half-done job. */
function writeFirstVersion(): void {
  unwrap(openDatabase(directory)).close();
  const database = new DatabaseSync(join(directory, "state.sqlite"));
  const plan: Record<string, unknown> = {
    ...migrationChoicesSchema.parse({}),
    target: {
      kind: "local",
      directory: "/srv",
      listenAddress: "0.0.0.0",
      controlPort: 8080,
      dataPort: 8703,
      advertisedAddresses: [],
    },
    bootCheck: { enabled: true, memoryMiB: 1024, timeoutSeconds: 600 },
  };
  delete plan["runs"];
  database.exec(`
    DROP TABLE run;
    ALTER TABLE journal DROP COLUMN run;
    ALTER TABLE log DROP COLUMN run;
    ALTER TABLE log DROP COLUMN said;
    DROP TABLE cutover_journal;
    PRAGMA user_version = 1;
    INSERT INTO source (id, name, document) VALUES ('source00', 'web', '{}');
  `);
  const insert = database.prepare(
    "INSERT INTO job (id, source_id, state, unfinished, plan, progress, created_at, updated_at) VALUES (?, 'source00', ?, ?, ?, NULL, '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z')",
  );
  insert.run("done0001", JSON.stringify({ name: "finished" }), 0, JSON.stringify(plan));
  insert.run("half0001", JSON.stringify({ name: "stopped", step: "sync" }), 1, JSON.stringify(plan));
  database.exec(
    "INSERT INTO journal (job_id, at, step, kind, data) VALUES ('half0001', '2026-01-01T01:00:00.000Z', 'preflight', 'done', '{}')",
  );
  database.exec(
    "INSERT INTO log (job_id, at, level, message, context) VALUES ('half0001', '2026-01-01T01:00:00.000Z', 'info', 'a line', '{}')",
  );
  database.close();
}

it("brings state of the first version up to date: what was done is each job's full run", () => {
  writeFirstVersion();
  const database = unwrap(openDatabase(directory));
  const jobs = new JobStore(database, Date.now, () => true);
  expect(unwrap(jobs.find("done0001"))).toMatchObject({
    run: { number: 1, kind: "full", outcome: "done", endedAt: "2026-01-02T00:00:00.000Z" },
    plan: { runs: { incremental: null, consistency: "auto" } },
  });
  expect(unwrap(jobs.find("half0001")).run).toMatchObject({
    number: 1,
    beganAt: "2026-01-01T01:00:00.000Z",
    endedAt: null,
  });
  expect(jobs.records.journal("half0001")).toMatchObject([{ run: 1, step: "preflight" }]);
  expect(jobs.records.logs("half0001", 0)).toMatchObject([{ run: 1, message: "a line", said: null }]);
  database.close();
  unwrap(openDatabase(directory)).close();
});

it("refuses state of a later version and leaves it alone", () => {
  unwrap(openDatabase(directory)).close();
  const database = new DatabaseSync(join(directory, "state.sqlite"));
  database.exec("PRAGMA user_version = 9999");
  database.close();
  expect(openDatabase(directory)).toMatchObject({ failure: { code: "state-damaged" } });
});
