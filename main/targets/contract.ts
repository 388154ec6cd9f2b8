import type {
  BlockMap,
  PauseRequest,
  DaemonStatus,
  Provision,
  SyncRequest,
  SyncStatus,
  TaskRequest,
  TaskStatus,
  Tuning,
} from "../../common/api/intermediate.ts";
import type { Target } from "../../common/domain/plan.ts";
import type { Result } from "../../common/result.ts";

/**
 * The admin API of one intermediate (common/api/intermediate.ts has the table). Every call may fail with
 * `intermediate-unreachable` and may then be repeated: all calls are idempotent.
 */
export interface IntermediateClient {
  status(): Promise<Result<DaemonStatus>>;
  provision(jobId: string, provision: Provision): Promise<Result<SyncStatus>>;
  /** `not-found` where the intermediate does not know the job. */
  job(jobId: string): Promise<Result<SyncStatus>>;
  /** What became of a disk's chunks in the pass under way, in at most `cells` stretches (1 to 4096). */
  blockMap(jobId: string, diskId: number, cells: number): Promise<Result<BlockMap>>;
  sync(jobId: string, request: SyncRequest): Promise<Result<SyncStatus>>;
  tune(jobId: string, tuning: Tuning): Promise<Result<SyncStatus>>;
  pause(jobId: string, wanted: PauseRequest): Promise<Result<SyncStatus>>;
  startTask(jobId: string, request: TaskRequest): Promise<Result<TaskStatus>>;
  task(jobId: string, kind: TaskRequest["kind"]): Promise<Result<TaskStatus>>;
  cancelTask(jobId: string, kind: TaskRequest["kind"]): Promise<Result<TaskStatus>>;
  /** Keeps the job's receipt beside its images. */
  keepReceipt(jobId: string, text: string): Promise<Result<void>>;
  finish(jobId: string): Promise<Result<SyncStatus>>;
  removeJob(jobId: string, keepImages: boolean): Promise<Result<void>>;
  shutdown(): Promise<Result<void>>;
}

export interface IntermediateAccess {
  readonly client: IntermediateClient;
  readonly controlPort: number;
  readonly dataPort: number;
  /** Addresses under which sources may reach it, best first; empty where only the source can tell. */
  readonly addresses: readonly string[];
}

/** What a target can take; checked before anything moves. */
export interface TargetConstraints {
  readonly maximumDiskBytes: number;
  readonly maximumDisks: number;
}

/**
 * A place where results live. It provides the intermediate and owns what it makes there. Every method may be
 * repeated after a crash at any point and then ends in the same state.
 */
export interface TargetAdapter {
  readonly constraints: TargetConstraints;
  /** Makes sure that this target's intermediate runs and answers, and that it belongs to this installation. */
  ensureIntermediate(target: Target, signal: AbortSignal): Promise<Result<IntermediateAccess>>;
  /** Ends the intermediate where this installation started it. Fine where none runs. */
  releaseIntermediate(target: Target): Promise<Result<void>>;
}
