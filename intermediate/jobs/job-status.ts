import type { SyncStatus } from "../../common/api/intermediate.ts";
import type { TaskResult } from "../../common/api/intermediate-tasks.ts";
import { failure } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { FrameOf } from "../protocol/frames.ts";
import { bytesOfRange } from "../replica/geometry.ts";
import type { PassBook, Tally } from "../session/pass-book.ts";
import type { JobRecord } from "./job-record.ts";

export interface StatusParts {
  readonly record: JobRecord;
  readonly book: PassBook | undefined;
  readonly progress: FrameOf<"PROGRESS"> | undefined;
  /** Time of the pass under way in which chunks were being made durable. */
  readonly targetMicros: number;
  readonly agent: Pick<SyncStatus["agent"], "connected" | "silentMs" | "lastError">;
  readonly verifying: boolean;
  /** The verification's result, where it is about this replica. */
  readonly verified: TaskResult | undefined;
}

/** What the assistant is told of a job. Pure. */
export function statusOf(parts: StatusParts): SyncStatus {
  const { record, progress } = parts;
  const { sync, plan } = record;
  const verify = parts.verified?.kind === "verify" ? parts.verified : undefined;
  const differing = verify?.differing ?? [];
  const differs =
    verify?.equal === false
      ? failure("replica-differs", told({ kind: "ranges-differ", count: differing.length }), {
          ranges: differing
            .map((range) => `disk ${range.diskId}: ${range.offset}+${range.length}`)
            .slice(0, 20),
        })
      : null;

  // Times are told for the pass that is under way only; the agent counts them from its start.
  const current = progress?.pass === sync.pass ? progress : undefined;
  return {
    jobId: record.jobId,
    phase: phaseOf(parts, verify?.equal),
    agent: {
      ...parts.agent,
      version: record.agent?.version ?? null,
      platform: record.agent?.platform ?? null,
      residentKiB: progress?.residentKib ?? null,
    },
    paused: record.paused,
    restAtMs: record.restAtMs,
    run: record.run,
    pass: sync.pass,
    firstPass: sync.firstPass,
    passLimit: plan.passLimit,
    tuning: plan.tuning,
    disks: plan.disks.map((disk) => diskStatus(parts, disk, differing, verify !== undefined)),
    rawBytesReceived: record.received.rawBytes,
    wireBytesReceived: record.received.wireBytes,
    receivedInRun: {
      rawBytes: record.received.rawBytes - record.receivedBefore.rawBytes,
      wireBytes: record.received.wireBytes - record.receivedBefore.wireBytes,
      checkedBytes: record.received.checkedBytes - record.receivedBefore.checkedBytes,
    },
    stageMicros: {
      read: current?.reading ?? 0,
      hash: current?.hashing ?? 0,
      compress: current?.compressing ?? 0,
      network: current?.waiting ?? 0,
      held: current?.held ?? 0,
      target: current === undefined ? 0 : Math.round(parts.targetMicros),
    },
    settled: sync.settled,
    stillChanging: sync.stillChanging,
    readErrors: sync.readErrors.map(({ diskId, offset, length }) => ({ diskId, offset, length })),
    remarks: sync.remarks,
    differing,
    failure: sync.failure ?? differs,
  };
}

function phaseOf(parts: StatusParts, equal: boolean | undefined): SyncStatus["phase"] {
  const { phase } = parts.record.sync;
  if (phase !== "synced") return phase;
  if (parts.verifying) return "verifying";
  if (equal === undefined) return "synced";
  return equal ? "verified" : "failed";
}

function inBytes(
  tally: Tally | undefined,
  bytesOf: (chunks: number) => number,
): SyncStatus["disks"][number]["inRun"] {
  const { sent = 0, zero = 0, unused = 0, same = 0 } = tally ?? {};
  return {
    sentBytes: bytesOf(sent),
    zeroBytes: bytesOf(zero),
    unusedBytes: bytesOf(unused),
    sameBytes: bytesOf(same),
  };
}

type Disk = JobRecord["plan"]["disks"][number];

function diskStatus(
  { record, book, verifying }: StatusParts,
  disk: Disk,
  differing: SyncStatus["differing"],
  verified: boolean,
): SyncStatus["disks"][number] {
  const { sync, plan } = record;
  const geometry = { diskBytes: disk.sizeBytes, chunkBytes: plan.chunkBytes };
  const bytesOf = (chunks: number): number => bytesOfRange(geometry, { first: 0, count: chunks }).length;
  const state = sync.disks.find((candidate) => candidate.id === disk.id);
  const done = (state?.passDone ?? 0) >= sync.pass;
  const current = book?.diskId === disk.id && book.pass === sync.pass ? book : undefined;
  const stateName = (): SyncStatus["disks"][number]["state"] => {
    if (!done) return current === undefined && (state?.passDone ?? 0) === 0 ? "pending" : "syncing";
    if (verifying) return "verifying";
    if (!verified) return "synced";
    return differing.some((range) => range.diskId === disk.id) ? "differs" : "verified";
  };
  return {
    id: disk.id,
    path: disk.path,
    sizeBytes: disk.sizeBytes,
    pass: sync.pass,
    doneBytes: done ? disk.sizeBytes : bytesOf(current?.recorded.size ?? 0),
    changedBytes: bytesOf(done ? (state?.sentChunks ?? 0) : (current?.sent.size ?? 0)),
    used: state?.used ?? null,
    uncheckedBytes: bytesOf((done ? undefined : current?.unchecked.size) ?? state?.uncheckedChunks ?? 0),
    inRun: inBytes(sync.pass > sync.firstPass || done ? state?.tally : current?.tally, bytesOf),
    state: stateName(),
    sourceTreeHash: state?.sourceTreeHash ?? null,
    replicaTreeHash: state?.replicaTreeHash ?? null,
  };
}
