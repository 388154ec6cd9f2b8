import { ok, type Result } from "../../common/result.ts";
import type { LogFields, Logger } from "../log/log.ts";
import type { JobDirectory } from "./job-directory.ts";
import type { JobRecord } from "./job-record.ts";

/** A job's record in memory and on disk, shared by the parts of a job. */
export class JobState {
  readonly logger: Logger;
  readonly #directory: JobDirectory;
  #record: JobRecord;
  #sealed = false;

  constructor(directory: JobDirectory, record: JobRecord, logger: Logger) {
    this.#directory = directory;
    this.#record = record;
    this.logger = logger;
  }

  get record(): JobRecord {
    return this.#record;
  }

  /** True once the job is being removed: nothing is written any more. */
  get isSealed(): boolean {
    return this.#sealed;
  }

  seal(): void {
    this.#sealed = true;
  }

  /** Changes the record in memory at once; it is durable when the promise resolves successfully. */
  update(change: Partial<JobRecord>): Promise<Result<void>> {
    this.note(change);
    return this.save();
  }

  /** Changes the record in memory; the next save takes it along. For counters, whose loss harms nobody. */
  note(change: Partial<JobRecord>): void {
    this.#record = { ...this.#record, ...change };
  }

  async save(): Promise<Result<void>> {
    if (this.#sealed) return ok();
    const saved = await this.#directory.writeRecord(this.#record);
    if (!saved.ok) this.logger.error("record-not-saved", { ...this.#job, message: saved.failure.message });
    return saved;
  }

  log(level: "info" | "warn" | "error", event: string, fields: LogFields = {}): void {
    this.logger[level](event, { ...this.#job, ...fields });
  }

  get #job(): LogFields {
    return { job: this.#record.jobId };
  }
}
