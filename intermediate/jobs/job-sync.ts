import { told } from "../../common/domain/report-text/told.ts";
import { defaultChecksumPolicy, type SyncStatus } from "../../common/api/intermediate.ts";
import { fail, type Failure, type Result } from "../../common/result.ts";
import type { ProcessorRoom } from "../processor-room.ts";
import { protocolVersion, type AbortName, type FrameOf } from "../protocol/frames.ts";
import { chunkCount, chunksMost } from "../replica/geometry.ts";
import { SerialQueue } from "../serial-queue.ts";
import { failureOfAbort, retryLater } from "../session/aborts.ts";
import { AgentSession } from "../session/agent-session.ts";
import type { FrameConnection } from "../session/frame-connection.ts";
import type {
  DiskPassReport,
  NextWork,
  OpenDisk,
  SessionHost,
  SessionPlan,
  SessionSettings,
} from "../session/session-host.ts";
import type { Unpacker } from "../unpack/unpacker.ts";
import type { AlignedArena } from "../volume/aligned-memory.ts";
import type { JobDisks } from "./job-disks.ts";
import type { JobRecord } from "./job-record.ts";
import type { JobState } from "./job-state.ts";
import {
  diskPassDone,
  maySkipRecorded,
  nextDisk,
  nextSync,
  withReadError,
  withRemark,
  withUsed,
  type SyncState,
} from "./sync-state.ts";

export interface JobSyncEnvironment {
  readonly settings: SessionSettings;
  readonly arena: AlignedArena;
  readonly unpacker: Unpacker;
  readonly processors: ProcessorRoom;
  dataPort(): number;
  now(): Date;
  randomBytes(length: number): Buffer;
}

/** Sessions in a row that broke the protocol before the job gives up on its agent. */
const violationsMost = 5;
const counterSaveMs = 5_000;
/** Chunks that wait for a worker: with more, hashing would hold up the copy. */
const ordersWaitingMost = 8;

interface Refusal {
  readonly name: AbortName;
  readonly reason: string;
}

/** The replication of a job: who its agent is, what comes next, and what the agent reports. */
export class JobSync implements SessionHost {
  readonly jobId: string;
  readonly arena: AlignedArena;
  readonly unpacker: Unpacker;
  readonly settings: SessionSettings;
  readonly #environment: JobSyncEnvironment;
  readonly #state: JobState;
  readonly #disks: JobDisks;
  readonly #admissions = new SerialQueue();
  #session: AgentSession | undefined;
  #progress: FrameOf<"PROGRESS"> | undefined;
  #lastHeardAt: number | undefined;
  #lastError: string | null = null;
  #targetMicros = { pass: 0, spent: 0 };
  #violations = 0;
  #counterTimer: NodeJS.Timeout | undefined;

  constructor(state: JobState, disks: JobDisks, environment: JobSyncEnvironment) {
    this.jobId = state.record.jobId;
    this.arena = environment.arena;
    this.unpacker = environment.unpacker;
    this.settings = environment.settings;
    this.#environment = environment;
    this.#state = state;
    this.#disks = disks;
  }

  /** The session that is alive or still being cleaned up. */
  get session(): AgentSession | undefined {
    return this.#session;
  }

  get progress(): FrameOf<"PROGRESS"> | undefined {
    return this.#progress;
  }

  get targetMicros(): number {
    return this.#targetMicros.pass === this.#state.record.sync.pass ? this.#targetMicros.spent : 0;
  }

  get dataPort(): number {
    return this.#environment.dataPort();
  }

  /** An agent counts as connected until everything that it had sent is settled. */
  agentStatus(): Pick<SyncStatus["agent"], "connected" | "silentMs" | "lastError"> {
    const session = this.#session;
    if (session !== undefined)
      return { connected: true, silentMs: Math.round(session.silentMs), lastError: null };
    const heardAt = this.#lastHeardAt;
    const silentMs = heardAt === undefined ? null : Math.round(performance.now() - heardAt);
    return { connected: false, silentMs, lastError: this.#lastError };
  }

  // What the admin wants

  /** Goes on after a failure. */
  async resume(): Promise<Result<void>> {
    const { sync, agent } = this.#state.record;
    this.#violations = 0;
    const phase = sync.phase !== "failed" ? sync.phase : agent === null ? "idle" : "syncing";
    return this.#go({ ...sync, phase, failure: null });
  }

  /** Begins a new series of passes over a sync that is over. */
  beginNext(run: Partial<Pick<JobRecord, "run" | "receivedBefore">> = {}): Promise<Result<void>> {
    this.#violations = 0;
    return this.#go(nextSync(this.#state.record.sync), run);
  }

  async #go(
    sync: SyncState,
    run: Partial<Pick<JobRecord, "run" | "receivedBefore">> = {},
  ): Promise<Result<void>> {
    const saved = await this.#state.update({ ...run, sync, finished: false });
    if (saved.ok) this.#session?.wake();
    return saved;
  }

