import type { SecureContext } from "node:tls";
import type {
  BlockMap,
  PauseRequest,
  Provision,
  SyncRequest,
  SyncStatus,
  Tuning,
} from "../../common/api/intermediate.ts";
import type { TaskRequest, TaskResult, TaskStatus } from "../../common/api/intermediate-tasks.ts";
import type { GuestSummary } from "../../common/domain/conversion.ts";
import type { TargetLayout } from "../../common/domain/target-layout.ts";
import { attempt, fail, ok, unwrap, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { Logger } from "../log/log.ts";
import { normalSerial } from "../server/peer-identity.ts";
import type { IntermediateSettings } from "../settings.ts";
import type { TaskImplementations } from "../tasks/implementations.ts";
import { performTask } from "../tasks/perform-task.ts";
import { TaskRunner, type TaskKind } from "../tasks/task-runner.ts";
import type { Throttle } from "../volume/throttled-sink.ts";
import { imagesFolder, JobDirectory } from "./job-directory.ts";
import { JobDisks } from "./job-disks.ts";
import { jobPlanSchema, type JobPlan, type JobRecord, type StoredTask } from "./job-record.ts";
import { JobState } from "./job-state.ts";
import { statusOf } from "./job-status.ts";
import { JobSync, type JobSyncEnvironment } from "./job-sync.ts";
import { newSync, type SyncState } from "./sync-state.ts";

/** What a job takes from the daemon. */
export interface JobEnvironment extends JobSyncEnvironment {
  readonly settings: IntermediateSettings;
  readonly throttle: Throttle | undefined;
  readonly tasks: TaskImplementations;
  readonly logger: Logger;
}

/** What setTimeout takes. */
const longestTimerMs = 2 ** 31 - 1;

/** A job on the intermediate: its record and files, its replication, its tasks. */
export class Job {
  readonly disks: JobDisks;
  readonly sync: JobSync;
  readonly #directory: JobDirectory;
  readonly #state: JobState;
  readonly #tasks: TaskRunner;
  readonly #now: () => Date;
  #restTimer: NodeJS.Timeout | undefined;
  /** Certificate and key that this job's agent sees; memory only, so undefined after a restart until the next PUT. */
  secureContext: SecureContext | undefined;

  private constructor(directory: JobDirectory, record: JobRecord, environment: JobEnvironment) {
    this.#directory = directory;
    this.#now = () => environment.now();
    this.#state = new JobState(directory, record, environment.logger);
    this.disks = new JobDisks(directory, environment, () => this.record.plan);
    this.sync = new JobSync(this.#state, this.disks, environment);
    this.#tasks = new TaskRunner(
      {
        syncStamp: () => syncStamp(this.record.sync),
        find: (kind) => this.record.tasks.find((task) => task.request.kind === kind),
        store: (task) => this.#storeTask(task),
      },
      (request, context) =>
        performTask(request, context, {
          job: this,
          directory,
          implementations: environment.tasks,
          arena: environment.arena,
          unpacker: environment.unpacker,
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
    const record: JobRecord = {
      format: 1,
      jobId,
      createdAt: environment.now().toISOString(),
      plan,
      paused: false,
      restAtMs: null,
      finished: false,
      sync: newSync(diskIds),
      run: 1,
      received: { rawBytes: 0, wireBytes: 0, checkedBytes: 0 },
      receivedBefore: { rawBytes: 0, wireBytes: 0, checkedBytes: 0 },
      agent: null,
      launchedSerial: null,
      tasks: [],
    };
    const job = new Job(directory.value, record, environment);
    const room = await job.disks.requireRoom();
    const saved = room.ok ? await job.#state.save() : room;
    if (saved.ok) return ok(job);
    await attempt(async () => unwrap(await directory.value.ledger.removeAll([])));
    return saved;
  }

  /** Takes up a job that an earlier process left. */
  static async load(directory: JobDirectory, environment: JobEnvironment): Promise<Result<Job>> {
    const record = await directory.readRecord();
    if (!record.ok) return record;
    const job = new Job(directory, record.value, environment);
    await job.disks.loadBook(job.sync.nextWork());
    job.#restLater();
    return ok(job);
  }

  get record(): JobRecord {
    return this.#state.record;
  }

  status(): SyncStatus {
    return statusOf({
      record: this.record,
      book: this.disks.book,
      progress: this.sync.progress,
      targetMicros: this.sync.targetMicros,
      agent: this.sync.agentStatus(),
      verifying: this.#tasks.isRunning("verify"),
      verified: this.#currentResult("verify"),
    });
  }

  /** An agent is there, or a task runs. */
  get isBusy(): boolean {
    return this.sync.session !== undefined || this.#tasks.isRunning();
  }

  /** The sync is under way and its agent is not there. */
  get awaitsAgent(): boolean {
    const { sync, paused, finished } = this.record;
    return sync.phase === "syncing" && !paused && !finished && this.sync.session === undefined;
  }

  /** Renews certificates and what may change of the plan. Other disks or another chunk size are another job. */
  async renew(provision: Provision, secureContext: SecureContext): Promise<Result<void>> {
    const plan = planOf(provision);
    const current = this.record.plan;
    const sameDisks =
      plan.chunkBytes === current.chunkBytes &&
      plan.disks.length === current.disks.length &&
      plan.disks.every((disk) => {
        const known = current.disks.find((other) => other.id === disk.id);
        return known !== undefined && (disk.sizeBytes === known.sizeBytes || disk.sizeBytes === 0);
      });
    if (!sameDisks) {
      const job = this.record.jobId;
      return fail("job-state", told({ kind: "job-of-other-disks", job }), { job });
    }
    // Sizes that were learnt from the agent stay known.
    const disks = plan.disks.map((disk) => ({
      ...disk,
      sizeBytes: current.disks.find((other) => other.id === disk.id)?.sizeBytes ?? disk.sizeBytes,
    }));
    this.secureContext = secureContext;
    // What was revoked stays so, whoever asks now and does not know of it.
    const revokedSerials = [...new Set([...current.revokedSerials, ...plan.revokedSerials])];
    const saved = await this.#state.update({ plan: { ...plan, disks, revokedSerials }, finished: false });
    this.#endRevoked();
    this.sync.session?.tune();
    return saved;
  }

  /**
   * Accepts the certificate of the agent that spoke last no more; with `nextSerial` none but that one, whoever else was
   * launched and never heard.
   */
  async revokeAgent(nextSerial?: string): Promise<Result<void>> {
    const { agent, plan, launchedSerial } = this.record;
    const former = [agent?.serial ?? null, nextSerial === undefined ? null : launchedSerial];
    const isRevoked = (serial: string | null): serial is string => serial !== null && serial !== nextSerial;
    const revokedSerials = [...new Set([...plan.revokedSerials, ...former.filter(isRevoked)])];
    const saved = await this.#state.update({
      plan: { ...plan, revokedSerials },
      launchedSerial: nextSerial ?? launchedSerial,
    });
    if (saved.ok) this.#endRevoked();
    return saved;
  }

  /** Whether a certificate is no former agent's. Its serial number as `normalSerial` gives it. */
  accepts(serial: string): boolean {
    const { plan, launchedSerial } = this.record;
    if (plan.revokedSerials.some((each) => normalSerial(each) === serial)) return false;
    return launchedSerial === null || normalSerial(launchedSerial) === serial;
  }

  #endRevoked(): void {
    const { session } = this.sync;
    if (session !== undefined && !this.accepts(session.serial))
      session.abort("not-ready", "the agent's certificate was revoked");
  }

  /** What became of a disk's chunks in the pass under way, or the last one. */
  blockMap(diskId: number, cells: number): Promise<Result<BlockMap>> {
    const { plan, sync } = this.record;
    if (!plan.disks.some((disk) => disk.id === diskId)) {
      return Promise.resolve(fail("not-found", told({ kind: "no-such-disk", disk: diskId }), { diskId }));
    }
    const verified = this.#currentResult("verify");
    const failing = [...sync.readErrors, ...(verified?.kind === "verify" ? verified.differing : [])];
    return this.disks.blockMap(
      diskId,
      sync.pass,
      cells,
      failing.filter((range) => range.diskId === diskId),
    );
  }

  async tune(tuning: Tuning): Promise<Result<void>> {
    const saved = await this.#state.update({ plan: { ...this.record.plan, tuning } });
    this.sync.session?.tune();
    return saved;
  }

  async pause({ paused, restAtMs = null }: PauseRequest): Promise<Result<void>> {
    const saved = await this.#state.update({ paused, restAtMs });
    this.#restLater();
    this.sync.session?.pause();
    return saved;
  }

  /** Keeps the hour at which the transfer rests; an hour that passed while nobody ran rests it at once. */
  #restLater(): void {
    clearTimeout(this.#restTimer);
    const { restAtMs, paused } = this.record;
    if (restAtMs === null || paused) return;
    const untilMs = Math.min(Math.max(0, restAtMs - this.#now().getTime()), longestTimerMs);
    this.#restTimer = setTimeout(() => {
      // The clock may have been set, and a timer cannot wait longer than some weeks.
      if (this.#now().getTime() < restAtMs) return this.#restLater();
      void this.pause({ paused: true, restAtMs: null });
    }, untilMs).unref();
  }

  /** Resumes, or begins another sync over a finished one; see the admin API. */
  async startSync(request: SyncRequest): Promise<Result<void>> {
    if (request.mode === "next" && request.run !== undefined) {
      if (request.run > this.record.run) return this.#beginRun(request.run, request.keepSnapshots ?? 0);
      if (request.run === this.record.run) return this.startSync({ ...request, mode: "resume" });
      return fail("job-state", told({ kind: "run-over", run: request.run, now: this.record.run }), {
        run: this.record.run,
      });
    }
    if (this.#tasks.isRunning()) {
      return fail("job-state", told({ kind: "task-reads-replica" }));
    }
    const { phase } = this.record.sync;
    if (request.mode === "next" && phase !== "synced") {
      return fail("job-state", told({ kind: "sync-resume-instead", phase }), { phase });
    }
    const verified = this.#currentResult("verify");
    const differing = request.repairDiffering && verified?.kind === "verify" ? verified.differing : [];
    const forgotten = await this.disks.forget(differing);
    if (!forgotten.ok) return forgotten;
    const another = phase === "synced" && (request.mode === "next" || differing.length > 0);
    return another ? this.sync.beginNext() : this.sync.resume();
  }

  /** A new run outranks what earlier ones left going: their tasks end, and an agent halfway begins anew. */
  async #beginRun(run: number, keepSnapshots: number): Promise<Result<void>> {
    await this.#tasks.cancelAll();
    await this.sync.endSession("not-ready", "another run begins");
    const verified = this.#currentResult("verify");
    const forgotten = await this.disks.forget(verified?.kind === "verify" ? verified.differing : []);
    if (!forgotten.ok) return forgotten;
    // A run that never came to its end is no state to come back to; what it overwrote is in the snapshot before it.
    const { sync, run: endedRun } = this.record;
    if (keepSnapshots > 0 && sync.phase === "synced") {
      const disks = sync.disks.map(({ id, replicaTreeHash }) => ({ diskId: id, treeHash: replicaTreeHash }));
      const at = this.#now().toISOString();
      const begun = await this.disks.snapshots.begin({ run: endedRun, at, disks }, keepSnapshots);
      if (!begun.ok) return begun;
    }
    const { received } = this.record;
    return this.sync.beginNext({ run, receivedBefore: received });
  }

  /** The disks that everything after the sync is about, where the files have a new layout; null: the replicas. */
  get newDisks(): TargetLayout["disks"] | null {
    const stored = this.record.tasks.find((task) => task.request.kind === "layout");
    const isCurrent = stored?.syncStamp === syncStamp(this.record.sync) && stored.result !== null;
    return isCurrent && stored.request.kind === "layout" ? stored.request.layout.disks : null;
  }

  /** True where the overlays belong to the replica as it is now. */
  get isConverted(): boolean {
    return this.#currentResult("convert") !== undefined;
  }

  /** The system that the conversion found; null where it found none, or there was none. */
  get convertedGuest(): GuestSummary | null {
    const result = this.#currentResult("convert");
    return result?.kind === "convert" ? result.outcome.guest : null;
  }

  startTask(request: TaskRequest): Result<TaskStatus> {
    const { phase } = this.record.sync;
    const rival = rivalsOf(request).find((kind) => this.#tasks.isRunning(kind));
    if (rival !== undefined) {
      return fail("job-state", told({ kind: "task-uses-overlays", task: rival }), {
        rival,
      });
    }
    if (phase === "synced") return this.#tasks.start(request);
    return fail("job-state", told({ kind: "sync-not-finished", phase, task: request.kind }), { phase });
  }

  taskStatus(kind: TaskKind): Result<TaskStatus> {
    return this.#tasks.status(kind);
  }

  cancelTask(kind: TaskKind): Promise<Result<TaskStatus>> {
    return this.#tasks.cancel(kind);
  }

  keepReceipt(text: string): Promise<Result<void>> {
    const images = this.#currentResult("image");
    return this.#directory.keepReceipt(text, images?.kind === "image" ? images.files : []);
  }

  /** Notes what verification read back. */
  noteReadBack(
    found: ReadonlyMap<number, { readonly treeHash: string; readonly uncheckedChunks: number }>,
  ): Promise<Result<void>> {
    const { sync } = this.record;
    const disks = sync.disks.map((disk) => {
      const { treeHash, uncheckedChunks } = found.get(disk.id) ?? {};
      return {
        ...disk,
        replicaTreeHash: treeHash ?? disk.replicaTreeHash,
        uncheckedChunks: uncheckedChunks ?? disk.uncheckedChunks,
      };
    });
    return this.#state.update({ sync: { ...sync, disks } });
  }

  /** Ends everything and removes what the ledger lists. May be repeated where it failed. */
  async remove(keepImages: boolean): Promise<Result<void>> {
    clearTimeout(this.#restTimer);
    this.#state.seal();
    await this.sync.endSession("cancelled", "the job was cancelled");
    await this.#tasks.cancelAll();
    const keep = keepImages ? [imagesFolder] : [];
    return attempt(async () => unwrap(await this.#directory.ledger.removeAll(keep)));
  }

  /** Ends everything for the daemon's own end; what was received stays durable. */
  async stop(): Promise<void> {
    clearTimeout(this.#restTimer);
    await this.sync.endSession("not-ready", "the intermediate is shutting down");
    await this.#tasks.cancelAll();
    await this.#state.save();
  }

  /** The result of a task over the replica as it is now. */
  #currentResult(kind: TaskKind): TaskResult | undefined {
    const stored = this.record.tasks.find((task) => task.request.kind === kind);
    return stored?.syncStamp === syncStamp(this.record.sync) ? (stored.result ?? undefined) : undefined;
  }

  #storeTask(task: StoredTask): Promise<Result<void>> {
    // What was proved or made of the overlays that this conversion replaced says nothing about the new ones.
    const stale: readonly TaskKind[] =
      task.request.kind === "layout"
        ? ["layout", "convert", "boot-check", "image", "seal"]
        : task.request.kind === "convert"
          ? ["convert", "boot-check", "image", "seal"]
          : [task.request.kind];
    const others = this.record.tasks.filter((other) => !stale.includes(other.request.kind));
    return this.#state.update({ tasks: [...others, task] });
  }
}

/** Tasks that must not run beside this one: one of the two writes the overlays. */
function rivalsOf(request: TaskRequest): readonly TaskKind[] {
  switch (request.kind) {
    case "layout":
      return ["convert", "boot-check", "image", "seal"];
    case "convert":
      return ["layout", "boot-check", "image", "seal"];
    case "boot-check":
      return request.repair ? ["layout", "convert", "image", "seal"] : ["layout", "convert"];
    case "image":
      return ["layout", "convert", ...(request.converted ? (["boot-check"] as const) : [])];
    case "seal":
      return request.converted ? ["layout", "convert", "boot-check"] : ["layout"];
    case "upload":
      return ["layout", "convert", "image"];
    case "verify":
    case "restore":
      return [];
  }
}

function planOf(provision: Provision): JobPlan {
  return jobPlanSchema.parse(provision);
}

function syncStamp(sync: SyncState): string {
  return `${sync.firstPass}.${sync.pass}.${sync.phase}`;
}
