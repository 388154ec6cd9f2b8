/**
 * An agent in TypeScript for tests: slow and simple, but it keeps every rule of docs/PROTOCOL.md. It reads its disks
 * from memory and can be told to die at a chosen moment.
 */
import { hash, randomBytes } from "node:crypto";
import { constants, zstdCompressSync } from "node:zlib";
import {
  abortName,
  capabilities,
  codecs,
  knownStates,
  queryChunksMost,
  type AbortName,
  type Frame,
  type FrameOf,
} from "../../../intermediate/protocol/frames.ts";
import { chunkCount, lengthOfChunk, type Geometry } from "../../../intermediate/replica/geometry.ts";
import { TreeHasher } from "../../../intermediate/replica/tree-hash.ts";
import { FramePeer, type PeerOptions } from "./frame-peer.ts";

/** A source disk. The bytes may be changed between passes, as a live server does. */
export interface SourceDisk {
  readonly id: number;
  bytes: Buffer;
  /** Ranges that cannot be read; they are sent as zeros with a NOTICE. */
  readonly unreadable?: readonly { readonly offset: number; readonly length: number }[];
}

export interface ReferenceAgentOptions extends Omit<PeerOptions, "protocol" | "port"> {
  readonly controlPort: number;
  readonly disks: readonly SourceDisk[];
  readonly instanceId?: Buffer;
  readonly versions?: readonly [number, number];
  /** Called before each chunk is looked at; may change the disk, or throw to die. */
  beforeChunk?(disk: SourceDisk, pass: number, chunk: number): void | Promise<void>;
  /** Chunks whose bytes suffer between being hashed and being sent: the hash in CHUNK is the right one. */
  damages?(disk: SourceDisk, pass: number, chunk: number): boolean;
  /** Called before a disk's pass begins. */
  beforePass?(pass: number): void | Promise<void>;
}

export interface AgentTally {
  /** Chunk indexes sent as CHUNK, by pass and disk: `pass/disk/chunk`. */
  readonly sent: string[];
  readonly zero: string[];
  readonly same: string[];
  readonly skipped: string[];
  readonly acknowledged: Set<string>;
  readonly tunes: FrameOf<"TUNE">[];
  readonly pauses: FrameOf<"PAUSE">[];
}

/** How a session ended from the agent's point of view. */
export type AgentEnd =
  | { readonly kind: "finished"; readonly remove: boolean }
  | { readonly kind: "aborted"; readonly name: AbortName; readonly reason: string }
  | { readonly kind: "lost" };

class Ended extends Error {
  readonly end: AgentEnd;
  constructor(end: AgentEnd) {
    super(end.kind);
    this.end = end;
  }
}

const zeroBytes = Buffer.alloc(4_194_304);

function withFlippedBit(bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  flipped.writeUInt8(flipped.readUInt8(100) ^ 0x10, 100);
  return flipped;
}

interface KnownChunk {
  readonly state: number;
  readonly recorded: boolean;
  readonly hash: Buffer;
}

export class ReferenceAgent {
  readonly tally: AgentTally = {
    sent: [],
    zero: [],
    same: [],
    skipped: [],
    acknowledged: new Set(),
    tunes: [],
    pauses: [],
  };
  readonly #options: ReferenceAgentOptions;
  readonly #control: FramePeer;
  #data: FramePeer[] = [];
  #plan: FrameOf<"PLAN"> | undefined;
  #window = 1;
  #unacknowledged = 0;
  #nextStream = 0;
  #paused = false;
  /** Chunks reported in any way and not yet acknowledged. */
  #unsettled = 0;
  #end: AgentEnd | undefined;
  readonly #inbox: Frame[] = [];
  readonly #sentKeys = new Set<string>();
  #wake: () => void = () => undefined;

  private constructor(options: ReferenceAgentOptions, control: FramePeer) {
    this.#options = options;
    this.#control = control;
  }

  get control(): FramePeer {
    return this.#control;
  }

  get data(): readonly FramePeer[] {
    return this.#data;
  }

  /** Connects the control port; nothing is said yet. */
  static async connect(options: ReferenceAgentOptions): Promise<ReferenceAgent> {
    const control = await FramePeer.connect({
      ...options,
      port: options.controlPort,
      protocol: "sma-control/1",
    });
    return new ReferenceAgent(options, control);
  }

  /** The whole conversation until FINISH, an ABORT or the loss of a connection. */
  async run(): Promise<AgentEnd> {
    try {
      await this.greet();
      return await this.serve();
    } catch (error) {
      if (error instanceof Ended) return error.end;
      // A connection that could not be made at all.
      if (error instanceof Error && "code" in error) return this.#end ?? { kind: "lost" };
      throw error;
    } finally {
      this.destroy();
    }
  }

