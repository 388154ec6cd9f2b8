import { inEnglish } from "../../../support/in-english.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrationChoicesSchema } from "../../../../common/api/procedures.ts";
import type { JobPlan } from "../../../../common/domain/plan.ts";
import { filePlanSchema } from "../../../../common/domain/target-layout.ts";
import { failure, unwrap } from "../../../../common/result.ts";
import { openDatabase } from "../../../../main/store/database.ts";
import { mostRunning } from "../../../../main/store/job-leases.ts";
import { JobStore } from "../../../../main/store/job-store.ts";
import { SourceStore } from "../../../../main/store/source-store.ts";
import { storedSource } from "../../../support/stored-source.ts";

let directory: string;
let database: DatabaseSync;
let now = 0;
let living: Set<number>;

const source = storedSource;

const { bootCheck, bootMemoryMiB, bootTimeoutSeconds, ...choices } = migrationChoicesSchema.parse({});
const plan: JobPlan = {
  target: {
    kind: "local",
    directory: "/srv/replicas",
    listenAddress: choices.listenAddress,
    controlPort: 8080,
    dataPort: 8703,
    advertisedAddresses: [],
  },
  diskPaths: [],
  chunkBytes: choices.chunkBytes,
  tuning: choices.tuning,
  dataConnections: choices.dataConnections,
  passLimit: choices.passLimit,
  continueOnReadError: false,
  replication: "block",
  files: filePlanSchema.parse({}),
  usedBlocksOnly: true,
  imageFormats: choices.imageFormats,
  bootCheck: { enabled: bootCheck, memoryMiB: bootMemoryMiB, timeoutSeconds: bootTimeoutSeconds },
  conversion: choices.conversion,
  acceptedFindings: [],
  runs: choices.runs,
};

function store(): JobStore {
  return new JobStore(
    database,
    () => now,
    (pid) => living.has(pid),
  );
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sma-store-"));
  database = unwrap(openDatabase(directory));
  living = new Set([1, 2]);
  now = Date.parse("2026-01-01T00:00:00Z");
  unwrap(new SourceStore(database).add(source));
});
afterEach(() => {
  database.close();
  rmSync(directory, { recursive: true, force: true });
});

it("refuses a second unfinished job of a source and takes one after the first has ended", () => {
  const jobs = store();
  const first = unwrap(jobs.create("job00001", source.id, plan));
  expect(jobs.create("job00002", source.id, plan)).toMatchObject({
    failure: { code: "job-exists", context: { job: first.id } },
  });
  unwrap(jobs.apply(first.id, { type: "step-started", step: "clean-up" }));
  unwrap(jobs.apply(first.id, { type: "finished" }));
  expect(jobs.create("job00002", source.id, plan).ok).toBe(true);
});

it("lets one living process hold a job", () => {
  const jobs = store();
  unwrap(jobs.create("job00001", source.id, plan));
  unwrap(jobs.leases.acquire("job00001", { token: "a", pid: 1 }));
  expect(jobs.leases.acquire("job00001", { token: "b", pid: 2 })).toMatchObject({
    failure: { code: "job-held-elsewhere" },
  });
  jobs.leases.release("job00001", "a");
  expect(jobs.leases.acquire("job00001", { token: "b", pid: 2 }).ok).toBe(true);
});

it("lets a job be taken at once from a process that died, and later from one that only seems to live", () => {
  const jobs = store();
  unwrap(jobs.create("job00001", source.id, plan));
  unwrap(jobs.leases.acquire("job00001", { token: "a", pid: 1 }));
  living.delete(1);
  unwrap(jobs.leases.acquire("job00001", { token: "b", pid: 2 }));

  now += 60_000;
  unwrap(jobs.leases.acquire("job00001", { token: "c", pid: 3 }));
  expect(jobs.leases.renew("job00001", "b")).toBe(false);
  expect(jobs.leases.renew("job00001", "c")).toBe(true);
});

