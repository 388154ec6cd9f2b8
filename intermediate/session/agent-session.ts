import { defaultLoadPercent, type Tuning } from "../../common/api/intermediate.ts";
import type { Failure, Result } from "../../common/result.ts";
import {
  abortName,
  ackRunsMost,
  capabilities,
  codecs,
  finishFlags,
  noticeCodes,
  passStartFlags,
  planFlags,
  protocolVersion,
  wantedCodecs,
  type AbortName,
  type Frame,
  type FrameOf,
} from "../protocol/frames.ts";
import type { ChunkRange } from "../replica/geometry.ts";
import { abortFor } from "./aborts.ts";
import { DiskPass } from "./disk-pass.ts";
import type { FrameConnection } from "./frame-connection.ts";
import type { SessionHost } from "./session-host.ts";
import { isWelcome, mayFollow, type SessionState } from "./session-states.ts";

export interface SessionOptions {
  readonly host: SessionHost;
  readonly control: FrameConnection;
  readonly hello: FrameOf<"HELLO">;
  /** 16 random bytes. */
  readonly sessionId: Buffer;
  /** Wall clock in Unix seconds, for WELCOME. */
  readonly unixSeconds: number;
  /** The serial number of the agent's certificate, lower-case hex. */
  readonly serial: string;
}

/**
 * One agent's session, from WELCOME to its end. It drives the agent through the passes and gives every frame to the
 * disk pass under way. Control frames are handled strictly one after another, data frames one after another on each
 * connection. The loss of any connection ends it; what was durable by then counts.
 */
