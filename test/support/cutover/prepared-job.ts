/** A state folder with a finished job whose image is at hand, as a migration leaves it. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "../../../common/result.ts";
import { jobPlanSchema } from "../../../common/domain/plan.ts";
import { createCloudSurroundings } from "../../../main/cloud-services.ts";
import { createCutoverServices } from "../../../main/cutover-services.ts";
import { memoryVault } from "../alibaba-cloud/cloud-bench.ts";
import { openDatabase } from "../../../main/store/database.ts";
import { JobStore } from "../../../main/store/job-store.ts";
import { SourceStore } from "../../../main/store/source-store.ts";

export const jobId = "job000000001";
export const sourceName = "web";

const hop = {
  host: "192.0.2.1",
  port: 22,
  authentication: {
    user: "root",
    keyFiles: [],
    useSshAgent: false,
    passwordEntry: null,
    keyPassphraseEntry: null,
  },
  hostKey: null,
  legacyAlgorithms: false,
};

/** Makes it; `images` are raw disks, the first boots. */
export function prepareJob(stateDirectory: string, images: readonly string[]): void {
  const database = unwrap(openDatabase(stateDirectory));
  const jobs = new JobStore(database, Date.now, () => true);
  const sources = new SourceStore(database);
  const source = {
    id: "source000001",
    name: sourceName,
    address: { kind: "ssh" as const, jumpHosts: [], host: hop, elevation: { method: "none" as const } },
    tags: [],
    addedAt: new Date().toISOString(),
  };
  unwrap(sources.add(source));
  const plan = jobPlanSchema.parse({
    target: {
      kind: "local",
      directory: join(stateDirectory, "target"),
      listenAddress: "127.0.0.1",
      controlPort: 8080,
      dataPort: 8703,
      advertisedAddresses: [],
    },
    diskPaths: [],
    chunkBytes: 1_048_576,
    tuning: { codec: "zstd", level: 1, rateBytesPerSecond: 0 },
    dataConnections: 1,
    passLimit: 1,
    continueOnReadError: false,
    imageFormats: ["raw"],
    bootCheck: { enabled: false, memoryMiB: 128, timeoutSeconds: 10 },
    acceptedFindings: [],
  });
  unwrap(jobs.create(jobId, source.id, plan));
  const files = images.map((path, diskId) => {
    const { size } = statSync(path);
    return { diskId, format: "raw", path, fileBytes: size, virtualBytes: size, sha256: "0".repeat(64) };
  });
  jobs.records.appendJournal(jobId, 1, "preflight", "done", { firmware: "bios" });
  const disks = files.map(({ diskId, fileBytes }) => ({ id: diskId, sizeBytes: fileBytes }));
  jobs.records.appendJournal(jobId, 1, "verify", "done", { disks });
  jobs.records.appendJournal(jobId, 1, "image", "done", { files });
  unwrap(jobs.apply(jobId, { type: "step-started", step: "clean-up" }));
  unwrap(jobs.apply(jobId, { type: "finished" }));
  database.close();
}

/** The parts that carry cutovers out, over a state folder. */
export function openCutover(stateDirectory: string) {
  const database = unwrap(openDatabase(stateDirectory));
  const services = createCutoverServices({
    database,
    cloud: createCloudSurroundings(database, memoryVault(), "installation", Date.now),
    stateDirectory,
    clock: Date.now,
    listener: { onNote: () => undefined },
  });
  const jobs = new JobStore(database, Date.now, () => true);
  return { ...services, jobs, close: () => database.close() };
}
