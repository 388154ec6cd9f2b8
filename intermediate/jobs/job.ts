import type { SecureContext } from "node:tls";
import type {
  Provision,
  SyncRequest,
  SyncStatus,
  TaskRequest,
  TaskResult,
  TaskStatus,
  Tuning,
} from "../../common/api/intermediate.ts";
import { attempt, fail, ok, unwrap, type Failure, type Result } from "../../common/result.ts";
import type { Logger } from "../log/log.ts";
import { protocolVersion, type AbortName, type FrameOf } from "../protocol/frames.ts";
import { bytesOfRange, chunkCount, rangeOfBytes } from "../replica/geometry.ts";
import { Manifest } from "../replica/manifest.ts";
import { manifestHeaderBytes, recordBytes } from "../replica/manifest-format.ts";
import { SerialQueue } from "../serial-queue.ts";
import { abortFor, AgentSession } from "../session/agent-session.ts";
import type { FrameConnection } from "../session/frame-connection.ts";
import { PassBook } from "../session/pass-book.ts";
import type {
  DiskPassReport,
  NextWork,
  OpenDisk,
  SessionHost,
  SessionPlan,
} from "../session/session-host.ts";
import type { IntermediateSettings } from "../settings.ts";
import type { TaskImplementations } from "../tasks/implementations.ts";
import { performTask } from "../tasks/perform-task.ts";
import { TaskRunner, type TaskKind } from "../tasks/task-runner.ts";
import type { AlignedArena } from "../volume/aligned-memory.ts";
import { openSparseFile } from "../volume/sparse-file-sink.ts";
import { throttled, type Throttle } from "../volume/throttled-sink.ts";
import type { VolumeSink } from "../volume/volume-sink.ts";
import { SpaceWatch } from "./free-space.ts";
import { imagesFolder, JobDirectory } from "./job-directory.ts";
import { jobPlanSchema, type JobPlan, type JobRecord, type StoredTask } from "./job-record.ts";
import { statusOf } from "./job-status.ts";
import {
  diskPassDone,
  maySkipRecorded,
  newSync,
  nextDisk,
  nextSync,
  withReadError,
  type SyncState,
} from "./sync-state.ts";

/** What a job takes from the daemon. */
export interface JobEnvironment {
  readonly settings: IntermediateSettings;
  readonly arena: AlignedArena;
  readonly throttle: Throttle | undefined;
  readonly tasks: TaskImplementations;
  readonly logger: Logger;
  dataPort(): number;
  now(): Date;
  randomBytes(length: number): Buffer;
}

/** Sessions in a row that broke the protocol before the job gives up on its agent. */
const violationsMost = 5;
const counterSaveMs = 5_000;

/** A job on the intermediate: its record on disk, its agent's session, its tasks. */
export class Job implements SessionHost {
  readonly jobId: string;
  readonly arena: AlignedArena;
  readonly settings: IntermediateSettings;
  readonly #environment: JobEnvironment;
  readonly #directory: JobDirectory;
  readonly #tasks: TaskRunner;
  readonly #space: SpaceWatch;
  readonly #admissions = new SerialQueue();
  #record: JobRecord;
  #session: AgentSession | undefined;
  #book: PassBook | undefined;
  #progress: FrameOf<"PROGRESS"> | undefined;
  #lastHeardAt: number | undefined;
  #lastError: string | null = null;
  #violations = 0;
  #counterTimer: NodeJS.Timeout | undefined;
  #removed = false;
  /** Certificate and key that this job's agent sees; memory only, so undefined after a restart until the next PUT. */
  secureContext: SecureContext | undefined;

  private constructor(directory: JobDirectory, record: JobRecord, environment: JobEnvironment) {
    this.jobId = record.jobId;
    this.arena = environment.arena;
    this.settings = environment.settings;
    this.#environment = environment;
    this.#directory = directory;
    this.#record = record;
    this.#space = new SpaceWatch(directory.path, environment.settings.reserveBytes);
    this.#tasks = new TaskRunner(
      {
        syncStamp: () => syncStamp(this.#record.sync),
        find: (kind) => this.#record.tasks.find((task) => task.request.kind === kind),
        store: (task) => this.#storeTask(task),
      },
      (request, context) =>
        performTask(request, context, {
          job: this,
          directory: this.#directory,
          implementations: environment.tasks,
          arena: environment.arena,
        }),
    );
  }

