import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { syncStatusSchema, type DaemonStatus } from "../../../common/api/intermediate.ts";
import { unwrap } from "../../../common/result.ts";
import {
  DaemonBench,
  firstLine,
  isOver,
  jobId,
  makeDisk,
  spawnDaemon,
} from "../../support/intermediate/daemon.ts";

const entry = fileURLToPath(new URL("../../../intermediate/index.ts", import.meta.url));

let bench: DaemonBench;
beforeEach(() => {
  bench = new DaemonBench();
});
afterEach(() => bench.dispose());

interface Refusal {
  readonly status: number | null;
  readonly said: {
    readonly ready: boolean;
    readonly failure?: { readonly code: string; readonly message: string };
  };
}

function startAndFail(document: string): Refusal {
  const run = spawnSync(process.execPath, [entry], { input: document, encoding: "utf8", timeout: 30_000 });
  return { status: run.status, said: JSON.parse(run.stdout) as Refusal["said"] };
}

describe("the daemon's entry point", () => {
  test("says that it is ready, where and as whom, and answers there", async () => {
    const child = await bench.spawn();
    const status = unwrap(await bench.admin.call<DaemonStatus>("GET", "/v1/status"));
    expect(status).toMatchObject({
      pid: child.pid,
      controlPort: bench.controlPort,
      dataPort: bench.dataPort,
      protocolVersion: 1,
      jobs: [],
    });
    expect(status.freeBytes).toBeGreaterThan(0);
  });

  test("explains itself without a document", () => {
    const run = spawnSync(process.execPath, [entry, "--help"], { encoding: "utf8" });
    expect(run.status).toBe(0);
    expect(run.stdout).toContain("dataDirectory");
  });

  test.each([
    ["no JSON", "hello"],
    ["nothing", ""],
    ["a missing field", JSON.stringify({ dataDirectory: "/tmp/x" })],
  ])("refuses %s as a start document", (_, document) => {
    const refusal = startAndFail(document);
    expect(refusal.status).toBe(1);
    expect(refusal.said).toMatchObject({ ready: false, failure: { code: "input-invalid" } });
  });

  test("names the wrong field, and never repeats a key", () => {
    const refusal = startAndFail(JSON.stringify(bench.startDocument({ controlPort: 70_000 })));
    expect(refusal.said.failure?.message).toContain("controlPort");
    const badKey = startAndFail(JSON.stringify(bench.startDocument({ keyPem: "sekret-key" })));
    expect(badKey.said).toMatchObject({ ready: false, failure: { code: "input-invalid" } });
    expect(JSON.stringify(badKey.said)).not.toContain("sekret");
  });

  test.each(["controlPort", "dataPort"] as const)("names the port when its %s is taken", async (name) => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => squatter.once("listening", resolve));
    const { port } = squatter.address() as AddressInfo;
    const refusal = startAndFail(JSON.stringify(bench.startDocument({ [name]: port })));
    squatter.close();
    expect(refusal.status).toBe(1);
    expect(refusal.said).toMatchObject({ failure: { code: "port-in-use", context: { port } } });
  });

  test("refuses a data directory that another one holds, and takes it over after its death", async () => {
    const child = await bench.spawn();
    const refusal = startAndFail(JSON.stringify(bench.startDocument()));
    expect(refusal.said).toMatchObject({ ready: false, failure: { code: "already-exists" } });
    expect(refusal.said.failure?.message).toContain(String(child.pid));
    await bench.kill();
    await bench.spawn();
  });

  test("goes on when its parent and all its pipes are gone, and ends cleanly on SIGTERM", async () => {
    // The parent starts the daemon, waits for its line and dies.
    const script = `
      const { spawn } = require("node:child_process");
      const child = spawn(process.execPath, [process.argv[1]], { detached: true, stdio: ["pipe", "pipe", "pipe"] });
      child.stdin.end(process.argv[2]);
      child.stdout.once("data", (line) => process.stdout.write(line, () => process.exit(0)));`;
    const document = JSON.stringify(bench.startDocument());
    const parent = spawn(process.execPath, ["-e", script, entry, document], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const line = await firstLine(parent);
    const { pid, controlPort, dataPort } = JSON.parse(line) as {
      pid: number;
      controlPort: number;
      dataPort: number;
    };
    bench.controlPort = controlPort;
    bench.dataPort = dataPort;
    try {
      const disks = [makeDisk(0, 20, 41)];
      await bench.putJob(disks);
      const agent = await bench.agent(disks);
      void agent.run();
      expect(await bench.admin.statusWhen(jobId, isOver)).toMatchObject({ phase: "synced" });
    } finally {
      process.kill(pid, "SIGTERM");
    }
    await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false);
    const log = readFileSync(join(bench.folder, "data", "intermediate.log"), "utf8");
    const events = log
      .trimEnd()
      .split("\n")
      .map((entryLine) => (JSON.parse(entryLine) as { event: string }).event);
    expect(events.at(-1)).toBe("stopped");
    expect(log).not.toContain("PRIVATE KEY");
    expect(statSync(join(bench.folder, "data", "intermediate.log")).mode & 0o077).toBe(0);
  });

  test("ends over the admin API", async () => {
    const child = await bench.spawn();
    const gone = new Promise((resolve) => child.once("exit", resolve));
    expect(await bench.admin.call("POST", "/v1/shutdown", {})).toEqual({ ok: true, value: null });
    expect(await gone).toBe(0);
  });

  test("ends by itself when nothing is asked of it any more, where it was started so", async () => {
    const child = await bench.spawn({ idleEndSeconds: 1 });
    const gone = new Promise((resolve) => child.once("exit", resolve));
    expect(await gone).toBe(0);
    expect(readFileSync(join(bench.folder, "data", "intermediate.log"), "utf8")).toContain('"idle"');
    // What it leaves can be taken up again.
    await bench.spawn();
  });

  test("reads its document to the end before it does anything", async () => {
    const child = spawnDaemon();
    const document = JSON.stringify(bench.startDocument());
    child.stdin?.write(document.slice(0, 100));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(existsSync(join(bench.folder, "data"))).toBe(false);
    child.stdin?.end(document.slice(100));
    expect(JSON.parse(await firstLine(child))).toMatchObject({ ready: true });
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
  });
});