it("hands requests over once and in order", () => {
  const jobs = store();
  unwrap(jobs.create("job00001", source.id, plan));
  jobs.leases.request("job00001", "pause");
  jobs.leases.request("job00001", "unpause");
  jobs.leases.request("job00001", "stop");
  expect(jobs.leases.takeRequests("job00001")).toEqual(["pause", "unpause", "stop"]);
  expect(jobs.leases.takeRequests("job00001")).toEqual([]);
});

it("keeps journal and ledger through a new opening of the database", () => {
  const jobs = store();
  unwrap(jobs.create("job00001", source.id, plan));
  jobs.records.appendJournal("job00001", 1, "preflight", "begin", null);
  jobs.records.appendJournal("job00001", 1, "preflight", "done", { disks: [1] });
  jobs.records.planResource("job00001", "agent-directory", "job00001");
  jobs.records.planResource("job00001", "agent-directory", "job00001");
  database.close();
  database = unwrap(openDatabase(directory));

  const again = store();
  expect(again.records.journal("job00001").map(({ step, kind }) => [step, kind])).toEqual([
    ["preflight", "begin"],
    ["preflight", "done"],
  ]);
  expect(again.records.ledger("job00001")).toEqual([
    { kind: "agent-directory", locator: "job00001", state: "planned" },
  ]);
  again.records.markRemoved("job00001", "agent-directory", "job00001");
  expect(again.records.ledger("job00001")[0]?.state).toBe("removed");
});

it("finds a job by a prefix that is its alone", () => {
  const jobs = store();
  unwrap(jobs.create("abc00001", source.id, plan));
  unwrap(jobs.apply("abc00001", { type: "expired" }));
  unwrap(jobs.create("abd00001", source.id, plan));
  expect(unwrap(jobs.find("abc")).id).toBe("abc00001");
  expect(jobs.find("ab")).toMatchObject({ failure: { code: "input-invalid" } });
  expect(jobs.find("zz")).toMatchObject({ failure: { code: "not-found" } });
});

it("keeps a source that jobs on record name", () => {
  const jobs = store();
  unwrap(jobs.create("job00001", source.id, plan));
  const sources = new SourceStore(database);
  expect(sources.remove(source.id)).toMatchObject({ failure: { code: "job-state" } });
  jobs.remove("job00001");
  expect(sources.remove(source.id).ok).toBe(true);
});

describe("runs", () => {
  const copiedJob = (jobs: JobStore) => {
    unwrap(jobs.create("job00001", source.id, plan));
    jobs.records.appendJournal("job00001", 1, "sync", "done", {});
    return unwrap(jobs.apply("job00001", { type: "step-started", step: "clean-up" }));
  };

  it("begin with a full one, and another can be planned only once the copy is complete", () => {
    const jobs = store();
    expect(unwrap(jobs.create("job00001", source.id, plan)).run).toMatchObject({ number: 1, kind: "full" });
    expect(jobs.planRun("job00001", "incremental", "admin")).toMatchObject({
      failure: { code: "job-state" },
    });
    jobs.records.appendJournal("job00001", 1, "sync", "done", {});
    const planned = unwrap(jobs.planRun("job00001", "incremental", "schedule"));
    expect(planned).toMatchObject({
      state: { name: "ready" },
      run: { number: 2, kind: "incremental", trigger: "schedule", outcome: null },
    });
    expect(jobs.runs("job00001")[0]).toMatchObject({ outcome: "superseded" });
  });

  it("end together with the job's change of state", () => {
    const jobs = store();
    copiedJob(jobs);
    const ended = unwrap(
      jobs.endRun("job00001", 1, { type: "run-ended", nextRunAt: "2026-01-02T00:00:00.000Z" }),
    );
    expect(ended).toMatchObject({ state: { name: "waiting", reason: "next-run" }, run: { outcome: "done" } });
    expect(jobs.endRun("job00001", 1, { type: "finished" })).toMatchObject({
      failure: { code: "job-state" },
    });
  });

  it("are refused while a process runs the job, or when the source has got another unfinished job", () => {
    const jobs = store();
    copiedJob(jobs);
    unwrap(jobs.leases.acquire("job00001", { token: "a", pid: 1 }));
    expect(jobs.planRun("job00001", "final", "admin")).toMatchObject({
      failure: { code: "job-held-elsewhere" },
    });
    jobs.leases.release("job00001", "a");
    unwrap(jobs.endRun("job00001", 1, { type: "finished" }));
    unwrap(jobs.create("job00002", source.id, plan));
    expect(jobs.planRun("job00001", "incremental", "admin")).toMatchObject({
      failure: { code: "job-exists", context: { job: "job00002" } },
    });
  });
});

