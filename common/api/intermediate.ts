/**
 * The admin API of the intermediate: what the assistant may ask over HTTPS with mutual TLS on the control port.
 * Bodies and answers are JSON; an answer is `{ok: true, value}` or `{ok: false, failure}`.
 */
import { z } from "zod";
import { failureSchema } from "../domain/job.ts";
import { byteRangeSchema, sha256HexSchema, wholeBytes } from "../domain/values.ts";

/** Job ids are made by the assistant; they become folder and host names, so the alphabet is small. */
export const jobIdSchema = z.string().regex(/^[a-z0-9]{8,32}$/, "8 to 32 lower-case letters and digits");

/** What the intermediate is started with, on standard input, as one JSON document. Holds keys: never log it. */
export const intermediateStartSchema = z.object({
  dataDirectory: z.string().min(1),
  listenAddress: z.string().min(1),
  controlPort: z.number().int().min(0).max(65535),
  dataPort: z.number().int().min(0).max(65535),
  installation: z.string().min(1),
  caPem: z.string(),
  certificatePem: z.string(),
  keyPem: z.string(),
  /** Limits what all jobs together write to the data disks; absent or 0 for no limit. */
  writeBytesPerSecond: wholeBytes.optional(),
  /** Ends by itself when for so long no agent, task or request has come; absent or 0: never. */
  idleEndSeconds: z.number().int().nonnegative().max(2_000_000).optional(),
});
export type IntermediateStart = z.infer<typeof intermediateStartSchema>;

export const replicaDiskSchema = z.object({
  /** Index of the disk in the job, from 0; it is the disk id on the wire. */
  id: z.number().int().min(0).max(65535),
  /** Device path on the source, e.g. /dev/vda. */
  path: z.string().min(1).max(4096),
  sizeBytes: wholeBytes,
});
export type ReplicaDisk = z.infer<typeof replicaDiskSchema>;

/** What `loadPercent` is where nobody has said. */
export const defaultLoadPercent = 10;

/**
 * When the intermediate hashes what arrives. `arrival`: every chunk, before it is written. `proof`: none; TLS vouches
 * for the way, and the read-back that ends a run finds whatever went wrong. `automatic`: on arrival while the
 * intermediate's processors have room for it.
 */
export const checksumPolicies = ["automatic", "arrival", "proof"] as const;
export type ChecksumPolicy = (typeof checksumPolicies)[number];
/** What `checksum` is where nobody has said. */
export const defaultChecksumPolicy: ChecksumPolicy = "automatic";

export const tuningSchema = z.object({
  /** With `adaptive` the agent finds out for itself what carries most: from no compression to a high level. */
  codec: z.enum(["raw", "zstd", "adaptive"]),
  /** zstd level; negative levels are faster. Without meaning for other codecs. */
  level: z.number().int().min(-7).max(19),
  /** Payload bytes a second; 0 for no limit. */
  rateBytesPerSecond: wholeBytes,
  /**
   * How much of processors and disk the agent takes, in percent, while the source's own work wants them; 100: as much
   * as it gets. Absent: `defaultLoadPercent`.
   */
  loadPercent: z.number().int().min(1).max(100).optional(),
  /** Absent: `defaultChecksumPolicy`. */
  checksum: z.enum(checksumPolicies).optional(),
});
export type Tuning = z.infer<typeof tuningSchema>;

/** PUT /v1/jobs/:id — creates the job or renews its certificates and plan; calling it again is harmless. */
export const provisionSchema = z.object({
  disks: z.array(replicaDiskSchema).min(1).max(64),
  chunkBytes: z.number().int().min(65536).max(4194304),
  tuning: tuningSchema,
  dataConnections: z.number().int().min(1).max(8),
  passLimit: z.number().int().min(1).max(100),
  continueOnReadError: z.boolean(),
  /** Blocks that the source's filesystems do not use are not sent and read as zeros in the replica. */
  usedBlocksOnly: z.boolean().default(false),
  /** Server certificate and key that this job's agent will see. */
  certificatePem: z.string(),
  keyPem: z.string(),
  /** Serial numbers (lower-case hex) of this job's agent certificates that are no longer accepted: these and all before. */
  revokedSerials: z.array(z.string()),
});
export type Provision = z.infer<typeof provisionSchema>;

/** What of a disk is in use on the source, as the agent found at the beginning of its last pass. */
export const usedBlocksSchema = z.object({
  usedBytes: wholeBytes,
  unusedBytes: wholeBytes,
  volumes: z.array(
    z.object({
      sizeBytes: wholeBytes,
      unusedBytes: wholeBytes,
      /** `partition 2: ext4`, `vg/root: xfs` … */
      what: z.string(),
      /** Why all of it is copied; empty where its unused blocks are left out. */
      why: z.string(),
    }),
  ),
});
export type UsedBlocks = z.infer<typeof usedBlocksSchema>;

