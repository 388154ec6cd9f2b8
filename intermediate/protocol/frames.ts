/**
 * Every frame of protocol version 1 as data: number, name, where it may travel, and its fields in the payload's order.
 * The authority is docs/PROTOCOL.md; field names are its words in camel case.
 */
import {
  bits64,
  bounded16,
  bounded32,
  bounded8,
  bytesOf,
  filledText,
  flags8,
  FrameProblem,
  i8,
  list,
  positive64,
  refuseField,
  rest,
  text,
  u16,
  u32,
  u64,
  type Field,
  type MembersOf,
  type PayloadReader,
} from "./fields.ts";

export const protocolVersion = 1;
export const headerBytes = 16;
export const frameMagic = Buffer.from("SMA1", "latin1");

/** A connection and a direction: agent to intermediate or back. */
export const sides = ["control-a2i", "control-i2a", "data-a2i", "data-i2a"] as const;
export type Side = (typeof sides)[number];

export const chunkBytesLeast = 65_536;
export const chunkBytesMost = 4_194_304;
export const queryChunksMost = 4_096;
export const ackRunsMost = 1_024;
export const usedVolumesMost = 1_024;

export const codecs = { raw: 0, zstd: 1 } as const;
/** What PLAN and TUNE may ask for: with `adaptive` the agent chooses for every chunk. */
export const wantedCodecs = { ...codecs, adaptive: 2 } as const;
export const capabilities = { zstd: 1n, usedBlocks: 2n, adaptive: 4n, ceiling: 8n } as const;
export const passStartFlags = { skipRecorded: 1 } as const;
export const planFlags = { continueOnReadError: 1, usedBlocks: 2 } as const;
export const finishFlags = { removeAgent: 1 } as const;
export const noticeCodes = { readError: 1, snapshot: 2 } as const;

export const abortCodes = {
  protocol: 1,
  version: 2,
  busy: 3,
  "disk-missing": 4,
  "disk-changed": 5,
  "read-error": 6,
  "no-space": 7,
  storage: 8,
  "not-ready": 9,
  cancelled: 10,
  resources: 11,
  internal: 12,
} as const;
export type AbortName = keyof typeof abortCodes;

/** The name of an ABORT code; one of a later version counts as `internal`. */
export function abortName(code: number): AbortName {
  const found = Object.entries(abortCodes).find(([, value]) => value === code);
  return found === undefined ? "internal" : (found[0] as AbortName);
}

export const knownStates = { unknown: 0, zero: 1, data: 2 } as const;
export const knownRecordedFlag = 1;

/** A run of KNOWN. `hashes` holds `length` × 32 bytes for state 2 and nothing otherwise. */
export interface KnownRun {
  readonly state: number;
  readonly flags: number;
  readonly length: number;
  readonly hashes: Buffer;
}

const state = bounded8("a run's state", 0, 2);
const runFlags = flags8(knownRecordedFlag);
const noHashes = Buffer.alloc(0);

const knownRuns: Field<readonly KnownRun[]> = {
  read(input: PayloadReader) {
    const runs: KnownRun[] = [];
    while (input.remaining > 0) {
      const run = { state: state.read(input), flags: runFlags.read(input), length: u32.read(input) };
      if (run.length === 0) refuseField("a run is empty");
      runs.push({ ...run, hashes: run.state === knownStates.data ? input.take(run.length * 32) : noHashes });
    }
    return runs;
  },
  write(output, runs) {
    for (const run of runs) {
      state.write(output, run.state);
      runFlags.write(output, run.flags);
      u32.write(output, run.length);
      if (run.state === knownStates.data) output.bytes(run.hashes);
    }
  },
  print: (runs) =>
    `[${runs
      .map((run) => {
        const head = `${run.state}:${run.flags}:${run.length}`;
        return run.state === knownStates.data ? `${head}:${run.hashes.toString("hex")}` : head;
      })
      .join(",")}]`,
};

