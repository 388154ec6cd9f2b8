/** What becomes of a job whose step breaks off by a defect: the real runner and store, steps of the test's own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { migrationChoicesSchema } from "../../../../common/api/procedures.ts";
import { jobPlanSchema } from "../../../../common/domain/plan.ts";
import { ok, unwrap } from "../../../../common/result.ts";
import { MigrationRunner } from "../../../../main/migrations/runner.ts";
import type { MigrationServices } from "../../../../main/migrations/services.ts";
import { defineStep, type Step } from "../../../../main/migrations/step.ts";
import { openDatabase } from "../../../../main/store/database.ts";
import { JobStore } from "../../../../main/store/job-store.ts";
import { SourceStore } from "../../../../main/store/source-store.ts";
import { storedSource } from "../../../support/stored-source.ts";

const id = "job00001";
const source = storedSource;
const preflight = defineStep({
  name: "preflight",
  needs: [],
  output: z.object({ disks: z.array(z.string()) }),
  run: () => Promise.resolve(ok({ disks: [] })),
});

let folder = "";
let database: DatabaseSync;
let jobs: JobStore;

const run = async (steps: readonly Step[]) => {
  const services = { clock: Date.now, sinceBoot: () => performance.now(), sleep: () => Promise.resolve() };
  // Only what the runner itself asks for: these steps want nothing.
  const runner = new MigrationRunner(jobs, services as unknown as MigrationServices, {}, steps);
  return unwrap(await runner.run(id, source, new AbortController().signal)).state;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-runner-"));
  database = unwrap(openDatabase(folder));
  jobs = new JobStore(database, Date.now, () => true);
  unwrap(new SourceStore(database).add(source));
  const choices = migrationChoicesSchema.parse({});
  const target = { ...choices, kind: "local", directory: "/srv", controlPort: 8080, dataPort: 8703 };
  const bootCheck = { enabled: false, memoryMiB: 1024, timeoutSeconds: 60 };
  unwrap(jobs.create(id, source.id, jobPlanSchema.parse({ ...choices, target, bootCheck })));
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a job whose step breaks off", () => {
  it("is in error and says so, instead of being begun again for ever", async () => {
    const broken = defineStep({
      name: "provision",
      needs: [preflight],
      output: z.object({}),
      run: () => Promise.reject(new TypeError("of no use")),
    });
    const state = await run([preflight, broken]);
    expect(state).toMatchObject({ name: "in-error", step: "provision", failure: { code: "internal" } });
    expect(jobs.leases.isHeld(id)).toBe(false);
  });

  it("names what the journal holds that this version does not understand", async () => {
    jobs.records.appendJournal(id, 1, "preflight", "done", { disks: [7] });
    const next = defineStep({
      name: "provision",
      needs: [preflight],
      output: z.object({}),
      run: () => Promise.resolve(ok({})),
    });
    expect(await run([preflight, next])).toMatchObject({
      name: "in-error",
      failure: { code: "state-damaged", context: { step: "preflight", field: "output.disks.0" } },
    });
  });
});
