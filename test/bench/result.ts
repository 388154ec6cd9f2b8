/** What a run of the bench found, as `--json FILE` keeps it and `docs/BENCH.md` shows it. */
import type { Cost } from "./measure.ts";

export interface CopyRow {
  /** `full`, `1 % changed`, `no change`, `half empty`. */
  readonly what: string;
  readonly name: string;
  /** Of the rounds, in order; empty where it could not run. */
  readonly seconds: readonly number[];
  /** Of the disk's used data that the copy was about. */
  readonly usedMib: number;
  /** Of the best round. */
  readonly cost: Cost | null;
  readonly note: string;
}

export interface LinkResult {
  readonly megabits: number;
  /** Bytes a second that TCP can carry over this link: what is left of each frame behind all headers. */
  readonly payloadRate: number;
  /** Payload bytes of CHUNKs (compressed) that arrived, and in which time. */
  readonly payloadBytes: number;
  readonly seconds: number;
  /** What the link's own counter says, headers included. */
  readonly linkBytes: number;
  /** Of the disk. */
  readonly rawBytes: number;
}

export interface LoadRow {
  readonly workload: string;
  /** Rounds of the workload a second while the copy rested. */
  readonly alone: number;
  /** What share of that was left while it went on: the median of all turns. */
  readonly kept: number;
  /** MiB a second of the disk that the copy read and hashed meanwhile. */
  readonly readMib: number;
  readonly ceiling: string;
}

export interface SparseRow {
  readonly tebibytes: number;
  readonly chunkMib: number;
  /** Full sync (a copying and a proving pass), the next sync without a change, reading the replica back. */
  readonly fullSeconds: number;
  readonly againSeconds: number;
  /** From the relaunch of an agent that was ended with nine tenths recorded to the end of the copying pass. */
  readonly resumeSeconds: number;
  readonly verifySeconds: number;
  readonly manifestMib: number;
  readonly agentMib: number;
  readonly intermediateMib: number;
}

export interface BenchResult {
  readonly when: string;
  readonly processors: string;
  readonly sizeMib: number;
  readonly rounds: number;
  readonly codec: string;
  /** Load average when each part began. */
  readonly load: Readonly<Record<string, number>>;
  /** Gigabytes a second of SHA-256 on one processor. */
  readonly sha256: number;
  readonly copies: readonly CopyRow[];
  readonly link: LinkResult | null;
  readonly loadCeiling: readonly LoadRow[];
  readonly sparse: readonly SparseRow[];
}
