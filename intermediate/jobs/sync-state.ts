import { z } from "zod";
import { byteRangeSchema, sha256HexSchema } from "../../common/domain/values.ts";
import { usedBlocksSchema, type UsedBlocks } from "../../common/api/intermediate.ts";
import { failureSchema } from "../../common/domain/job.ts";

const tallySchema = z.object({
  sent: z.number().int(),
  zero: z.number().int(),
  unused: z.number().int(),
  same: z.number().int(),
});

/**
 * How far a job's replication has come; a part of job.json. All functions here are pure. A sync is a series of passes
 * from `firstPass` on; pass numbers grow over the job's whole life.
 */
export const syncStateSchema = z.object({
  phase: z.enum(["idle", "syncing", "synced", "failed"]),
  firstPass: z.number().int().min(1),
  /** The pass under way, or the last one. */
  pass: z.number().int().min(1),
  settled: z.boolean(),
  stillChanging: z.array(byteRangeSchema),
  readErrors: z.array(byteRangeSchema.extend({ pass: z.number().int() })),
  /** What the agent said of how it reads the source, each once, the newest last. */
  remarks: z.array(z.string()).default([]),
  failure: failureSchema.nullable(),
  disks: z.array(
    z.object({
      id: z.number().int(),
      /** The last pass that was completed over this disk; 0 for none. */
      passDone: z.number().int(),
      /** Chunks sent in that pass, and where. */
      sentChunks: z.number().int(),
      sentRanges: z.array(byteRangeSchema),
      sourceTreeHash: sha256HexSchema.nullable(),
      /** Chunks of the run's first pass by what became of them: what a run sent and what it saved. */
      tally: tallySchema.default({ sent: 0, zero: 0, unused: 0, same: 0 }),
      /** Chunks of the replica that arrived unhashed and were not read back since. */
      uncheckedChunks: z.number().int().default(0),
      /** Of what the replica really holds, once verified; null after any new pass. */
      replicaTreeHash: sha256HexSchema.nullable(),
      /** As the agent told it last. */
      used: usedBlocksSchema.nullable().default(null),
    }),
  ),
});
export type SyncState = z.infer<typeof syncStateSchema>;
type ByteRange = z.infer<typeof byteRangeSchema>;

const rangesMost = 1_000;
const remarksMost = 50;
const remarkCharacters = 1_000;

export function newSync(diskIds: readonly number[]): SyncState {
  return {
    phase: "idle",
    firstPass: 1,
    pass: 1,
    settled: false,
    stillChanging: [],
    readErrors: [],
    remarks: [],
    failure: null,
    disks: diskIds.map((id) => ({
      id,
      passDone: 0,
      sentChunks: 0,
      sentRanges: [],
      sourceTreeHash: null,
      uncheckedChunks: 0,
      replicaTreeHash: null,
      used: null,
      tally: { sent: 0, zero: 0, unused: 0, same: 0 },
    })),
  };
}

/** The disk that the pass under way continues with; undefined when the sync is over. */
export function nextDisk(sync: SyncState): number | undefined {
  if (sync.phase === "synced") return undefined;
  return sync.disks.find((disk) => disk.passDone < sync.pass)?.id;
}

/** In a sync's first pass what is recorded already is skipped; later passes read everything, because they prove. */
export function maySkipRecorded(sync: SyncState): boolean {
  return sync.pass === sync.firstPass;
}

export interface DiskPassOutcome {
  readonly diskId: number;
  readonly sentChunks: number;
  readonly sentRanges: readonly ByteRange[];
  readonly sourceTreeHash: string;
  readonly uncheckedChunks: number;
  readonly tally: z.infer<typeof tallySchema>;
}

/** The state after a disk's pass. After the last disk: settled, at the pass limit, or into the next pass. */
export function diskPassDone(sync: SyncState, outcome: DiskPassOutcome, passLimit: number): SyncState {
  const { diskId, sentChunks, sentRanges, sourceTreeHash, uncheckedChunks } = outcome;
  const disks = sync.disks.map((disk) =>
    disk.id === diskId
      ? {
          id: diskId,
          passDone: sync.pass,
          sentChunks,
          sentRanges: [...sentRanges],
          sourceTreeHash,
          uncheckedChunks,
          replicaTreeHash: null,
          used: disk.used,
          tally: sync.pass === sync.firstPass ? { ...outcome.tally } : disk.tally,
        }
      : disk,
  );
  // Read errors of earlier passes are history once the disk was read again.
  const readErrors = sync.readErrors.filter((error) => error.diskId !== diskId || error.pass === sync.pass);
  const after: SyncState = { ...sync, disks, readErrors, failure: null };
  if (disks.some((disk) => disk.passDone < sync.pass)) return after;

  const settled = disks.every((disk) => disk.sentChunks === 0);
  if (settled) return { ...after, phase: "synced", settled, stillChanging: [] };
  if (sync.pass - sync.firstPass + 1 < passLimit) return { ...after, pass: sync.pass + 1 };
  // What a first pass sends is what was missing; only a later one shows that the source keeps changing.
  const stillChanging = sync.pass === sync.firstPass ? [] : disks.flatMap((disk) => disk.sentRanges);
  return { ...after, phase: "synced", settled, stillChanging: stillChanging.slice(0, rangesMost) };
}

/** A new series of passes over a sync that is over: an incremental sync, or the repair of differing ranges. */
export function nextSync(sync: SyncState): SyncState {
  const pass = sync.pass + 1;
  return {
    ...sync,
    phase: "syncing",
    firstPass: pass,
    pass,
    settled: false,
    stillChanging: [],
    failure: null,
  };
}

/** Adds a range that could not be read, merging it with what overlaps or touches it. */
export function withReadError(sync: SyncState, range: ByteRange): SyncState {
  const touches = (other: ByteRange & { pass: number }): boolean =>
    other.diskId === range.diskId &&
    other.pass === sync.pass &&
    other.offset <= range.offset + range.length &&
    range.offset <= other.offset + other.length;
  const merged = sync.readErrors.filter(touches).reduce<ByteRange>((sum, other) => {
    const offset = Math.min(sum.offset, other.offset);
    const end = Math.max(sum.offset + sum.length, other.offset + other.length);
    return { diskId: sum.diskId, offset, length: end - offset };
  }, range);
  const others = sync.readErrors.filter((other) => !touches(other));
  const all = [...others, { ...merged, pass: sync.pass }];
  return { ...sync, readErrors: all.slice(-rangesMost) };
}

/** The same words again say nothing new. An agent may be anybody: lengths and number have their bounds. */
export function withRemark(sync: SyncState, text: string): SyncState {
  // Control characters of another machine have no business in a log or on a terminal.
  const words = text
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, remarkCharacters);
  if (words === "") return sync;
  const others = sync.remarks.filter((remark) => remark !== words);
  return { ...sync, remarks: [...others, words].slice(-remarksMost) };
}

export function withUsed(sync: SyncState, diskId: number, used: UsedBlocks): SyncState {
  return { ...sync, disks: sync.disks.map((disk) => (disk.id === diskId ? { ...disk, used } : disk)) };
}
