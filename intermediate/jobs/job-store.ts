import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { jobIdSchema, type Provision } from "../../common/api/intermediate.ts";
import { attempt, fail, ok, unwrap, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { SecureContext } from "node:tls";
import { SerialQueue } from "../serial-queue.ts";
import { storageFailure } from "../volume/storage-failure.ts";
import { JobDirectory } from "./job-directory.ts";
import { Job, type JobEnvironment } from "./job.ts";

/** All jobs of a data directory. Creating and removing are carried out one after another. */
export class JobStore {
  readonly #jobsPath: string;
  readonly #environment: JobEnvironment;
  readonly #jobs = new Map<string, Job>();
  readonly #queue = new SerialQueue();

  private constructor(jobsPath: string, environment: JobEnvironment) {
    this.#jobsPath = jobsPath;
    this.#environment = environment;
  }

  /**
   * Takes up the jobs that an earlier process left, and finishes removals that it began. A job that cannot be
   * understood is logged and left alone; the others are served.
   */
  static async open(jobsPath: string, environment: JobEnvironment): Promise<Result<JobStore>> {
    const store = new JobStore(jobsPath, environment);
    let names: string[];
    try {
      names = await readdir(jobsPath);
    } catch (error) {
      return storageFailure(error, "list", jobsPath);
    }
    for (const name of names) {
      if (jobIdSchema.safeParse(name).success) await store.#takeUp(name);
    }
    return ok(store);
  }

  get ids(): string[] {
    return [...this.#jobs.keys()];
  }

  /** Something of a job is under way. */
  get isBusy(): boolean {
    return [...this.#jobs.values()].some((job) => job.isBusy);
  }

  /** A job's sync cannot go on before its agent comes. */
  get awaitsAgent(): boolean {
    return [...this.#jobs.values()].some((job) => job.awaitsAgent);
  }

  find(jobId: string): Job | undefined {
    return this.#jobs.get(jobId);
  }

  get(jobId: string): Result<Job> {
    const job = this.#jobs.get(jobId);
    return job === undefined
      ? fail("not-found", told({ kind: "no-job", job: jobId }), { job: jobId })
      : ok(job);
  }

  /** Creates the job or renews it; harmless to repeat. */
  provision(jobId: string, provision: Provision, secureContext: SecureContext): Promise<Result<Job>> {
    return this.#queue.run(async () => {
      const known = this.#jobs.get(jobId);
      if (known !== undefined) {
        const renewed = await known.renew(provision, secureContext);
        return renewed.ok ? ok(known) : renewed;
      }
      const created = await Job.create(join(this.#jobsPath, jobId), jobId, provision, this.#environment);
      if (!created.ok) return created;
      created.value.secureContext = secureContext;
      this.#jobs.set(jobId, created.value);
      return created;
    });
  }

  /** Ends the job and removes its files; where that fails the job stays, so that it can be repeated. */
  remove(jobId: string, keepImages: boolean): Promise<Result<void>> {
    return this.#queue.run(async () => {
      const job = this.get(jobId);
      if (!job.ok) return job;
      const removed = await job.value.remove(keepImages);
      if (removed.ok) this.#jobs.delete(jobId);
      return removed;
    });
  }

  /** Ends every session and task; nothing is removed. */
  async stop(): Promise<void> {
    await this.#queue.run(async () => {
      await Promise.all([...this.#jobs.values()].map((job) => job.stop()));
    });
  }

  async #takeUp(name: string): Promise<void> {
    const { logger } = this.#environment;
    const loaded = await attempt(async () => {
      const directory = unwrap(await JobDirectory.open(join(this.#jobsPath, name)));
      const keep = directory.ledger.unfinishedRemoval;
      if (keep === undefined) return unwrap(await Job.load(directory, this.#environment));
      unwrap(await directory.ledger.removeAll(keep));
      return undefined;
    });
    if (!loaded.ok) {
      const { code, message } = loaded.failure;
      logger.error("job-not-loaded", { job: name, code, message });
    } else if (loaded.value !== undefined) {
      this.#jobs.set(name, loaded.value);
      logger.info("job-loaded", { job: name, phase: loaded.value.record.sync.phase });
    }
  }
}