  /** Sends the agent away for good. One that is not connected is sent away when it turns up. */
  async finish(): Promise<Result<void>> {
    const session = this.#session;
    if (session !== undefined && this.nextWork().kind === "disk") {
      return fail("job-state", told({ kind: "agent-still-copying" }), {
        state: session.state,
      });
    }
    const saved = await this.#state.update({ finished: true });
    session?.finish();
    await session?.ended;
    return saved;
  }

  /** Ends the session, if there is one, and waits until it holds nothing any more. */
  endSession(name: AbortName, reason: string): Promise<void> {
    return this.#admissions.run(async () => {
      this.#session?.abort(name, reason);
      await this.#session?.ended;
    });
  }

  // Who may speak for the job

  /** Answers HELLO: a started session, or undefined after an ABORT. */
  admit(
    control: FrameConnection,
    hello: FrameOf<"HELLO">,
    serial: string,
  ): Promise<AgentSession | undefined> {
    return this.#admissions.run(async () => {
      const refusal = this.#refusal(hello);
      if (refusal !== undefined) {
        this.#lastError = `refused: ${refusal.reason}`;
        control.abort(refusal.name, refusal.reason);
        return undefined;
      }
      this.#session?.end("another connection of the same agent took over");
      await this.#session?.ended;
      const session = new AgentSession({
        host: this,
        control,
        hello,
        serial,
        sessionId: this.#environment.randomBytes(16),
        unixSeconds: Math.floor(this.#environment.now().getTime() / 1_000),
      });
      this.#session = session;
      void session.ended.then(() => this.#sessionOver(session));
      session.start();
      this.#counterTimer ??= setInterval(() => void this.#state.save(), counterSaveMs);
      const agent = { version: hello.agentVersion, platform: hello.platform, serial };
      this.#state.log("info", "agent-connected", { address: control.remoteAddress, ...agent });
      const { sync } = this.#state.record;
      const begun: SyncState = sync.phase === "idle" ? { ...sync, phase: "syncing" } : sync;
      await this.#state.update({ agent, sync: begun });
      return session;
    });
  }

  #refusal(hello: FrameOf<"HELLO">): Refusal | undefined {
    const { lowestVersion, highestVersion } = hello;
    if (lowestVersion > protocolVersion || highestVersion < protocolVersion) {
      const spoken = `${lowestVersion} to ${highestVersion}`;
      const reason = `the agent speaks protocol ${spoken}, this intermediate ${protocolVersion}`;
      return { name: "version", reason };
    }
    const { finished, sync } = this.#state.record;
    if (finished || this.#state.isSealed) return { name: "cancelled", reason: "the job is finished" };
    if (sync.phase === "failed" && sync.failure !== null) {
      const reason = `the job waits to be resumed: ${sync.failure.message}`;
      return { name: retryLater(sync.failure), reason };
    }
    const session = this.#session;
    const other = session !== undefined && session.instanceId !== hello.instanceId.toString("hex");
    if (other && session.endReason === undefined && !session.isLost) {
      return { name: "busy", reason: "another agent holds this job" };
    }
    return undefined;
  }

  async #sessionOver(session: AgentSession): Promise<void> {
    if (this.#session !== session) return;
    this.#session = undefined;
    this.#lastHeardAt = performance.now() - session.silentMs;
    this.#lastError = session.endReason ?? null;
    clearInterval(this.#counterTimer);
    this.#counterTimer = undefined;
    this.#state.log("info", "agent-gone", { reason: session.endReason ?? "" });
    await this.#state.save();
  }

  // SessionHost: what the session asks and reports

  plan(): SessionPlan {
    return this.#state.record.plan;
  }

  isPaused(): boolean {
    return this.#state.record.paused;
  }

  isFinished(): boolean {
    return this.#state.record.finished;
  }

  async acceptDisks(sizes: ReadonlyMap<number, number>): Promise<Result<void>> {
    const { plan } = this.#state.record;
    for (const disk of plan.disks) {
      const size = sizes.get(disk.id);
      if (chunkCount({ diskBytes: size ?? 0, chunkBytes: plan.chunkBytes }) > chunksMost) {
        return fail("input-invalid", told({ kind: "too-many-chunks", disk: disk.path, most: chunksMost }));
      }
      if (disk.sizeBytes === 0 || size === disk.sizeBytes) continue;
      return fail(
        "source-disk-changed",
        told({ kind: "disk-size-other", disk: disk.path, size: size ?? 0, planned: disk.sizeBytes }),
        {
          disk: disk.path,
          plannedBytes: disk.sizeBytes,
          actualBytes: size ?? 0,
        },
      );
    }
    const disks = plan.disks.map((disk) => ({ ...disk, sizeBytes: sizes.get(disk.id) ?? disk.sizeBytes }));
    const saved = await this.#state.update({ plan: { ...plan, disks } });
    return saved.ok ? this.#disks.requireRoom() : saved;
  }

  nextWork(): NextWork {
    const { sync } = this.#state.record;
    const diskId = sync.phase === "syncing" ? nextDisk(sync) : undefined;
    if (diskId === undefined) return { kind: "nothing" };
    return { kind: "disk", diskId, pass: sync.pass, skipRecorded: maySkipRecorded(sync) };
  }

  openDisk(diskId: number, pass: number): Promise<Result<OpenDisk>> {
    return this.#disks.openForPass(diskId, pass);
  }

  checkRoom(): Failure | undefined {
    return this.#disks.checkRoom();
  }

  hashesOnArrival(): boolean {
    const { plan, tasks } = this.#state.record;
    const { checksum = defaultChecksumPolicy } = plan.tuning;
    // Where a read-back has found what should not be, the next look is taken at the first opportunity.
    const readBack = tasks.find((task) => task.request.kind === "verify")?.result;
    if (readBack?.kind === "verify" && !readBack.equal) return true;
    if (checksum !== "automatic") return checksum === "arrival";
    return this.unpacker.waiting <= ordersWaitingMost && this.#environment.processors.hasRoom();
  }

  noteReceived(rawBytes: number, wireBytes: number): void {
    const { received } = this.#state.record;
    this.#state.note({
      received: {
        ...received,
        rawBytes: received.rawBytes + rawBytes,
        wireBytes: received.wireBytes + wireBytes,
      },
    });
  }

  noteChecked(rawBytes: number): void {
    const { received } = this.#state.record;
    this.#state.note({ received: { ...received, checkedBytes: received.checkedBytes + rawBytes } });
  }

  noteDurable(): void {
    this.#violations = 0;
  }

  noteCommit(micros: number): void {
    const { pass } = this.#state.record.sync;
    const spent = this.#targetMicros.pass === pass ? this.#targetMicros.spent : 0;
    this.#targetMicros = { pass, spent: spent + micros };
  }

  noteProgress(progress: FrameOf<"PROGRESS">): void {
    this.#progress = progress;
  }

  noteUsed({ disk, used, unused, volumes }: FrameOf<"USED">): void {
    const counted = volumes.map(({ size, unused: unusedBytes, what, why }) => ({
      sizeBytes: size,
      unusedBytes,
      what,
      why,
    }));
    const found = { usedBytes: used, unusedBytes: unused, volumes: counted };
    this.#state.note({ sync: withUsed(this.#state.record.sync, disk, found) });
    this.#state.log("info", "used-blocks", { disk, used, unused });
  }

  noteRemark(text: string): void {
    this.#state.note({ sync: withRemark(this.#state.record.sync, text) });
    this.#state.log("info", "agent-remark", { text });
  }

  noteReadError(diskId: number, offset: number, length: number): void {
    this.#state.note({ sync: withReadError(this.#state.record.sync, { diskId, offset, length }) });
    this.#state.log("warn", "read-error", { disk: diskId, offset, length });
  }

  diskPassDone(report: DiskPassReport): Promise<Result<void>> {
    const { plan, sync } = this.#state.record;
    const { diskId, sentChunks, sourceTreeHash } = report;
    const sentRanges = this.#disks.inBytes(diskId, report.sentRanges);
    this.#state.log("info", "disk-pass-done", { disk: diskId, pass: sync.pass, sentChunks });
    const { book } = this.#disks;
    if (book?.diskId !== diskId || book.pass !== sync.pass)
      throw new Error(`pass ${sync.pass} over disk ${diskId} has ended without its book`);
    const uncheckedChunks = book.unchecked.size;
    const outcome = { diskId, sentChunks, sentRanges, sourceTreeHash, uncheckedChunks, tally: book.tally };
    return this.#state.update({ sync: diskPassDone(sync, outcome, plan.passLimit) });
  }

  failed(failure: Failure): void {
    this.#state.log("error", "sync-failed", { code: failure.code, message: failure.message });
    const { sync } = this.#state.record;
    // What was completed stays completed, whatever becomes of an agent that only waits.
    if (sync.phase !== "synced") void this.#state.update({ sync: { ...sync, phase: "failed", failure } });
  }

  violated(reason: string): void {
    this.#violations += 1;
    this.#state.log("warn", "protocol-violation", { reason });
    if (this.#violations < violationsMost) return;
    const message = told({ kind: "protocol-broken", count: this.#violations, text: reason });
    this.failed(fail("protocol-violation", message).failure);
  }

  agentAborted(name: AbortName, reason: string): void {
    const failure = failureOfAbort(name, reason);
    if (failure !== undefined) this.failed(failure);
  }
}
