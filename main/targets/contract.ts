import type {
  BlockMap,
  PauseRequest,
  DaemonStatus,
  Provision,
  SyncRequest,
  SyncStatus,
  Tuning,
} from "../../common/api/intermediate.ts";
import type { DeliveredImage } from "../../common/domain/cloud.ts";
import type { ImageFacts, ImageFile, ImageFormat } from "../../common/domain/image.ts";
import type {
  PartToSend,
  ReplicaSnapshot,
  SentPart,
  TaskRequest,
  TaskStatus,
} from "../../common/api/intermediate-tasks.ts";
import type { InstanceSpec, InstanceView } from "../../common/domain/instance.ts";
import type { Target } from "../../common/domain/plan.ts";
import type { Remark, Told } from "../../common/domain/remark.ts";
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
  /** Accepts no agent but the one with this certificate, which is about to be launched; all earlier ones never again. */
  revokeAgent(jobId: string, nextSerial: string): Promise<Result<SyncStatus>>;
  startTask(jobId: string, request: TaskRequest): Promise<Result<TaskStatus>>;
  task(jobId: string, kind: TaskRequest["kind"]): Promise<Result<TaskStatus>>;
  cancelTask(jobId: string, kind: TaskRequest["kind"]): Promise<Result<TaskStatus>>;
  /** Of the job's replicas at the ends of earlier runs, oldest first. */
  snapshots(jobId: string): Promise<Result<ReplicaSnapshot[]>>;
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

/** Sends parts from where the file is, by the signed addresses alone. */
export type PartSender = (
  order: {
    readonly path: string;
    readonly authorityPem: string | null;
    readonly parts: readonly PartToSend[];
  },
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
) => Promise<Result<readonly SentPart[]>>;

export interface DeliveryOrder {
  readonly target: Target;
  readonly jobId: string;
  readonly run: number;
  /** Results of so many newest runs are kept; null: all. */
  readonly keepRuns: number | null;
  readonly sourceName: string;
  readonly files: readonly ImageFile[];
  readonly facts: ImageFacts;
  /** Has the intermediate send parts of its files. */
  readonly send: PartSender;
  readonly signal: AbortSignal;
  onProgress(doing: Remark, done: number, total: number, unit: "bytes" | "steps"): void;
}

/** How results get from the intermediate to where the target keeps them. Every method may be repeated. */
export interface DeliveryAdapter {
  /** What stands in the way, before anything travels: sizes, formats, permissions, names. Makes nothing. */
  check(
    target: Target,
    wanted: {
      readonly disks: readonly { readonly path: string; readonly sizeBytes: number }[];
      readonly formats: readonly ImageFormat[];
    },
    signal: AbortSignal,
  ): Promise<Result<void>>;
  /** Goes on where an earlier try ended. Everything made is in the target's ledger before it is made. */
  deliver(order: DeliveryOrder): Promise<Result<DeliveredImage>>;
  /** Removes what a job left on the way, and its results where `includingResults`; only what the ledger has. */
  clear(target: Target, jobId: string, includingResults: boolean, signal: AbortSignal): Promise<Result<void>>;
}

/**
 * A place where results live. It provides the intermediate and owns what it makes there. Every method may be
 * repeated after a crash at any point and then ends in the same state.
 */
export interface TargetAdapter {
  readonly constraints: TargetConstraints;
  /** Null where results stay in the intermediate's folder. */
  readonly delivery: DeliveryAdapter | null;
  /** Makes sure that this target's intermediate runs and answers, and that it belongs to this installation. */
  ensureIntermediate(target: Target, signal: AbortSignal): Promise<Result<IntermediateAccess>>;
  /** Ends the intermediate where this installation started it. Fine where none runs. */
  releaseIntermediate(target: Target): Promise<Result<void>>;
}