  /** Creates the job's directory and record. */
  static async create(
    path: string,
    jobId: string,
    provision: Provision,
    environment: JobEnvironment,
  ): Promise<Result<Job>> {
    const plan = planOf(provision);
    const diskIds = plan.disks.map((disk) => disk.id);
    const directory = await JobDirectory.create(path, diskIds);
    if (!directory.ok) return directory;
    const job = new Job(
      directory.value,
      {
        format: 1,
        jobId,
        createdAt: environment.now().toISOString(),
        plan,
        paused: false,
        finished: false,
        sync: newSync(diskIds),
        received: { rawBytes: 0, wireBytes: 0 },
        agent: null,
        tasks: [],
      },
      environment,
    );
    const room = await job.#requireRoom();
    const saved = room.ok ? await job.#save() : room;
    if (saved.ok) return ok(job);
    await directory.value.ledger.removeAll([]);
    return saved;
  }

  /** Takes up a job that an earlier process left. */
  static async load(directory: JobDirectory, environment: JobEnvironment): Promise<Result<Job>> {
    const record = await directory.readRecord();
    if (!record.ok) return record;
    const job = new Job(directory, record.value, environment);
    await job.#loadBook();
    return ok(job);
  }

  get record(): JobRecord {
    return this.#record;
  }

  get session(): AgentSession | undefined {
    return this.#session;
  }

  get dataPort(): number {
    return this.#environment.dataPort();
  }

  status(): SyncStatus {
    const session = this.#session;
    const heardAt = session === undefined ? this.#lastHeardAt : performance.now() - session.silentMs;
    return statusOf({
      record: this.#record,
      book: this.#book,
      progress: this.#progress,
      agentConnected: session !== undefined,
      silentMs: heardAt === undefined ? null : Math.round(performance.now() - heardAt),
      lastError: session === undefined ? this.#lastError : null,
      verifying: this.#tasks.isRunning("verify"),
      verified: this.#storedTask("verify"),
    });
  }

  // ---- what the admin asks -------------------------------------------------------------------------------------

  /** Renews certificates and what may change of the plan. Other disks or another chunk size are another job. */
  async renew(provision: Provision, secureContext: SecureContext): Promise<Result<void>> {
    const plan = planOf(provision);
    const current = this.#record.plan;
    const sameDisks =
      plan.chunkBytes === current.chunkBytes &&
      plan.disks.length === current.disks.length &&
      plan.disks.every((disk) => {
        const known = current.disks.find((other) => other.id === disk.id);
        return known !== undefined && (disk.sizeBytes === known.sizeBytes || disk.sizeBytes === 0);
      });
    if (!sameDisks) {
      return fail("job-state", `job ${this.jobId} was made for other disks or another chunk size`, {
        job: this.jobId,
      });
    }
    // Sizes that were learnt from the agent stay known.
    const disks = plan.disks.map((disk) => ({
      ...disk,
      sizeBytes: current.disks.find((other) => other.id === disk.id)?.sizeBytes ?? disk.sizeBytes,
    }));
    this.secureContext = secureContext;
    const saved = await this.#update({ plan: { ...plan, disks }, finished: false });
    const session = this.#session;
    if (session !== undefined && plan.revokedSerials.includes(session.serial)) {
      session.abort("not-ready", "the agent's certificate was revoked");
    }
    session?.tune();
    return saved;
  }

  async tune(tuning: Tuning): Promise<Result<void>> {
    const saved = await this.#update({ plan: { ...this.#record.plan, tuning } });
    this.#session?.tune();
    return saved;
  }

  async pause(paused: boolean): Promise<Result<void>> {
    const saved = await this.#update({ paused });
    this.#session?.pause();
    return saved;
  }