export const diskProgressSchema = z.object({
  id: z.number().int(),
  path: z.string(),
  sizeBytes: wholeBytes,
  pass: z.number().int(),
  /** Bytes of this pass that are settled: durable, found the same, or skipped. Never shrinks within a pass. */
  doneBytes: wholeBytes,
  /** Bytes of changed chunks in this pass whose arrival is durable. */
  changedBytes: wholeBytes,
  /** Null while unknown, and where everything is copied. */
  used: usedBlocksSchema.nullable().default(null),
  /**
   * Bytes of the replica whose hash is so far the agent's word alone: not hashed when they arrived, and not read back
   * since. None is left where a verification finds the replica equal.
   */
  uncheckedBytes: wholeBytes.default(0),
  /** What became of the disk in the first pass of the run: later passes only prove it. Whole chunks. */
  inRun: z
    .object({ sentBytes: wholeBytes, zeroBytes: wholeBytes, unusedBytes: wholeBytes, sameBytes: wholeBytes })
    .default({ sentBytes: 0, zeroBytes: 0, unusedBytes: 0, sameBytes: 0 }),
  state: z.enum(["pending", "syncing", "synced", "verifying", "verified", "differs"]),
  /** Tree hashes, once known. */
  sourceTreeHash: sha256HexSchema.nullable(),
  replicaTreeHash: sha256HexSchema.nullable(),
});

export const syncStatusSchema = z.object({
  jobId: jobIdSchema,
  /** `idle` until an agent has connected once. */
  phase: z.enum(["idle", "syncing", "synced", "verifying", "verified", "failed"]),
  agent: z.object({
    connected: z.boolean(),
    version: z.string().nullable(),
    platform: z.string().nullable(),
    /** Milliseconds since anything was heard from it; null before the first time. */
    silentMs: z.number().int().nullable(),
    residentKiB: z.number().int().nullable(),
    /** Why its last session ended or was refused, for people; null while connected and before the first time. */
    lastError: z.string().nullable(),
  }),
  paused: z.boolean(),
  /** When it comes to rest by itself; null: it does not. */
  restAtMs: wholeBytes.nullable(),
  /** The job's run that the passes under way belong to, from 1. */
  run: z.number().int().min(1),
  pass: z.number().int(),
  /** The first pass of this run; passes are counted over the job's whole life. */
  firstPass: z.number().int(),
  passLimit: z.number().int(),
  tuning: tuningSchema,
  disks: z.array(diskProgressSchema),
  /** Since the job was provisioned. */
  rawBytesReceived: wholeBytes,
  wireBytesReceived: wholeBytes,
  receivedInRun: z.object({
    rawBytes: wholeBytes,
    wireBytes: wholeBytes,
    /** Those of the raw bytes that were hashed on arrival and had the hash that the agent said. */
    checkedBytes: wholeBytes.default(0),
  }),
  /**
   * Where the time of this pass went, microseconds. `read` to `held` are of the agent's copying threads, all together;
   * their `network` is all waiting for the connection or for acknowledgements. `target` is the time in which the
   * intermediate was making received chunks durable: where it comes near the time that passed, the volume is the limit.
   */
  stageMicros: z.object({
    read: wholeBytes,
    hash: wholeBytes,
    compress: wholeBytes,
    network: wholeBytes,
    held: wholeBytes,
    target: wholeBytes.default(0),
  }),
  /** True when a whole pass found nothing changed. */
  settled: z.boolean(),
  /** What the last pass still changed, at the pass limit. */
  stillChanging: z.array(byteRangeSchema),
  readErrors: z.array(byteRangeSchema),
  /** What the agent said of how it reads the source: snapshots on Windows. */
  remarks: z.array(z.string()).default([]),
  /** Ranges where source and replica differ, after a failed verification. */
  differing: z.array(byteRangeSchema),
  failure: failureSchema.nullable(),
});
export type SyncStatus = z.infer<typeof syncStatusSchema>;

/** Chunks of a stretch of the disk by what became of them in the pass. */
export const blockMapCellSchema = z.object({
  /** Their bytes arrived in this pass. */
  sent: wholeBytes,
  zero: wholeBytes,
  /** Found the same as the replica holds. */
  same: wholeBytes,
  /** Nobody on the source uses them: left out. */
  skipped: wholeBytes,
  /** Unreadable on the source, or found different by verification. */
  failing: wholeBytes,
  /** Not dealt with yet in this pass. */
  pending: wholeBytes,
});

export type BlockMapCell = { -readonly [K in keyof z.infer<typeof blockMapCellSchema>]: number };

