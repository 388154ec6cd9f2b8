import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { attempt, fail, FailureError, ok, unwrap, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { preparedName, replaceFile, syncDirectoryOf } from "../durable-file.ts";
import { SerialQueue } from "../serial-queue.ts";
import { errorCode, storageFailure } from "../volume/storage-failure.ts";
import { jobRecordSchema, type JobRecord } from "./job-record.ts";
import { Ledger, ledgerFileName } from "./ledger.ts";

const recordFileName = "job.json";
export const imagesFolder = "images";
const receiptFileName = "receipt.json";
const conversionFolder = "conversion";
const bootCheckFolder = "boot-check";
const layoutFolder = "layout";

/**
 * A job's files: `<dataDirectory>/jobs/<id>/` with job.json, ledger.json, disk-N.raw, disk-N.manifest, images/,
 * conversion/, boot-check/, layout/ and snapshots/. Every name is in the ledger before it exists; layout/work is there as a
 * whole.
 */
export class JobDirectory {
  readonly path: string;
  readonly ledger: Ledger;
  readonly #writes = new SerialQueue();

  private constructor(path: string, ledger: Ledger) {
    this.path = path;
    this.ledger = ledger;
  }

  /** Makes the directory (or takes over one whose making was cut short) and claims the names that every job has. */
  static async create(path: string, diskIds: readonly number[]): Promise<Result<JobDirectory>> {
    return attempt(async () => {
      await makeDirectory(path);
      const ledger = unwrap(await Ledger.open(path));
      const directory = new JobDirectory(path, ledger);
      const own = [ledgerFileName, recordFileName].map((name) => join(path, name));
      const disks = diskIds.flatMap((id) => [directory.replicaPath(id), directory.manifestPath(id)]);
      const files = [...own, ...disks].flatMap((file) => [preparedName(file), file]);
      // The ledger's own file is written by the claim itself, so it is removed apart from the entries.
      await ledger.claimAll(
        files
          .filter((file) => !file.startsWith(join(path, ledgerFileName)))
          .map((file) => ({ path: file, kind: "file" as const })),
      );
      await ledger.claimAll([
        { path: directory.imagesPath, kind: "directory" },
        { path: directory.bootCheckPath, kind: "directory" },
        { path: directory.conversionPath, kind: "directory" },
      ]);
      return directory;
    });
  }

  /** Opens an existing job's directory. */
  static async open(path: string): Promise<Result<JobDirectory>> {
    const ledger = await Ledger.open(path);
    return ledger.ok ? ok(new JobDirectory(path, ledger.value)) : ledger;
  }

  replicaPath(diskId: number): string {
    return join(this.path, `disk-${diskId}.raw`);
  }

  manifestPath(diskId: number): string {
    return join(this.path, `disk-${diskId}.manifest`);
  }

  get imagesPath(): string {
    return join(this.path, imagesFolder);
  }

  /** Makes images/, or a run's own folder in it, and gives its path. */
  async makeImagesFolder(run: number | undefined): Promise<Result<string>> {
    return attempt(async () => {
      await makeDirectory(this.imagesPath);
      if (run === undefined) return this.imagesPath;
      const path = join(this.imagesPath, runFolder(run));
      await this.ledger.claim(path, "directory");
      await makeDirectory(path);
      return path;
    });
  }

  /** Removes the images of all runs but the `keep` newest (null: of none); gives the files that went. */
  async removeOldImages(keep: number | null): Promise<Result<string[]>> {
    if (keep === null) return ok([]);
    const runs = this.ledger
      .namesIn(this.imagesPath)
      .map((name) => runOfFolder(name))
      .filter((run) => run !== null)
      .toSorted((a, b) => b - a);
    const removed: string[] = [];
    for (const run of runs.slice(keep)) {
      const gone = await this.ledger.discardTree(join(this.imagesPath, runFolder(run)));
      if (!gone.ok) return gone;
      removed.push(...gone.value);
    }
    return ok(removed);
  }

  /** Where the disks with a new layout are, and nothing that is not made of the replicas. */
  get layoutPath(): string {
    return join(this.path, layoutFolder);
  }

  /** What bringing files over needs while it lasts; a killed one leaves it. */
  get layoutScratchPath(): string {
    return join(this.layoutPath, "work");
  }

  /** A disk with a new layout. */
  newDiskPath(index: number): string {
    return join(this.layoutPath, `disk-${index}.raw`);
  }

  newManifestPath(index: number): string {
    return join(this.layoutPath, `disk-${index}.manifest`);
  }

  get bootCheckPath(): string {
    return join(this.path, bootCheckFolder);
  }

  get conversionPath(): string {
    return join(this.path, conversionFolder);
  }

  /** Where the conversion leaves a disk's overlay over the replica. */
  overlayPath(diskId: number): string {
    return join(this.conversionPath, `disk-${diskId}.qcow2`);
  }

  /** Makes images/, conversion/ or boot-check/ when it is first needed. */
  async makeFolder(path: string): Promise<Result<void>> {
    return attempt(() => makeDirectory(path));
  }

  /** Where images that were made are, or would be. */
  folderOf(images: readonly { readonly path: string }[]): string {
    const [file] = images;
    return file === undefined ? this.imagesPath : dirname(file.path);
  }

  /** Keeps a run's receipt beside its images. */
  async keepReceipt(text: string, images: readonly { readonly path: string }[]): Promise<Result<void>> {
    return attempt(async () => {
      await makeDirectory(this.imagesPath);
      const path = join(this.folderOf(images), receiptFileName);
      await this.ledger.claimAll([preparedName(path), path].map((file) => ({ path: file, kind: "file" })));
      try {
        await replaceFile(path, text);
      } catch (error) {
        throw new FailureError(storageFailure(error, "write", path).failure);
      }
    });
  }

  /** `not-found` where there is none, `state-damaged` where it cannot be understood. */
  async readRecord(): Promise<Result<JobRecord>> {
    const path = join(this.path, recordFileName);
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      if (errorCode(error) === "ENOENT")
        return fail("not-found", told({ kind: "file-gone", path }), { path });
      return storageFailure(error, "read", path);
    }
    try {
      return ok(jobRecordSchema.parse(JSON.parse(text)));
    } catch (error) {
      const why = error instanceof Error ? error.message : "unknown";
      return fail(
        "state-damaged",
        told({ kind: "record-unreadable", path, text: why }),
        { path },
        told({ kind: "delete-and-restart" }),
      );
    }
  }

  /** Replaces job.json atomically and durably. Calls are carried out in order. */
  async writeRecord(record: JobRecord): Promise<Result<void>> {
    const path = join(this.path, recordFileName);
    const text = `${JSON.stringify(record, null, 1)}\n`;
    return this.#writes.run(async () => {
      try {
        await replaceFile(path, text);
        return ok();
      } catch (error) {
        return storageFailure(error, "write", path);
      }
    });
  }
}

const runFolder = (run: number): string => `run-${String(run).padStart(4, "0")}`;

function runOfFolder(name: string): number | null {
  const digits = /^run-(\d{4,})$/.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
    await syncDirectoryOf(path);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    throw new FailureError(storageFailure(error, "create", path).failure);
  }
}