export class AgentSession {
  readonly instanceId: string;
  readonly sessionId: string;
  readonly serial: string;
  readonly #options: SessionOptions;
  readonly #data = new Map<number, FrameConnection>();
  #state: SessionState = "planning";
  #diskPass: DiskPass | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #pinged = 0n;
  #stateSettled: () => void = () => undefined;
  readonly #held = new Set<Promise<void>>();
  /** Why the session is over; undefined while it is not. */
  endReason: string | undefined;
  /** Settles when the session is dead and everything it held is closed. */
  readonly ended: Promise<void>;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.instanceId = options.hello.instanceId.toString("hex");
    this.sessionId = options.sessionId.toString("hex");
    this.serial = options.serial;
    this.ended = new Promise((resolve) => {
      this.#stateSettled = resolve;
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Milliseconds since anything was heard on any of its connections. */
  get silentMs(): number {
    const heard = [this.#options.control, ...this.#data.values()].map((connection) => connection.lastHeardAt);
    return performance.now() - Math.max(...heard);
  }

  get isLost(): boolean {
    const { heartbeatMs, lostAfterHeartbeats } = this.#options.host.settings;
    return this.silentMs > heartbeatMs * lostAfterHeartbeats;
  }

  /** Sends WELCOME and PLAN. */
  start(): void {
    const { host, control, hello, sessionId, unixSeconds } = this.#options;
    const { settings } = host;
    const plan = host.plan();
    const common =
      hello.capabilities &
      (capabilities.zstd | capabilities.usedBlocks | capabilities.adaptive | capabilities.ceiling);
    control.send({
      type: "WELCOME",
      version: protocolVersion,
      capabilities: common,
      sessionId,
      dataPort: host.dataPort,
      dataConnections: plan.dataConnections,
      heartbeatMs: settings.heartbeatMs,
      window: settings.window,
      time: unixSeconds,
    });
    control.send({
      type: "PLAN",
      chunkSize: plan.chunkBytes,
      codec: this.#codec(plan.tuning),
      level: plan.tuning.level,
      rate: plan.tuning.rateBytesPerSecond,
      flags:
        (plan.continueOnReadError ? planFlags.continueOnReadError : 0) |
        (plan.usedBlocksOnly && (common & capabilities.usedBlocks) !== 0n ? planFlags.usedBlocks : 0),
      disks: plan.disks.map((disk) => ({ disk: disk.id, expectedSize: disk.sizeBytes, path: disk.path })),
    });
    this.#sendCeiling(plan.tuning);
    this.#heartbeat = setInterval(() => this.#beat(), Math.max(10, settings.heartbeatMs / 2));
    this.#expectWithin(
      settings.attachMs,
      () => `the agent did not answer the plan within ${settings.attachMs} ms`,
    );
  }

  /** A control frame after HELLO. */
  async onControl(frame: Frame): Promise<void> {
    if (!isWelcome(this.#state, frame.type)) {
      if (this.#state !== "dead") this.violate(`${frame.type} does not belong in the state ${this.#state}`);
      return;
    }
    const { host, control } = this.#options;
    switch (frame.type) {
      case "PING":
        return control.send({ type: "PONG", token: frame.token });
      case "PONG":
        return;
      case "ABORT":
        return this.#aborted(frame);
      case "PLAN_ACCEPTED":
        return this.#planAccepted(frame);
      case "QUERY":
        return this.#answer(frame);
      case "PROGRESS":
        return host.noteProgress(frame);
      case "NOTICE":
        return this.#noticed(frame);
      case "USED":
        return this.#used(frame);
      case "PASS_DONE":
        return this.#passDone(frame);
      case "GOODBYE":
        return this.end("the agent said goodbye");
      default:
        return this.violate(`${frame.type} does not belong on this connection`);
    }
  }

  /** Takes a data connection whose ATTACH named this session; false where it does not fit. */
  attach(connection: FrameConnection, attach: FrameOf<"ATTACH">): boolean {
    const fits =
      attach.sessionId.toString("hex") === this.sessionId &&
      attach.stream < this.#options.host.plan().dataConnections &&
      !this.#data.has(attach.stream) &&
      ["planning", "attaching", "opening", "copying", "idle"].includes(this.#state);
    if (!fits) return false;
    this.#data.set(attach.stream, connection);
    connection.send({ type: "ATTACHED" });
    if (this.#state === "attaching") void this.#proceed();
    return true;
  }

  /** A data frame after ATTACH. A promise means: read nothing more from this connection until it settles. */
  onData(frame: Frame, stream: number): void | Promise<void> {
    if (this.#state === "dead") return;
    if (frame.type === "ABORT") return this.#aborted(frame);
    const pass = this.#diskPass;
    if (this.#state !== "copying" || pass === undefined) {
      return this.violate(`${frame.type} arrived while no pass is under way`);
    }
    const { host } = this.#options;
    switch (frame.type) {
      case "CHUNK": {
        const full = host.checkRoom();
        if (full !== undefined) return this.fail(full);
        host.noteReceived(frame.rawLength, frame.payload.length);
        const checked = pass.chunk(frame, stream);
        return checked instanceof Promise
          ? checked.then((late) => this.#endUnlessOk(late))
          : this.#endUnlessOk(checked);
      }
      case "ZERO":
        return pass.zero(frame, stream).then((checked) => this.#endUnlessOk(checked));
      case "UNUSED":
        return pass.unused(frame, stream).then((checked) => this.#endUnlessOk(checked));
      case "SAME":
        return pass.same(frame, stream).then((checked) => this.#endUnlessOk(checked));
      default:
        return this.violate(`${frame.type} does not belong here`);
    }
  }

  #codec(tuning: Tuning): number {
    const known = this.#options.hello.capabilities;
    if ((known & capabilities.zstd) === 0n) return codecs.raw;
    const wanted = wantedCodecs[tuning.codec];
    return wanted === wantedCodecs.adaptive && (known & capabilities.adaptive) === 0n ? codecs.zstd : wanted;
  }

  tune(): void {
    const { tuning } = this.#options.host.plan();
    this.#options.control.send({
      type: "TUNE",
      codec: this.#codec(tuning),
      level: tuning.level,
      rate: tuning.rateBytesPerSecond,
    });
    this.#sendCeiling(tuning);
  }

  /** An agent from before there was one goes on as it did. */
  #sendCeiling({ loadPercent = defaultLoadPercent }: Tuning): void {
    if ((this.#options.hello.capabilities & capabilities.ceiling) === 0n) return;
    this.#options.control.send({ type: "CEILING", percent: loadPercent });
  }

  pause(): void {
    this.#options.control.send({ type: "PAUSE", paused: this.#options.host.isPaused() ? 1 : 0 });
  }

  /** There is new work: an idle session takes it up, any other finds it when it is free. */
  wake(): void {
    if (this.#state === "idle") void this.#proceed();
  }

  /** Sends FINISH and waits for GOODBYE. A session that is not free yet does it as soon as it has nothing to do. */
  finish(): void {
    if (!mayFollow(this.#state, "finishing")) return;
    this.#enter("finishing");
    const { goodbyeMs } = this.#options.host.settings;
    this.#expectWithin(goodbyeMs, () => "the agent did not say goodbye");
    this.#options.control.send({ type: "FINISH", flags: finishFlags.removeAgent });
  }

  /** Tells the agent why and ends the session. The job has been told already. */
  abort(name: AbortName, reason: string): void {
    this.#options.control.abort(name, reason);
    this.end(`${name}: ${reason}`);
  }

  fail(failure: Failure): void {
    if (this.#state === "dead") return;
    this.#options.host.failed(failure);
    this.abort(abortFor(failure), failure.message);
  }

  violate(reason: string): void {
    if (this.#state === "dead") return;
    this.#options.host.violated(reason);
    this.abort("protocol", reason);
  }

  /** Enters `dead`, which closes and waits for everything. May be called twice. */
  end(reason: string): void {
    if (this.#state === "dead") return;
    this.#enter("dead");
    this.endReason = reason;
    clearInterval(this.#heartbeat);
    this.#options.control.close(reason);
    for (const connection of this.#data.values()) connection.close(reason);
    if (this.#diskPass !== undefined) void this.#hold(this.#diskPass.close());
    void this.#settle();
  }

  async #settle(): Promise<void> {
    while (this.#held.size > 0) await Promise.all(this.#held);
    this.#stateSettled();
  }

  /** What holds files open: the session is not over before it is. */
  async #hold(work: Promise<void>): Promise<void> {
    this.#held.add(work);
    try {
      await work;
    } finally {
      this.#held.delete(work);
    }
  }

  #enter(state: SessionState): void {
    if (!mayFollow(this.#state, state)) throw new Error(`a session goes from ${this.#state} to ${state}`);
    this.#state = state;
    clearTimeout(this.#deadline);
  }

  #expectWithin(ms: number, reason: () => string): void {
    this.#deadline = setTimeout(() => this.end(reason()), ms);
  }

  #beat(): void {
    const { heartbeatMs, lostAfterHeartbeats } = this.#options.host.settings;
    if (this.isLost) {
      this.end(`nothing was heard from the agent for ${lostAfterHeartbeats} heartbeats of ${heartbeatMs} ms`);
    } else if (this.silentMs >= heartbeatMs) {
      this.#pinged += 1n;
      this.#options.control.send({ type: "PING", token: this.#pinged });
    }
  }

  #aborted(frame: FrameOf<"ABORT">): void {
    const name = abortName(frame.code);
    this.#options.host.agentAborted(name, frame.reason);
    this.end(`the agent aborted: ${name}: ${frame.reason}`);
  }

  async #planAccepted(frame: FrameOf<"PLAN_ACCEPTED">): Promise<void> {
    const { host } = this.#options;
    const sizes = new Map(frame.disks.map((disk) => [disk.disk, disk.size]));
    const planned = host.plan().disks.map((disk) => disk.id);
    if (planned.length !== sizes.size || planned.some((id) => !sizes.has(id))) {
      return this.violate(
        `PLAN_ACCEPTED names the disks ${[...sizes.keys()].join(", ")}, not ${planned.join(", ")}`,
      );
    }
    const accepted = await host.acceptDisks(sizes);
    if (this.#state !== "planning") return;
    if (!accepted.ok) return this.fail(accepted.failure);
    this.#enter("attaching");
    // The two ports race: a data connection may be here before the plan's answer was dealt with.
    if (this.#data.size > 0) return this.#proceed();
    const { attachMs } = host.settings;
    this.#expectWithin(
      attachMs,
      () => `no data connection arrived on port ${host.dataPort} within ${attachMs} ms: is the port open?`,
    );
  }

  /** Opens the next disk's pass, or comes to rest. */
  #proceed(): Promise<void> {
    if (this.#state === "attaching" && this.#options.host.isPaused()) this.pause();
    this.#enter("opening");
    return this.#hold(this.#openNext());
  }

  async #openNext(): Promise<void> {
    const { host, control } = this.#options;
    const work = host.nextWork();
    if (work.kind === "nothing") {
      this.#enter("idle");
      if (host.isFinished()) this.finish();
      return;
    }
    const opened = await host.openDisk(work.diskId, work.pass);
    if (!opened.ok) return this.fail(opened.failure);
    const pass = new DiskPass({
      ...opened.value,
      arena: host.arena,
      unpacker: host.unpacker,
      limits: host.settings.commit,
      window: host.settings.window,
      hashesOnArrival: () => host.hashesOnArrival(),
      onChecked: (rawBytes) => host.noteChecked(rawBytes),
      onAcknowledged: (stream, runs) => this.#acknowledge(pass, stream, runs),
      onCommit: (micros) => host.noteCommit(micros),
      onFailure: (failure) => this.#endUnlessOk({ ok: false, failure }),
    });
    // The session may have died while the files were being opened.
    if (this.#state !== "opening") return pass.close();
    this.#diskPass = pass;
    this.#enter("copying");
    const flags = work.skipRecorded ? passStartFlags.skipRecorded : 0;
    control.send({ type: "PASS_START", disk: work.diskId, pass: work.pass, flags });
  }

  #noticed({ code, disk: diskId, offset, length, detail }: FrameOf<"NOTICE">): void {
    // Codes of a later version are remarks as well.
    if (code !== noticeCodes.readError) return this.#options.host.noteRemark(detail);
    const disk = this.#options.host.plan().disks.find((candidate) => candidate.id === diskId);
    if (disk === undefined || offset + length > disk.sizeBytes) {
      return this.violate(`NOTICE names ${offset}+${length} of disk ${diskId}, which is not there`);
    }
    this.#options.host.noteReadError(diskId, offset, length);
  }

  #used(frame: FrameOf<"USED">): void {
    const pass = this.#diskPass;
    const disk = this.#options.host.plan().disks.find((candidate) => candidate.id === frame.disk);
    if (pass?.diskId !== frame.disk || pass.pass !== frame.pass || disk === undefined) {
      return this.violate(`USED is for disk ${frame.disk}, pass ${frame.pass}, which is not under way`);
    }
    if (frame.used + frame.unused !== disk.sizeBytes) {
      return this.violate(`USED accounts for ${frame.used + frame.unused} of ${disk.sizeBytes} bytes`);
    }
    this.#options.host.noteUsed(frame);
  }

  async #answer(query: FrameOf<"QUERY">): Promise<void> {
    const pass = this.#diskPass;
    if (pass === undefined) return;
    const runs = await pass.known(query);
    if (!runs.ok) return this.#endUnlessOk(runs);
    const { disk, pass: number, firstChunk, count } = query;
    this.#options.control.send({ type: "KNOWN", disk, pass: number, firstChunk, count, runs: runs.value });
    await this.#options.control.drained();
  }

  async #passDone(frame: FrameOf<"PASS_DONE">): Promise<void> {
    const pass = this.#diskPass;
    if (pass === undefined) return;
    const survey = await pass.finish(frame);
    if (this.#state !== "copying") return;
    if (!survey.ok) return this.#endUnlessOk(survey);
    this.#diskPass = undefined;
    await this.#hold(pass.close());
    const stored = await this.#options.host.diskPassDone({
      diskId: frame.disk,
      sentChunks: survey.value.sentInPass,
      sentRanges: survey.value.sentRanges,
      sourceTreeHash: frame.treeHash.toString("hex"),
    });
    if (this.#state !== "copying") return;
    if (!stored.ok) return this.fail(stored.failure);
    await this.#proceed();
  }

  #acknowledge(pass: DiskPass, stream: number, runs: readonly ChunkRange[]): void {
    const connection = this.#data.get(stream);
    for (let at = 0; at < runs.length; at += ackRunsMost) {
      connection?.send({
        type: "ACK",
        disk: pass.diskId,
        pass: pass.pass,
        runs: runs.slice(at, at + ackRunsMost).map((run) => ({ firstChunk: run.first, count: run.count })),
      });
    }
    this.#options.host.noteDurable();
  }

  #endUnlessOk(result: Result<unknown>): void {
    if (result.ok) return;
    if (result.failure.code === "protocol-violation") this.violate(result.failure.message);
    else this.fail(result.failure);
  }
}