export const blockMapSchema = z.object({
  diskId: z.number().int(),
  pass: z.number().int(),
  chunkBytes: wholeBytes,
  chunks: wholeBytes,
  /** Equal stretches from the disk's start to its end; empty before the first pass has begun. */
  cells: z.array(blockMapCellSchema),
});
export type BlockMap = z.infer<typeof blockMapSchema>;

export const blockMapCellsMost = 4096;

export const pauseRequestSchema = z.object({
  paused: z.boolean(),
  /**
   * When the transfer comes to rest by itself, in Unix milliseconds: the end of a transfer window, which must hold
   * while the assistant sleeps. Null or absent: it does not.
   */
  restAtMs: wholeBytes.nullable().optional(),
});
export type PauseRequest = z.infer<typeof pauseRequestSchema>;

export const revokeAgentSchema = z.object({
  /**
   * Of the certificate of the agent that is about to be launched, lower-case hex: no other is accepted any more, also
   * none of an agent that never spoke. Absent: the one that spoke last is not.
   */
  nextSerial: z
    .string()
    .regex(/^[0-9a-f]{1,64}$/, "a serial number in lower-case hex")
    .optional(),
});
export type RevokeAgent = z.infer<typeof revokeAgentSchema>;

/**
 * | method and path                  | body              | value        |
 * |----------------------------------|-------------------|--------------|
 * | GET    /v1/status                |                   | DaemonStatus |
 * | PUT    /v1/jobs/:id              | Provision         | SyncStatus   |
 * | GET    /v1/jobs/:id              |                   | SyncStatus   |
 * | GET    /v1/jobs/:id/disks/:n/map |                   | BlockMap     | ?cells=N, 1 to 4096
 * | POST   /v1/jobs/:id/sync         | SyncRequest       | SyncStatus   |
 * | POST   /v1/jobs/:id/tune         | Tuning            | SyncStatus   |
 * | POST   /v1/jobs/:id/pause        | PauseRequest      | SyncStatus   |
 * | POST   /v1/jobs/:id/tasks        | TaskRequest       | TaskStatus   |
 * | GET    /v1/jobs/:id/tasks/:kind  |                   | TaskStatus   |
 * | DELETE /v1/jobs/:id/tasks/:kind  |                   | TaskStatus   | cancels
 * | GET    /v1/jobs/:id/snapshots    |                   | ReplicaSnapshot[] |
 * | PUT    /v1/jobs/:id/receipt      | {text}            | null         | keeps it beside the images
 * | POST   /v1/jobs/:id/revoke-agent | RevokeAgent       | SyncStatus   | before another agent is launched
 * | POST   /v1/jobs/:id/finish       | {}                | SyncStatus   | sends FINISH, the agent leaves
 * | DELETE /v1/jobs/:id              | {keepImages}      | null         | removes what the job's ledger lists
 * | POST   /v1/shutdown              | {}                | null         |
 */
export const syncRequestSchema = z.object({
  /** `resume` goes on with the running sync; `next` starts a new one over a finished one (incremental). */
  mode: z.enum(["resume", "next"]),
  /**
   * With `next`: the job's run that asks. The first request of a run begins a new series of passes, whatever became
   * of the one before; further ones join it, so asking again after a crash is harmless. Absent: always a new series,
   * and only over a finished sync.
   */
  run: z.number().int().min(1).optional(),
  /** Ranges that verification found different: they are forgotten and copied again. */
  repairDiffering: z.boolean(),
  /**
   * With a new run: how many snapshots of the replica at the ends of earlier runs are kept, the one made now included;
   * absent or 0 for none. It is made only where the run before was complete.
   */
  keepSnapshots: z.number().int().min(0).max(99).optional(),
});
export type SyncRequest = z.infer<typeof syncRequestSchema>;

export const daemonStatusSchema = z.object({
  version: z.string(),
  protocolVersion: z.number().int(),
  installation: z.string(),
  pid: z.number().int(),
  startedAt: z.string(),
  controlPort: z.number().int(),
  dataPort: z.number().int(),
  dataDirectory: z.string(),
  freeBytes: wholeBytes,
  residentBytes: wholeBytes,
  /** Why no disk can be converted on this machine, with the remedy; null where it can be done. */
  conversionUnavailable: failureSchema.nullable().default(null),
  /** Why no files can be brought into a new layout on this machine; null where it can be done. */
  layoutUnavailable: failureSchema.nullable().default(null),
  jobs: z.array(jobIdSchema),
});
export type DaemonStatus = z.infer<typeof daemonStatusSchema>;

export const resultEnvelope = <T extends z.ZodType>(value: T) =>
  z.discriminatedUnion("ok", [
    z.object({ ok: z.literal(true), value }),
    z.object({ ok: z.literal(false), failure: failureSchema }),
  ]);