const pass = bounded32("the pass", 1);
const codec = bounded8("the codec", 0, 1);
const wantedCodec = bounded8("the codec", 0, 2);
const chunkSize: Field<number> = {
  ...u32,
  read(input) {
    const value = u32.read(input);
    const valid = value >= chunkBytesLeast && value <= chunkBytesMost && (value & (value - 1)) === 0;
    return valid
      ? value
      : refuseField(`the chunk size is ${value}, no power of two from 65,536 to 4,194,304`);
  },
};

type Fields = Readonly<Record<string, Field<unknown>>>;

export interface FrameDefinition<F extends Fields = Fields> {
  readonly number: number;
  readonly sides: readonly Side[];
  readonly payloadBytesMost: number;
  readonly fields: F;
  /** Rules that take more than one field. */
  readonly check: ((frame: MembersOf<F>) => void) | undefined;
}

const controlPayloadMost = 65_536;
const dataPayloadMost = chunkBytesMost + 4_096;

function frame<const F extends Fields>(
  number: number,
  where: readonly Side[],
  fields: F,
  check?: (frame: MembersOf<F>) => void,
  payloadBytesMost = where[0]?.startsWith("data") ? dataPayloadMost : controlPayloadMost,
): FrameDefinition<F> {
  return { number, sides: where, payloadBytesMost, fields, check };
}

function checkEnd(first: number, count: number): void {
  if (first + count > Number.MAX_SAFE_INTEGER) refuseField("a range ends above 2^53 − 1");
}

function checkDisks(disks: readonly { readonly disk: number }[]): void {
  if (new Set(disks.map((entry) => entry.disk)).size !== disks.length) refuseField("a disk is named twice");
}

const ping = { token: bits64 };
const chunkRange = { disk: u16, pass, firstChunk: u64, count: bounded32("the count", 1) };
const checkRange = (range: { readonly firstChunk: number; readonly count: number }): void =>
  checkEnd(range.firstChunk, range.count);
const query = {
  disk: u16,
  pass,
  firstChunk: u64,
  count: bounded32("the count", 1, queryChunksMost),
};

