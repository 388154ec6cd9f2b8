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

/** What `sma job watch` said of two copies, beside what was counted at the sockets. */
export interface WatchResult {
  readonly samples: number;
  /** Bytes of a disk that cannot be made smaller, and of one that can. */
  readonly plain: { readonly said: number; readonly counted: number };
  readonly mixed: { readonly said: number; readonly counted: number };
  /** By what share the rate was off from the count of the last seconds: the median. */
  readonly rateOff: number;
  /** In what share of the samples the copy ended within the interval that was said, and how wide that was, seconds. */
  readonly etaRight: number;
  readonly etaWidths: readonly number[];
  /** In what share of them the network was named as the bottleneck, which it was. */
  readonly network: number;
  /** Of the second disk: its size, what was sent and saved together, and what compression saved beyond the difference. */
  readonly diskBytes: number;
  readonly accounted: number;
  readonly compressionSaved: number;
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
  readonly watch: WatchResult | null;
}