describe("the admin API", () => {
  const disks = [makeDisk(0, 20, 42)];

  test("answers with a status of the published shape, before, during and after a copy", async () => {
    await bench.start();
    syncStatusSchema.parse(await bench.putJob(disks));
    const agent = await bench.agent(disks);
    const run = agent.run();
    syncStatusSchema.parse(await bench.admin.status(jobId));
    syncStatusSchema.parse(await bench.admin.statusWhen(jobId, isOver));
    agent.destroy();
    await run;
    syncStatusSchema.parse(await bench.admin.status(jobId));
  });

  test("keeps keys in memory only", async () => {
    await bench.start();
    await bench.putJob(disks);
    const files = readdirSync(join(bench.folder, "data"), { recursive: true, withFileTypes: true });
    const texts = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), "latin1"));
    expect(texts.length).toBeGreaterThan(2);
    for (const text of texts) expect(text).not.toContain("PRIVATE KEY");
  });

  test("takes the same PUT twice, new tuning, and no other disks", async () => {
    await bench.start();
    await bench.putJob(disks);
    const tuning = { codec: "raw", level: 3, rateBytesPerSecond: 9 } as const;
    expect(await bench.putJob(disks, { tuning })).toMatchObject({ tuning });
    for (const other of [
      bench.provision(disks, { chunkBytes: 131_072 }),
      bench.provision([makeDisk(0, 21, 1)]),
      bench.provision([...disks, makeDisk(1, 1, 1)]),
    ]) {
      expect(await bench.admin.call("PUT", `/v1/jobs/${jobId}`, other)).toMatchObject({
        ok: false,
        failure: { code: "job-state" },
      });
    }
  });

  test("names the field that is wrong", async () => {
    await bench.start();
    const good = bench.provision(disks);
    const cases: readonly (readonly [string, unknown, string])[] = [
      [jobId, { ...good, passLimit: 0 }, "body.passLimit"],
      [jobId, { ...good, chunkBytes: 100_000 }, "body.chunkBytes"],
      [jobId, { ...good, disks: [{ id: 0, path: "", sizeBytes: 1 }] }, "body.disks.0.path"],
      [jobId, { ...good, disks: [...good.disks, ...good.disks] }, "body.disks"],
      [
        jobId,
        { ...good, disks: [{ id: 0, path: "/dev/vda", sizeBytes: 2 ** 50 }] },
        "body.disks.0.sizeBytes",
      ],
      [jobId, { ...good, keyPem: "no key" }, "certificatePem"],
      [jobId, [], "body"],
      ["NOT-A-JOB-ID", good, "id"],
      ["..%2f..%2fetc", good, "id"],
    ];
    for (const [id, body, field] of cases) {
      const answer = await bench.admin.call("PUT", `/v1/jobs/${id}`, body);
      expect(answer, field).toMatchObject({
        ok: false,
        failure: { code: "input-invalid", context: { field } },
      });
    }
    expect(unwrap(await bench.admin.call<DaemonStatus>("GET", "/v1/status")).jobs).toEqual([]);
  });

  test("refuses what is not there, what is too long and what makes no sense now", async () => {
    await bench.start();
    const call = (method: string, path: string, body?: unknown) => bench.admin.call(method, path, body);
    expect(await call("GET", `/v1/jobs/${jobId}`)).toMatchObject({ failure: { code: "not-found" } });
    expect(await call("GET", "/v1/everything")).toMatchObject({ failure: { code: "not-found" } });
    expect(await call("PUT", `/v1/jobs/${jobId}`, { x: "y".repeat(2_000_000) })).toMatchObject({
      failure: { code: "input-invalid" },
    });
    await bench.putJob(disks);
    expect(await call("POST", `/v1/jobs/${jobId}/tasks`, { kind: "verify" })).toMatchObject({
      failure: { code: "job-state" },
    });
    expect(
      await call("POST", `/v1/jobs/${jobId}/sync`, { mode: "next", repairDiffering: false }),
    ).toMatchObject({
      failure: { code: "job-state" },
    });
    expect(await call("GET", `/v1/jobs/${jobId}/tasks/image`)).toMatchObject({
      failure: { code: "not-found" },
    });
    expect(await call("GET", "/v1/status")).toMatchObject({ ok: true });
  });
});

