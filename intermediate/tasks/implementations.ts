import type { BootVerdict, ImageFile, ImageFormat } from "../../common/api/intermediate.ts";
import type { Result } from "../../common/result.ts";

/** A received disk at rest. Nobody writes to it while a task runs. */
export interface ReplicaFile {
  readonly diskId: number;
  readonly replicaPath: string;
  readonly sizeBytes: number;
}

export interface TaskProgress {
  readonly done: number;
  /** 0 while unknown. */
  readonly total: number;
  readonly unit: "bytes" | "seconds";
  /** What is going on, for a person. */
  readonly note: string;
}

export interface TaskContext {
  readonly signal: AbortSignal;
  report(progress: TaskProgress): void;
  /** Writes a file down in the job's ledger; to be awaited before the file is created. Throws a FailureError. */
  claim(path: string): Promise<void>;
}

/** The long work that other folders do; handed in by the composition root. */
export interface TaskImplementations {
  buildImages(
    options: TaskContext & {
      readonly disks: readonly ReplicaFile[];
      readonly formats: readonly ImageFormat[];
      readonly outputDirectory: string;
    },
  ): Promise<Result<ImageFile[]>>;
  checkBoot(
    options: TaskContext & {
      readonly disks: readonly ReplicaFile[];
      readonly workDirectory: string;
      readonly firmware: "bios" | "uefi";
      readonly memoryMiB: number;
      readonly timeoutSeconds: number;
    },
  ): Promise<Result<BootVerdict>>;
}
