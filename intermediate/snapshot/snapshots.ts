/**
 * Snapshots of a job's replicas, one for each completed run. The replica itself is always the newest state; a snapshot
 * keeps only what was overwritten since, as a delta to the state after it. So a snapshot costs what changed, and the
 * oldest can go without touching the others.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { replicaSnapshotSchema, type ReplicaSnapshot } from "../../common/api/intermediate-tasks.ts";
import { attempt, fail, FailureError, ok, unwrap, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { preparedName, replaceFile } from "../durable-file.ts";
import type { JobDirectory } from "../jobs/job-directory.ts";
import { storageFailure } from "../volume/storage-failure.ts";

const folderName = "snapshots";
const describedName = "snapshot.json";
/** What stands in snapshot.json; how large the deltas are is looked up. */
const describedSchema = replicaSnapshotSchema.omit({ deltaBytes: true });

const runFolder = (run: number): string => `run-${String(run).padStart(4, "0")}`;
const deltaName = (diskId: number): string => `disk-${diskId}.delta`;

export class Snapshots {
  readonly #directory: JobDirectory;

  constructor(directory: JobDirectory) {
    this.#directory = directory;
  }

  get #path(): string {
    return join(this.#directory.path, folderName);
  }

  /** Runs that have a snapshot, oldest first. */
  get runs(): number[] {
    return this.#directory.ledger
      .namesIn(this.#path)
      .flatMap((name) => (/^run-\d{4,}$/.test(name) ? [Number(name.slice(4))] : []))
      .toSorted((a, b) => a - b);
  }

  /** The delta that what is overwritten from now on goes to; undefined where no snapshot is kept. */
  activeDelta(diskId: number): string | undefined {
    const run = this.runs.at(-1);
    return run === undefined ? undefined : this.deltaPath(run, diskId);
  }

  deltaPath(run: number, diskId: number): string {
    return join(this.#path, runFolder(run), deltaName(diskId));
  }

  /**
   * From now on the replicas can be had as they are at this moment, which is the end of `run`. The `keep` newest stay,
   * this one included. Repeating it is harmless.
   */
  async begin(described: z.infer<typeof describedSchema>, keep: number): Promise<Result<void>> {
    return attempt(async () => {
      const { run, disks } = described;
      const { ledger } = this.#directory;
      const folder = join(this.#path, runFolder(run));
      const about = join(folder, describedName);
      await ledger.claimAll([
        { path: this.#path, kind: "directory" },
        { path: folder, kind: "directory" },
      ]);
      unwrap(await this.#directory.makeFolder(this.#path));
      unwrap(await this.#directory.makeFolder(folder));
      const deltas = disks.map((disk) => this.deltaPath(run, disk.diskId));
      const files = [preparedName(about), about, ...deltas];
      await ledger.claimAll(files.map((path) => ({ path, kind: "file" as const })));
      try {
        await replaceFile(about, `${JSON.stringify(described, null, 1)}\n`);
      } catch (error) {
        throw new FailureError(storageFailure(error, "write", about).failure);
      }
      for (const old of this.runs.slice(0, -keep))
        unwrap(await ledger.discardTree(join(this.#path, runFolder(old))));
    });
  }

  /** Oldest first. A snapshot whose description was cut short is left out: its run is the one before it was made. */
  async list(): Promise<ReplicaSnapshot[]> {
    const all: ReplicaSnapshot[] = [];
    for (const run of this.runs) {
      const text = await readFile(join(this.#path, runFolder(run), describedName), "utf8").catch(() => null);
      if (text === null) continue;
      const described = describedSchema.parse(JSON.parse(text));
      let deltaBytes = 0;
      for (const { diskId } of described.disks) {
        deltaBytes += await stat(this.deltaPath(run, diskId)).then(
          ({ size }) => size,
          () => 0,
        );
      }
      all.push({ ...described, deltaBytes });
    }
    return all;
  }

  async find(run: number): Promise<Result<ReplicaSnapshot>> {
    const found = (await this.list()).find((snapshot) => snapshot.run === run);
    if (found !== undefined) return ok(found);
    return fail("not-found", told({ kind: "no-snapshot", run }), { run, runs: this.runs.map(String) });
  }

  /** The deltas between the replica and the state at the end of `run`, newest first. */
  deltasSince(run: number, diskId: number): string[] {
    return this.runs
      .filter((each) => each >= run)
      .toReversed()
      .map((each) => this.deltaPath(each, diskId));
  }
}
