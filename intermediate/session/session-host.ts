import type { Tuning } from "../../common/api/intermediate.ts";
import type { Failure, Result } from "../../common/result.ts";
import type { AbortName, FrameOf } from "../protocol/frames.ts";
import type { ChunkRange } from "../replica/geometry.ts";
import type { Manifest } from "../replica/manifest.ts";
import type { CommitLimits } from "../replica/replica-writer.ts";
import type { Unpacker } from "../unpack/unpacker.ts";
import type { AlignedArena } from "../volume/aligned-memory.ts";
import type { VolumeSink } from "../volume/volume-sink.ts";
import type { PassBook } from "./pass-book.ts";

/** Limits and intervals of a daemon; the defaults are in settings.ts. */
export interface SessionSettings {
  readonly heartbeatMs: number;
  /** A peer silent for this many heartbeats is lost. */
  readonly lostAfterHeartbeats: number;
  /** How long a new connection may take to its first frame. */
  readonly greetingMs: number;
  /** How long an agent may take from the plan to its first data connection. */
  readonly attachMs: number;
  /** How long an agent may take from FINISH to GOODBYE. */
  readonly goodbyeMs: number;
  /** CHUNKs that may be unacknowledged. */
  readonly window: number;
  readonly commit: CommitLimits;
}

export interface OpenDisk {
  readonly sink: VolumeSink;
  readonly manifest: Manifest;
  readonly book: PassBook;
}

export interface DiskPassReport {
  readonly diskId: number;
  readonly sentChunks: number;
  readonly sentRanges: readonly ChunkRange[];
  readonly sourceTreeHash: string;
}

/** What a session's plan consists of. */
export interface SessionPlan {
  readonly chunkBytes: number;
  readonly tuning: Tuning;
  readonly continueOnReadError: boolean;
  readonly usedBlocksOnly: boolean;
  readonly dataConnections: number;
  readonly disks: readonly { readonly id: number; readonly path: string; readonly sizeBytes: number }[];
}

/** What comes next on a session that is free. */
export type NextWork =
  | { readonly kind: "disk"; readonly diskId: number; readonly pass: number; readonly skipRecorded: boolean }
  | { readonly kind: "nothing" };

/** What a session needs of its job. The job outlives sessions; a session never outlives its job. */
export interface SessionHost {
  readonly jobId: string;
  readonly arena: AlignedArena;
  readonly unpacker: Unpacker;
  readonly settings: SessionSettings;
  readonly dataPort: number;
  plan(): SessionPlan;
  isPaused(): boolean;
  /** FINISH was ordered: an agent with nothing left to do is sent away. */
  isFinished(): boolean;
  /** The agent's real disk sizes fit the plan and can be received. Fails with `source-disk-changed` or `no-space`. */
  acceptDisks(sizes: ReadonlyMap<number, number>): Promise<Result<void>>;
  nextWork(): NextWork;
  openDisk(diskId: number, pass: number): Promise<Result<OpenDisk>>;
  /** Whether there is still room to write; `no-space` once the reserve is reached. Cheap, called for every chunk. */
  checkRoom(): Failure | undefined;
  /** Whether a chunk that arrives now is hashed before it is written. Cheap, called for every chunk. */
  hashesOnArrival(): boolean;
  noteReceived(rawBytes: number, wireBytes: number): void;
  /** So many of the received bytes had the hash that was said of them. */
  noteChecked(rawBytes: number): void;
  noteDurable(): void;
  /** A batch took this long to become durable. */
  noteCommit(micros: number): void;
  noteProgress(progress: FrameOf<"PROGRESS">): void;
  /** What of a disk the agent found to be in use, in the pass under way. */
  noteUsed(used: FrameOf<"USED">): void;
  /** What a person should know of how the source is read: snapshots that could not be had, writers that failed. */
  noteRemark(text: string): void;
  noteReadError(diskId: number, offset: number, length: number): void;
  diskPassDone(report: DiskPassReport): Promise<Result<void>>;
  /** The sync cannot go on until somebody resumes it. */
  failed(failure: Failure): void;
  /** The agent broke the protocol; the session ends, the agent will try again. */
  violated(reason: string): void;
  agentAborted(name: AbortName, reason: string): void;
}