export const frameTable = {
  HELLO: frame(
    1,
    ["control-a2i"],
    {
      lowestVersion: u16,
      highestVersion: u16,
      capabilities: bits64,
      instanceId: bytesOf(16),
      agentVersion: text,
      platform: text,
    },
    (hello) => {
      if (hello.lowestVersion > hello.highestVersion) refuseField("the lowest version is above the highest");
    },
  ),
  WELCOME: frame(2, ["control-i2a"], {
    version: u16,
    capabilities: bits64,
    sessionId: bytesOf(16),
    dataPort: bounded16("the data port", 1),
    dataConnections: bounded8("the number of data connections", 1, 8),
    heartbeatMs: bounded32("the heartbeat", 1),
    window: bounded32("the window", 1),
    time: u64,
  }),
  PLAN: frame(
    3,
    ["control-i2a"],
    {
      chunkSize,
      codec: wantedCodec,
      level: i8,
      rate: u64,
      flags: flags8(planFlags.continueOnReadError | planFlags.usedBlocks),
      disks: list(
        { disk: u16, expectedSize: u64, path: filledText("a disk's path") },
        { what: "disks", most: 65_535 },
      ),
    },
    (plan) => checkDisks(plan.disks),
  ),
  PLAN_ACCEPTED: frame(
    4,
    ["control-a2i"],
    {
      disks: list(
        { disk: u16, size: positive64("a disk's size"), sectorSize: u32 },
        { what: "disks", most: 65_535 },
      ),
    },
    (accepted) => checkDisks(accepted.disks),
  ),
  PASS_START: frame(5, ["control-i2a"], { disk: u16, pass, flags: flags8(passStartFlags.skipRecorded) }),
  QUERY: frame(6, ["control-a2i"], query, checkRange),
  KNOWN: frame(
    7,
    ["control-i2a"],
    { ...query, runs: knownRuns },
    (known) => {
      checkRange(known);
      const covered = known.runs.reduce((sum, run) => sum + run.length, 0);
      if (covered > known.count) refuseField(`runs cover ${covered} chunks of ${known.count}`);
      if (covered < known.count) {
        throw new FrameProblem("length", `runs cover ${covered} chunks of ${known.count}`);
      }
    },
    262_144,
  ),
  PASS_DONE: frame(8, ["control-a2i"], {
    disk: u16,
    pass,
    changed: u64,
    same: u64,
    skipped: u64,
    unreadable: u64,
    treeHash: bytesOf(32),
  }),
  PROGRESS: frame(9, ["control-a2i"], {
    disk: u16,
    pass,
    chunksDone: u64,
    rawBytesSent: u64,
    wireBytesSent: u64,
    reading: u64,
    hashing: u64,
    compressing: u64,
    waiting: u64,
    held: u64,
    residentKib: u32,
  }),
  TUNE: frame(10, ["control-i2a"], { codec: wantedCodec, level: i8, rate: u64 }),
  PAUSE: frame(11, ["control-i2a"], { paused: bounded8("paused", 0, 1) }),
  PING: frame(12, ["control-a2i", "control-i2a"], ping),
  PONG: frame(13, ["control-a2i", "control-i2a"], ping),
  NOTICE: frame(
    14,
    ["control-a2i"],
    { code: u16, disk: u16, offset: u64, length: u64, detail: text },
    (notice) => checkEnd(notice.offset, notice.length),
  ),
  ABORT: frame(15, sides, { code: u16, reason: text }),
  FINISH: frame(16, ["control-i2a"], { flags: flags8(finishFlags.removeAgent) }),
  GOODBYE: frame(17, ["control-a2i"], {}),
  USED: frame(
    18,
    ["control-a2i"],
    {
      disk: u16,
      pass,
      used: u64,
      unused: u64,
      volumes: list(
        { size: u64, unused: u64, what: text, why: text },
        { what: "volumes", least: 0, most: usedVolumesMost },
      ),
    },
    (used) => {
      checkEnd(used.used, used.unused);
      if (used.volumes.some((volume) => volume.unused > volume.size)) {
        refuseField("more of a volume is unused than it has");
      }
    },
  ),
  CEILING: frame(19, ["control-i2a"], { percent: bounded8("the percentage", 1, 100) }),
  ATTACH: frame(32, ["data-a2i"], { sessionId: bytesOf(16), stream: bounded8("the stream", 0, 7) }),
  ATTACHED: frame(33, ["data-i2a"], {}),
  CHUNK: frame(
    34,
    ["data-a2i"],
    {
      disk: u16,
      pass,
      chunk: u64,
      rawLength: bounded32("the raw length", 1, chunkBytesMost),
      codec,
      hash: bytesOf(32),
      payload: rest,
    },
    (chunk) => {
      checkEnd(chunk.chunk, 1);
      if (chunk.payload.length === 0) refuseField("a chunk has no payload");
      if (chunk.codec === codecs.raw && chunk.payload.length !== chunk.rawLength) {
        refuseField(`a raw chunk of ${chunk.rawLength} bytes carries ${chunk.payload.length}`);
      }
    },
  ),
  ZERO: frame(35, ["data-a2i"], chunkRange, checkRange),
  SAME: frame(36, ["data-a2i"], chunkRange, checkRange),
  ACK: frame(
    37,
    ["data-i2a"],
    {
      disk: u16,
      pass,
      runs: list({ firstChunk: u64, count: bounded32("the count", 1) }, { what: "runs", most: ackRunsMost }),
    },
    (ack) => ack.runs.forEach(checkRange),
  ),
  UNUSED: frame(38, ["data-a2i"], chunkRange, checkRange),
} as const;

export type FrameName = keyof typeof frameTable;
export type FrameOf<N extends FrameName> = { readonly type: N } & MembersOf<(typeof frameTable)[N]["fields"]>;
export type Frame = { readonly [N in FrameName]: FrameOf<N> }[FrameName];

/** An ABORT frame, its reason cut so that it always fits a u16 length. */
export function abortFrame(name: AbortName, reason: string): FrameOf<"ABORT"> {
  return { type: "ABORT", code: abortCodes[name], reason: reason.replaceAll("\0", "").slice(0, 1_000) };
}