  async sync(request: SyncRequest): Promise<Result<void>> {
    if (this.#tasks.isRunning())
      return fail("job-state", "a task reads the replica; wait for it or cancel it first");
    const { sync } = this.#record;
    const over = sync.phase === "synced";
    if (request.mode === "next" && !over) {
      return fail("job-state", `the running sync is ${sync.phase}; resume it instead`, { phase: sync.phase });
    }
    const differing = request.repairDiffering ? this.#differing() : [];
    if (differing.length > 0) {
      const forgotten = await this.#forget(differing);
      if (!forgotten.ok) return forgotten;
    }
    const begin = over && (request.mode === "next" || differing.length > 0);
    const resumed: SyncState =
      sync.phase === "failed"
        ? { ...sync, phase: sync.pass > 1 || this.#record.agent ? "syncing" : "idle" }
        : sync;
    this.#violations = 0;
    const next = begin ? nextSync(sync) : { ...resumed, failure: null };
    if (begin) this.#book = undefined;
    const saved = await this.#update({ sync: next, finished: false });
    if (saved.ok) this.#session?.wake();
    return saved;
  }

  /** Sends the agent away for good. One that is not connected is sent away when it turns up. */
  async finish(): Promise<Result<void>> {
    const session = this.#session;
    if (session !== undefined && !session.finish()) {
      return fail("job-state", "the agent is still copying; wait, or delete the job", {
        state: session.state,
      });
    }
    const saved = await this.#update({ finished: true });
    await session?.ended;
    return saved;
  }

  startTask(request: TaskRequest): Result<TaskStatus> {
    const { sync } = this.#record;
    if (sync.phase !== "synced") {
      return fail("job-state", `the sync is ${sync.phase}; a ${request.kind} task needs a finished one`, {
        phase: sync.phase,
      });
    }
    return this.#tasks.start(request);
  }

  taskStatus(kind: TaskKind): Result<TaskStatus> {
    return this.#tasks.status(kind);
  }

  cancelTask(kind: TaskKind): Promise<Result<TaskStatus>> {
    return this.#tasks.cancel(kind);
  }

  /** Ends everything and removes what the ledger lists. May be repeated where it failed. */
  async remove(keepImages: boolean): Promise<Result<void>> {
    this.#removed = true;
    await this.#endSession("cancelled", "the job was cancelled");
    await this.#tasks.cancelAll();
    return attempt(async () =>
      unwrap(await this.#directory.ledger.removeAll(keepImages ? [imagesFolder] : [])),
    );
  }

  /** Ends everything for the daemon's own end; what was received stays durable. */
  async stop(): Promise<void> {
    await this.#endSession("not-ready", "the intermediate is shutting down");
    await this.#tasks.cancelAll();
    if (!this.#removed) await this.#save();
  }

  async #endSession(name: AbortName, reason: string): Promise<void> {
    await this.#admissions.run(async () => {
      this.#session?.abort(name, reason);
      await this.#session?.ended;
    });
  }

  // ---- what the agent asks -------------------------------------------------------------------------------------

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
      const current = this.#session;
      if (current !== undefined) {
        current.end("another connection of the same agent took over");
        await current.ended;
      }
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
      this.#counterTimer ??= setInterval(() => void this.#save(), counterSaveMs);
      const agent = { version: hello.agentVersion, platform: hello.platform };
      const { sync } = this.#record;
      const begun: SyncState = sync.phase === "idle" ? { ...sync, phase: "syncing" } : sync;
      await this.#update({ agent, sync: begun });
      this.#log("agent-connected", { address: control.remoteAddress, ...agent });
      return session;
    });
  }

  #refusal(hello: FrameOf<"HELLO">): { readonly name: AbortName; readonly reason: string } | undefined {
    if (hello.lowestVersion > protocolVersion || hello.highestVersion < protocolVersion) {
      const spoken = `${hello.lowestVersion} to ${hello.highestVersion}`;
      return {
        name: "version",
        reason: `the agent speaks protocol ${spoken}, this intermediate ${protocolVersion}`,
      };
    }
    const { finished, sync } = this.#record;
    if (finished || this.#removed) return { name: "cancelled", reason: "the job is finished" };
    if (sync.phase === "failed" && sync.failure !== null) {
      return {
        name: retryLater(sync.failure),
        reason: `the job waits to be resumed: ${sync.failure.message}`,
      };
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
    this.#log("agent-gone", { reason: session.endReason ?? "" });
    if (!this.#removed) await this.#save();
  }

  plan(): SessionPlan {
    return this.#record.plan;
  }

  isPaused(): boolean {
    return this.#record.paused;
  }

  async acceptDisks(sizes: ReadonlyMap<number, number>): Promise<Result<void>> {
    const { plan } = this.#record;
    for (const disk of plan.disks) {
      const size = sizes.get(disk.id);
      if (disk.sizeBytes === 0 || size === disk.sizeBytes) continue;
      return fail("source-disk-changed", `${disk.path} has ${size} bytes, the plan says ${disk.sizeBytes}`, {
        disk: disk.path,
        plannedBytes: disk.sizeBytes,
        actualBytes: size ?? 0,
      });
    }
    const disks = plan.disks.map((disk) => ({ ...disk, sizeBytes: sizes.get(disk.id) ?? disk.sizeBytes }));
    const saved = await this.#update({ plan: { ...plan, disks } });
    return saved.ok ? this.#requireRoom() : saved;
  }

  nextWork(): NextWork {
    const { sync } = this.#record;
    const diskId = sync.phase === "syncing" ? nextDisk(sync) : undefined;
    if (diskId === undefined) return { kind: "nothing" };
    return { kind: "disk", diskId, pass: sync.pass, skipRecorded: maySkipRecorded(sync) };
  }

  async openDisk(diskId: number, pass: number): Promise<Result<OpenDisk>> {
    const manifest = await this.openManifest(diskId);
    if (!manifest.ok) return manifest;
    const sink = await this.openReplica(diskId);
    if (!sink.ok) {
      await manifest.value.close();
      return sink;
    }
    const { throttle } = this.#environment;
    const book = await this.#bookFor(diskId, pass, manifest.value);
    if (!book.ok) {
      await Promise.all([manifest.value.close(), sink.value.close()]);
      return book;
    }
    const volume = throttle === undefined ? sink.value : throttled(sink.value, throttle);
    return ok({ sink: volume, manifest: manifest.value, book: book.value });
  }

  openManifest(diskId: number): Promise<Result<Manifest>> {
    const { chunkBytes } = this.#record.plan;
    return Manifest.open(this.#directory.manifestPath(diskId), {
      diskBytes: this.#diskBytes(diskId),
      chunkBytes,
    });
  }

  openReplica(diskId: number): Promise<Result<VolumeSink>> {
    const path = this.#directory.replicaPath(diskId);
    return openSparseFile({ path, sizeBytes: this.#diskBytes(diskId), arena: this.arena });
  }

  checkRoom(): Failure | undefined {
    return this.#space.take(this.#record.plan.chunkBytes);
  }

  noteReceived(rawBytes: number, wireBytes: number): void {
    const { received } = this.#record;
    this.#record = {
      ...this.#record,
      received: { rawBytes: received.rawBytes + rawBytes, wireBytes: received.wireBytes + wireBytes },
    };
  }

  noteDurable(): void {
    this.#violations = 0;
  }

  noteProgress(progress: FrameOf<"PROGRESS">): void {
    this.#progress = progress;
  }

  noteReadError(diskId: number, offset: number, length: number): void {
    this.#record = { ...this.#record, sync: withReadError(this.#record.sync, { diskId, offset, length }) };
    this.#log("read-error", { disk: diskId, offset, length });
  }

  async diskPassDone(report: DiskPassReport): Promise<Result<void>> {
    const { plan, sync } = this.#record;
    const geometry = { diskBytes: this.#diskBytes(report.diskId), chunkBytes: plan.chunkBytes };
    const next = diskPassDone(
      sync,
      {
        diskId: report.diskId,
        sentChunks: report.sentChunks,
        sentRanges: report.sentRanges.map((range) => ({
          diskId: report.diskId,
          ...bytesOfRange(geometry, range),
        })),
        sourceTreeHash: report.sourceTreeHash,
      },
      plan.passLimit,
    );
    this.#log("disk-pass-done", { disk: report.diskId, pass: sync.pass, sentChunks: report.sentChunks });
    return this.#update({ sync: next });
  }

  failed(failure: Failure): void {
    this.#environment.logger.error("sync-failed", {
      job: this.jobId,
      code: failure.code,
      message: failure.message,
    });
    const { sync } = this.#record;
    void this.#update({ sync: { ...sync, phase: "failed", failure } });
  }

  violated(reason: string): void {
    this.#violations += 1;
    this.#environment.logger.warn("protocol-violation", { job: this.jobId, reason });
    if (this.#violations < violationsMost) return;
    const broken = fail(
      "protocol-violation",
      `the agent broke the protocol ${this.#violations} times: ${reason}`,
    );
    this.failed(broken.failure);
  }

  agentAborted(name: AbortName, reason: string): void {
    const broken = failureOfAbort(name, reason);
    if (broken !== undefined) this.failed(broken);
  }

  // ---- state ---------------------------------------------------------------------------------------------------

  /** Notes what verification read back. */
  async noteReplicaHashes(hashes: ReadonlyMap<number, string>): Promise<Result<void>> {
    const { sync } = this.#record;
    const disks = sync.disks.map((disk) => ({
      ...disk,
      replicaTreeHash: hashes.get(disk.id) ?? disk.replicaTreeHash,
    }));
    return this.#update({ sync: { ...sync, disks } });
  }

  #diskBytes(diskId: number): number {
    const disk = this.#record.plan.disks.find((candidate) => candidate.id === diskId);
    if (disk === undefined) throw new Error(`job ${this.jobId} has no disk ${diskId}`);
    return disk.sizeBytes;
  }

  async #bookFor(diskId: number, pass: number, manifest: Manifest): Promise<Result<PassBook>> {
    const book = this.#book;
    if (book?.diskId === diskId && book.pass === pass) return ok(book);
    const loaded = await PassBook.load(diskId, pass, manifest);
    if (loaded.ok) this.#book = loaded.value;
    return loaded;
  }

  /** After a restart, progress is what the manifest says, at once and not only when the agent is back. */
  async #loadBook(): Promise<void> {
    const work = this.nextWork();
    if (work.kind === "nothing" || this.#diskBytes(work.diskId) === 0) return;
    const manifest = await this.openManifest(work.diskId);
    if (!manifest.ok) return;
    await this.#bookFor(work.diskId, work.pass, manifest.value);
    await manifest.value.close();
  }

  #storedTask(kind: TaskKind): TaskResult | undefined {
    const stored = this.#record.tasks.find((task) => task.request.kind === kind);
    return stored?.syncStamp === syncStamp(this.#record.sync) ? (stored.result ?? undefined) : undefined;
  }

  #differing(): SyncStatus["differing"] {
    const result = this.#storedTask("verify");
    return result?.kind === "verify" ? result.differing : [];
  }

  async #forget(ranges: SyncStatus["differing"]): Promise<Result<void>> {
    for (const range of ranges) {
      const manifest = await this.openManifest(range.diskId);
      if (!manifest.ok) return manifest;
      const chunks = rangeOfBytes(manifest.value.geometry, range.offset, range.length);
      const forgotten = await manifest.value.invalidate([chunks]);
      await manifest.value.close();
      if (!forgotten.ok) return forgotten;
    }
    return ok();
  }

  /** Room for the manifests at least: how much of the disks is in use nobody knows before they are read. */
  #requireRoom(): Promise<Result<void>> {
    const { disks, chunkBytes } = this.#record.plan;
    const manifests = disks.map(
      (disk) => manifestHeaderBytes + chunkCount({ diskBytes: disk.sizeBytes, chunkBytes }) * recordBytes,
    );
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
    return this.#space.require(sum(manifests), sum(disks.map((disk) => disk.sizeBytes)));
  }

  #storeTask(task: StoredTask): Promise<Result<void>> {
    const others = this.#record.tasks.filter((other) => other.request.kind !== task.request.kind);
    return this.#update({ tasks: [...others, task] });
  }

  #update(change: Partial<JobRecord>): Promise<Result<void>> {
    this.#record = { ...this.#record, ...change };
    return this.#save();
  }

  async #save(): Promise<Result<void>> {
    if (this.#removed) return ok();
    const saved = await this.#directory.writeRecord(this.#record);
    if (!saved.ok) {
      this.#environment.logger.error("record-not-saved", { job: this.jobId, message: saved.failure.message });
    }
    return saved;
  }

  #log(event: string, fields: Readonly<Record<string, string | number>>): void {
    this.#environment.logger.info(event, { job: this.jobId, ...fields });
  }
}

function planOf(provision: Provision): JobPlan {
  return jobPlanSchema.parse(provision);
}

function syncStamp(sync: SyncState): string {
  return `${sync.firstPass}.${sync.pass}.${sync.phase}`;
}

/** The agent gives up after some ABORTs; while a job waits to be resumed it must not. */
function retryLater(failure: Failure): AbortName {
  const name = abortFor(failure);
  return name === "no-space" || name === "storage" ? name : "not-ready";
}

/** The job's failure where an agent's ABORT means that it will not come back by itself. */
function failureOfAbort(name: AbortName, reason: string): Failure | undefined {
  switch (name) {
    case "disk-missing":
      return fail("source-disk-missing", reason).failure;
    case "disk-changed":
      return fail("source-disk-changed", reason).failure;
    case "read-error":
      return fail("source-read-error", reason).failure;
    case "version":
      return fail("protocol-mismatch", reason).failure;
    case "cancelled":
      return fail("cancelled", reason).failure;
    default:
      return undefined;
  }
}