it("lets no more than fifty jobs run at once", () => {
  const jobs = store();
  const sources = new SourceStore(database);
  for (let index = 0; index <= mostRunning; index += 1) {
    const id = `s${index}`;
    unwrap(sources.add({ ...source, id, name: id }));
    unwrap(jobs.create(`job${index}`, id, plan));
  }
  for (let index = 0; index < mostRunning; index += 1) {
    unwrap(jobs.leases.acquire(`job${index}`, { token: `${index}`, pid: 1 }));
  }
  const last = `job${mostRunning}`;
  expect(jobs.leases.acquire(last, { token: "last", pid: 2 })).toMatchObject({
    failure: { code: "no-slot" },
  });
  jobs.leases.release("job7", "7");
  expect(jobs.leases.acquire(last, { token: "last", pid: 2 }).ok).toBe(true);
});

it("tells of every change of state once it is on record", () => {
  const told: string[] = [];
  const jobs = new JobStore(
    database,
    () => now,
    () => true,
    (job) => told.push(`${job.id} ${job.state.name}`),
  );
  unwrap(jobs.create("job00001", source.id, plan));
  unwrap(jobs.apply("job00001", { type: "queued", reason: "slot", nextRunAt: null }));
  jobs.apply("job00001", { type: "paused" });
  expect(told).toEqual(["job00001 waiting"]);
});

it("keeps in the journal when a step rests for somebody, and when it goes on", () => {
  const jobs = store();
  unwrap(jobs.create("job00001", source.id, plan));
  unwrap(jobs.apply("job00001", { type: "step-started", step: "sync" }));
  jobs.records.appendJournal("job00001", 1, "sync", "begin", null);
  unwrap(jobs.apply("job00001", { type: "paused" }));
  unwrap(jobs.apply("job00001", { type: "unpaused" }));
  unwrap(jobs.apply("job00001", { type: "failed", failure: failure("no-space", inEnglish("full")) }));
  unwrap(jobs.apply("job00001", { type: "step-started", step: "sync" }));
  unwrap(jobs.apply("job00001", { type: "stopped" }));
  // Refused events leave no trace.
  expect(jobs.apply("job00001", { type: "paused" }).ok).toBe(false);
  expect(jobs.records.journal("job00001").map(({ step, kind, data }) => [step, kind, data])).toEqual([
    ["sync", "begin", null],
    ["sync", "rest", { why: "paused" }],
    ["sync", "begin", null],
    ["sync", "rest", { why: "failed" }],
    ["sync", "rest", { why: "stopped" }],
  ]);
});

it("lists a job's row as its view has it: who holds it, and whether its last run has images", () => {
  const jobs = store();
  unwrap(jobs.create("job00001", source.id, plan));
  expect(jobs.rows()).toEqual([
    {
      id: "job00001",
      sourceId: source.id,
      sourceName: source.name,
      state: { name: "ready" },
      progress: null,
      isHeld: false,
      hasImages: false,
      createdAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:00.000Z",
    },
  ]);
  unwrap(jobs.leases.acquire("job00001", { token: "a", pid: 1 }));
  unwrap(jobs.apply("job00001", { type: "step-started", step: "sync" }));
  for (const step of ["sync", "image"] as const) jobs.records.appendJournal("job00001", 1, step, "done", {});
  expect(jobs.rows()).toMatchObject([{ isHeld: true, hasImages: true, state: { step: "sync" } }]);
  living.delete(1);
  expect(jobs.rows()[0]?.isHeld).toBe(false);
  jobs.leases.release("job00001", "a");
  unwrap(jobs.apply("job00001", { type: "stopped" }));
  unwrap(jobs.planRun("job00001", "incremental", "admin"));
  expect(jobs.rows()[0]?.hasImages).toBe(false);
});