  destroy(): void {
    this.#control.destroy();
    for (const connection of this.#data) connection.destroy();
  }

  /** HELLO to ATTACHED. */
  async greet(): Promise<void> {
    void this.#readControl();
    const [lowestVersion, highestVersion] = this.#options.versions ?? [1, 1];
    this.#control.send({
      type: "HELLO",
      lowestVersion,
      highestVersion,
      capabilities: capabilities.zstd,
      instanceId: this.#options.instanceId ?? randomBytes(16),
      agentVersion: "reference",
      platform: "test-typescript",
    });
    const welcome = await this.#next("WELCOME");
    this.#window = welcome.window;
    this.#plan = await this.#next("PLAN");
    this.#control.send({
      type: "PLAN_ACCEPTED",
      disks: this.#plan.disks.map(({ disk }) => ({
        disk,
        size: this.#disk(disk).bytes.length,
        sectorSize: 512,
      })),
    });
    for (let stream = 0; stream < welcome.dataConnections; stream += 1) {
      const connection = await FramePeer.connect({
        ...this.#options,
        port: welcome.dataPort,
        protocol: "sma-data/1",
      });
      connection.send({ type: "ATTACH", sessionId: welcome.sessionId, stream });
      this.#data.push(connection);
      // Where the session is over already, control says why.
      await connection.expect("ATTACHED").catch(() => this.#waitUntil(() => false));
      void this.#collectAcknowledgements(connection);
    }
  }

  /** Passes until FINISH. */
  async serve(): Promise<AgentEnd> {
    for (;;) {
      const frame = await this.#receive();
      if (frame.type === "PASS_START") await this.#pass(frame);
      else if (frame.type === "FINISH") {
        this.#control.send({ type: "GOODBYE" });
        await this.#control.closed();
        return { kind: "finished", remove: frame.flags === 1 };
      }
    }
  }

  #disk(id: number): SourceDisk {
    const disk = this.#options.disks.find((candidate) => candidate.id === id);
    if (disk === undefined) throw new Error(`the test has no disk ${id}`);
    return disk;
  }

  async #collectAcknowledgements(connection: FramePeer): Promise<void> {
    for (let frame = await connection.receive(); frame !== undefined; frame = await connection.receive()) {
      if (frame.type !== "ACK") continue;
      for (const run of frame.runs) {
        for (let chunk = run.firstChunk; chunk < run.firstChunk + run.count; chunk += 1) {
          const key = `${frame.pass}/${frame.disk}/${chunk}`;
          if (this.tally.acknowledged.has(key)) throw new Error(`${key} was acknowledged twice`);
          this.tally.acknowledged.add(key);
          this.#unsettled -= 1;
          if (this.#sentKeys.delete(key)) this.#unacknowledged -= 1;
        }
      }
      this.#wake();
    }
    this.#wake();
  }

  /** Reads control for as long as it lives; what may come at any time is dealt with here. */
  async #readControl(): Promise<void> {
    for (
      let frame = await this.#control.receive();
      frame !== undefined;
      frame = await this.#control.receive()
    ) {
      if (frame.type === "ABORT") {
        this.#end = { kind: "aborted", name: abortName(frame.code), reason: frame.reason };
      } else if (frame.type === "PING") this.#control.send({ type: "PONG", token: frame.token });
      else if (frame.type === "TUNE") this.tally.tunes.push(frame);
      else if (frame.type === "PAUSE") {
        this.tally.pauses.push(frame);
        this.#paused = frame.paused === 1;
      } else this.#inbox.push(frame);
      this.#wake();
    }
    this.#end ??= { kind: "lost" };
    this.#wake();
  }

  /** The next control frame of the conversation; throws when the session is over. */
  async #receive(): Promise<Frame> {
    await this.#waitUntil(() => this.#inbox.length > 0);
    const frame = this.#inbox.shift();
    if (frame === undefined) throw new Error("the inbox is empty");
    return frame;
  }

  async #next<N extends "WELCOME" | "PLAN" | "KNOWN">(name: N): Promise<FrameOf<N>> {
    const frame = await this.#receive();
    if (frame.type !== name) throw new Error(`${frame.type} arrived where ${name} belongs`);
    return frame as unknown as FrameOf<N>;
  }

  async #known(start: FrameOf<"PASS_START">, first: number, count: number): Promise<KnownChunk[]> {
    this.#control.send({ type: "QUERY", disk: start.disk, pass: start.pass, firstChunk: first, count });
    const known = await this.#next("KNOWN");
    return known.runs.flatMap((run) =>
      Array.from({ length: run.length }, (_, index) => ({
        state: run.state,
        recorded: run.flags === 1,
        hash: run.hashes.subarray(index * 32, index * 32 + 32),
      })),
    );
  }

  async #pass(start: FrameOf<"PASS_START">): Promise<void> {
    const plan = this.#plan;
    if (plan === undefined) throw new Error("PASS_START before PLAN");
    const disk = this.#disk(start.disk);
    await this.#options.beforePass?.(start.pass);
    const geometry: Geometry = { diskBytes: disk.bytes.length, chunkBytes: plan.chunkSize };
    const tree = new TreeHasher(geometry);
    const counts = { changed: 0, same: 0, skipped: 0 };
    const chunks = chunkCount(geometry);
    for (let first = 0; first < chunks; first += queryChunksMost) {
      const known = await this.#known(start, first, Math.min(queryChunksMost, chunks - first));
      for (const [index, entry] of known.entries()) {
        await this.#options.beforeChunk?.(disk, start.pass, first + index);
        if (this.#end !== undefined) throw new Ended(this.#end);
        tree.addLeaf(await this.#chunk(start, geometry, disk, first + index, entry, counts));
      }
      this.#progress(start, first + known.length, counts.changed * geometry.chunkBytes);
    }
    await this.#waitUntil(() => this.#unsettled === 0);
    this.#control.send({
      type: "PASS_DONE",
      disk: start.disk,
      pass: start.pass,
      ...counts,
      unreadable: 0,
      treeHash: tree.finish(),
    });
  }

  /** Reports one chunk and returns its leaf. */
  async #chunk(
    start: FrameOf<"PASS_START">,
    geometry: Geometry,
    disk: SourceDisk,
    chunk: number,
    known: KnownChunk,
    counts: { changed: number; same: number; skipped: number },
  ): Promise<Buffer> {
    const key = `${start.pass}/${start.disk}/${chunk}`;
    const length = lengthOfChunk(geometry, chunk);
    if (start.flags === 1 && known.recorded) {
      counts.skipped += 1;
      this.tally.skipped.push(key);
      return known.state === knownStates.zero ? hash("sha256", Buffer.alloc(length), "buffer") : known.hash;
    }
    const raw = this.#read(disk, chunk * geometry.chunkBytes, length);
    const leaf = hash("sha256", raw, "buffer");
    const zero = raw.equals(zeroBytes.subarray(0, length));
    const stream = this.#nextStream++ % this.#data.length;
    const connection = this.#data[stream];
    if (connection === undefined) throw new Error("no data connection");
    const range = { disk: start.disk, pass: start.pass, firstChunk: chunk, count: 1 };
    this.#unsettled += 1;
    if (
      zero ? known.state === knownStates.zero : known.state === knownStates.data && known.hash.equals(leaf)
    ) {
      counts.same += 1;
      this.tally.same.push(key);
      connection.send({ type: "SAME", ...range });
    } else if (zero) {
      counts.changed += 1;
      this.tally.zero.push(key);
      connection.send({ type: "ZERO", ...range });
    } else {
      counts.changed += 1;
      await this.#waitUntil(() => this.#unacknowledged < this.#window && !this.#paused);
      this.tally.sent.push(key);
      this.#sentKeys.add(key);
      this.#unacknowledged += 1;
      const isDamaged = this.#options.damages?.(disk, start.pass, chunk) === true;
      connection.send(this.#chunkFrame(start, chunk, isDamaged ? withFlippedBit(raw) : raw, leaf));
    }
    await connection.drained();
    return leaf;
  }

  #chunkFrame(start: FrameOf<"PASS_START">, chunk: number, raw: Buffer, leaf: Buffer): FrameOf<"CHUNK"> {
    const zstd = this.#plan?.codec === codecs.zstd;
    const payload = zstd
      ? zstdCompressSync(raw, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
      : raw;
    const smaller = payload.length < raw.length;
    return {
      type: "CHUNK",
      disk: start.disk,
      pass: start.pass,
      chunk,
      rawLength: raw.length,
      codec: smaller ? codecs.zstd : codecs.raw,
      hash: leaf,
      payload: smaller ? payload : raw,
    };
  }

  #read(disk: SourceDisk, offset: number, length: number): Buffer {
    const raw = Buffer.from(disk.bytes.subarray(offset, offset + length));
    for (const hole of disk.unreadable ?? []) {
      const from = Math.max(offset, hole.offset);
      const to = Math.min(offset + length, hole.offset + hole.length);
      if (from >= to) continue;
      raw.fill(0, from - offset, to - offset);
      this.#control.send({
        type: "NOTICE",
        code: 1,
        disk: disk.id,
        offset: from,
        length: to - from,
        detail: "EIO",
      });
    }
    return raw;
  }

  #progress(start: FrameOf<"PASS_START">, chunksDone: number, raw: number): void {
    this.#control.send({
      type: "PROGRESS",
      disk: start.disk,
      pass: start.pass,
      chunksDone,
      rawBytesSent: raw,
      wireBytesSent: raw,
      reading: 1,
      hashing: 2,
      compressing: 3,
      waiting: 4,
      held: 5,
      residentKib: 6,
    });
  }

  /** Waits for a frame or an acknowledgement to make `condition` true; throws when the session ends first. */
  async #waitUntil(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#end !== undefined) throw new Ended(this.#end);
      if (this.#data.some((connection) => connection.isClosed)) {
        // The reason, if there is one, comes on control.
        await new Promise((resolve) => setTimeout(resolve, 200));
        throw new Ended(this.#end ?? { kind: "lost" });
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