describe("deleting a job", () => {
  const disks = [makeDisk(0, 30, 43)];
  const jobFolder = (): string => join(bench.folder, "data", "jobs", jobId);

  test("sends its agent away and leaves nothing, not even the folder", async () => {
    await bench.start();
    await bench.putJob(disks);
    const agent = await bench.agent(disks);
    const run = agent.run();
    await bench.admin.statusWhen(jobId, (status) => status.agent.connected);
    expect(await bench.admin.call("DELETE", `/v1/jobs/${jobId}`, { keepImages: false })).toEqual({
      ok: true,
      value: null,
    });
    expect(await run).toMatchObject({ kind: "aborted", name: "cancelled" });
    expect(existsSync(jobFolder())).toBe(false);
    expect(await bench.admin.call("GET", `/v1/jobs/${jobId}`)).toMatchObject({
      failure: { code: "not-found" },
    });
  });

  test("never touches what the job did not make, and says so until it is gone", async () => {
    await bench.start();
    await bench.putJob(disks);
    const precious = join(bench.folder, "precious");
    mkdirSync(precious);
    writeFileSync(join(precious, "file"), "keep");
    writeFileSync(join(jobFolder(), "notes.txt"), "mine");
    symlinkSync(precious, join(jobFolder(), "images"));
    const answer = await bench.admin.call("DELETE", `/v1/jobs/${jobId}`, { keepImages: false });
    expect(answer).toMatchObject({ ok: false, failure: { code: "storage-failed" } });
    expect(readFileSync(join(precious, "file"), "utf8")).toBe("keep");
    expect(readFileSync(join(jobFolder(), "notes.txt"), "utf8")).toBe("mine");
    expect(existsSync(bench.replicaPath(0))).toBe(false);
  });
});