/** A disk's content as the target can take it: an image that a job made. */
export interface DiskImage {
  readonly diskId: number;
  /** Where the intermediate put it. */
  readonly path: string;
  readonly format: ImageFormat;
  /** Of the disk in it; more than was copied where the conversion made the disk larger. */
  readonly sizeBytes: number;
  /** The image in the cloud that a job's delivery made of this disk and its others; absent where there is none. */
  readonly delivered?: DeliveredImage;
}

export type TransferProgress = (doneBytes: number, totalBytes: number) => void;

/**
 * A target that runs instances and can give one new disks. `tag` names what one drill or cutover makes, so that
 * repeating a call after a crash finds what is there already, and so that nothing of another attempt is touched. This
 * comment and the ones below are the contract; test/contract/instance-targets.test.ts holds every target to it.
 *
 * - Every method may be repeated, in the state that it left or was interrupted in, and ends in the same state.
 * - Whatever is made is in the target's ledger before it is made; only what stands there is ever removed.
 * - An instance and its disks stay as they are until `replaceDisks`, and `rollBack` brings exactly those back.
 * - Failures: `not-found` (no such instance), `instance-failed`, `no-space`, `tool-missing`, `target-refused`,
 *   `cancelled`, `cutover-state` where the order is not kept.
 */
export interface InstanceTarget {
  /** Makes an instance, stopped. `disks` become its own disks, copied; the first is the one it boots from. */
  provision(
    spec: InstanceSpec,
    disks: readonly DiskImage[],
    signal: AbortSignal,
  ): Promise<Result<InstanceView>>;
  find(name: string): Promise<Result<InstanceView>>;
  list(): Promise<Result<InstanceView[]>>;
  /** Fine where it runs. */
  start(name: string, signal: AbortSignal): Promise<Result<void>>;
  /** Asks the system to shut down and pulls the plug after `graceSeconds`. Fine where it is stopped. */
  stop(name: string, graceSeconds: number, signal: AbortSignal): Promise<Result<void>>;
  /** Until the instance shows that its system runs: the evidence. `target-did-not-boot` where it does not. */
  watch(
    name: string,
    timeoutSeconds: number,
    signal: AbortSignal,
    onNote: (note: Told) => void,
  ): Promise<Result<{ readonly evidence: Told; readonly consoleLogPath: string }>>;

  /** Keeps what `name` showed last beside `keeper`, which outlives it; null for what there is none of. */
  keepEvidence(
    name: string,
    keeper: string,
  ): Promise<Result<{ readonly consoleLogPath: string | null; readonly screenPath: string | null }>>;

  /** A disk beside the instance's own, which it does not see, for `receive`. */
  attachTemporaryDisk(name: string, tag: string, image: DiskImage): Promise<Result<void>>;
  /** Fills the temporary disk. */
  receive(
    name: string,
    tag: string,
    image: DiskImage,
    signal: AbortSignal,
    onProgress: TransferProgress,
  ): Promise<Result<void>>;
  /** Freezes what the temporary disk received. */
  snapshot(name: string, tag: string, diskId: number): Promise<Result<void>>;
  /** An image of the snapshot, from which disks are made; the temporary disk is no longer needed. */
  makeImage(name: string, tag: string, diskId: number): Promise<Result<void>>;
  /**
   * Gives a stopped instance new disks made from its images of `tag`, the one that boots first. The old ones are kept.
   * `cutover-state` where others are kept already.
   */
  replaceDisks(name: string, tag: string, diskIds: readonly number[]): Promise<Result<void>>;
  /** Puts the kept disks back into a stopped instance that has those of `tag`; nothing where it has not. */
  rollBack(name: string, tag: string): Promise<Result<void>>;
  /** Gives the kept disks up. */
  finalise(name: string): Promise<Result<void>>;
  /** Removes what was made for `tag` and is not part of the instance's present or kept disks. */
  discard(name: string, tag: string): Promise<Result<void>>;
  /** Stops the instance and removes it with all its disks. Fine where there is none. */
  remove(name: string): Promise<Result<void>>;
}
