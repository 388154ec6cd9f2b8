import {
  defaultChecksumPolicy,
  defaultLoadPercent,
  type ReplicaDisk,
  type SyncRequest,
  type SyncStatus,
} from "../../common/api/intermediate.ts";
import type { Remark } from "../../common/domain/remark.ts";
import { noted, told } from "../../common/domain/report-text/told.ts";
import { StageMeter, type Savings } from "../../common/domain/sync-figures.ts";
import { isWindowOpen, nextWindowChange } from "../../common/domain/transfer-window.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { IntermediateAccess } from "../targets/contract.ts";
import { launchAgent } from "./agent-launch.ts";
import { enrolJob } from "./enrolment.ts";
import type { StepContext } from "./step.ts";

/** What is special about a sync. */
export interface SyncManner {
  /** The agent need not be missed for a while before the source is asked about it. */
  readonly agentIsGone: boolean;
  /** Whoever writes on the source waits for the end of this sync, so it takes all that it can: no load ceiling. */
  readonly sourceWaits: boolean;
}

const pollMs = 1000;
/** How long an agent may be away before the source is asked about it: longer than it needs to connect again. */
const absenceMs = 10_000;
/** How long until the source is asked again. An agent that runs tries to connect at least every 30 s. */
const nextLookMs = 45_000;
/** How long in all nothing may be heard of an agent that the source says is running. */
const silenceLimitMs = 10 * 60_000;
/** What waiting may mend: a source that reboots, a cut line. */
const waitable: readonly string[] = ["host-unreachable", "connection-lost", "intermediate-unreachable"];
/** Longer than this nobody was watching: the machine slept, and with it the network that an agent would come through. */
const longestLookMs = 60_000;

/**
 * Starts or resumes the sync and stays with it until the replica has everything: keeps the intermediate running and
 * enrolled, finds and relaunches a lost agent, passes pause on, reports progress. The data flows without it; this
 * only watches.
 */
export async function superviseSync(
  context: StepContext,
  disks: readonly ReplicaDisk[],
  hosts: readonly string[],
  request: SyncRequest,
  passLimit: number = context.plan.passLimit,
  manner: Partial<SyncManner> = {},
): Promise<Result<SyncStatus & { readonly passSeconds: number | null }>> {
  const full = { agentIsGone: false, sourceWaits: false, ...manner };
  const supervisor = new SyncSupervisor(context, disks, hosts, request, passLimit, full);
  const result = await supervisor.run();
  if (!result.ok && context.signal.aborted) await supervisor.rest();
  return result.ok ? ok({ ...result.value, passSeconds: supervisor.passSeconds }) : result;
}

/** What of the disks did not travel in this run, so far. */
export function savingsOf({ disks, receivedInRun }: SyncStatus): Savings {
  const sum = (of: (disk: SyncStatus["disks"][number]["inRun"]) => number): number =>
    disks.reduce((total, disk) => total + of(disk.inRun), 0);
  return {
    zeroBytes: sum((disk) => disk.zeroBytes),
    unusedBytes: sum((disk) => disk.unusedBytes),
    sameBytes: sum((disk) => disk.sameBytes),
    compressedBytes: Math.max(0, receivedInRun.rawBytes - receivedInRun.wireBytes),
  };
}

class SyncSupervisor {
  readonly #context: StepContext;
  readonly #disks: readonly ReplicaDisk[];
  readonly #hosts: readonly string[];
  #request: SyncRequest;
  readonly #passLimit: number;
  readonly #sourceWaits: boolean;
  /** Of the pass under way: its number and when it was first seen. */
  #seen: { readonly pass: number; readonly atMs: number } | null = null;
  /** How long the last pass took that was seen from beginning to end; null for none. */
  passSeconds: number | null = null;
  /** Which life of the intermediate knows this job's certificate. */
  #enrolledLife: string | null = null;
  #requested = false;
  readonly #stages = new StageMeter();
  /** Milliseconds for which somebody watched, and until when that was. */
  #watchedMs = 0;
  #lastSeenMs: number;
  /** In watched time, as is the next. */
  #lastHeardMs: number;
  /** When the source was last asked about an agent that is away, and an agent perhaps launched. */
  #lastLookMs: number;

  constructor(
    context: StepContext,
    disks: readonly ReplicaDisk[],
    hosts: readonly string[],
    request: SyncRequest,
    passLimit: number,
    { agentIsGone, sourceWaits }: SyncManner,
  ) {
    this.#sourceWaits = sourceWaits;
    this.#passLimit = passLimit;
    this.#context = context;
    this.#disks = disks;
    this.#hosts = hosts;
    this.#request = request;
    this.#lastSeenMs = context.services.sinceBoot();
    this.#lastHeardMs = agentIsGone ? -absenceMs : 0;
    // The step before has just launched it.
    this.#lastLookMs = this.#lastHeardMs;
  }

  async run(): Promise<Result<SyncStatus>> {
    const { signal, services } = this.#context;
    while (!signal.aborted) {
      const access = await this.#ensureEnrolled();
      if (!access.ok) return access;
      const status = await this.#ensureRequested(access.value);
      if (!status.ok) {
        if (status.failure.code !== "intermediate-unreachable") return status;
        await services.sleep(pollMs, signal);
        continue;
      }
      if (status.value.failure !== null) return { ok: false, failure: status.value.failure };
      this.#timePass(status.value);
      this.#report(status.value);
      if (status.value.phase === "synced" || status.value.phase === "verified") return ok(status.value);

      const paused = await this.#passPauseOn(access.value, status.value);
      if (!paused.ok) return paused;
      const tuned = await this.#passTuningOn(access.value, status.value);
      if (!tuned.ok) return tuned;
      const present = await this.#ensureAgent(access.value, status.value);
      if (!present.ok) return present;
      await services.sleep(pollMs, signal);
    }
    return fail("cancelled", told({ kind: "sync-stopped" }));
  }

  #timePass({ pass, phase }: SyncStatus): void {
    const now = this.#context.services.sinceBoot();
    const isOver = phase === "synced" || phase === "verified";
    if (this.#seen !== null && (isOver || this.#seen.pass !== pass)) {
      this.passSeconds = (now - this.#seen.atMs) / 1000;
    }
    if (!isOver && this.#seen?.pass !== pass) this.#seen = { pass, atMs: now };
  }

  /** The time for which this has watched. Sleep does not count: an agent cannot have been missed by who was away. */
  #watched(): number {
    const now = this.#context.services.sinceBoot();
    this.#watchedMs += Math.min(now - this.#lastSeenMs, longestLookMs);
    this.#lastSeenMs = now;
    return this.#watchedMs;
  }

  /** Leaves the transfer resting, so that a stopped job uses neither the source nor the line. */
  async rest(): Promise<void> {
    const access = await this.#context.connections.intermediate(AbortSignal.timeout(5000));
    if (access.ok) await access.value.client.pause(this.#context.jobId, { paused: true });
  }

  async #ensureEnrolled(): Promise<Result<IntermediateAccess>> {
    const access = await this.#context.connections.intermediate(this.#context.signal);
    if (!access.ok) return access;
    const daemon = await access.value.client.status();
    if (!daemon.ok) return daemon;
    const life = `${daemon.value.pid} ${daemon.value.startedAt}`;
    if (life !== this.#enrolledLife) {
      const enrolled = await enrolJob(this.#context, access.value, this.#disks, this.#passLimit);
      if (!enrolled.ok) return enrolled;
      if (this.#enrolledLife !== null) this.#context.log("warning", { kind: "intermediate-restarted" });
      this.#enrolledLife = life;
      this.#requested = false;
    }
    return access;
  }

  async #ensureRequested(access: IntermediateAccess): Promise<Result<SyncStatus>> {
    const { client } = access;
    const { jobId } = this.#context;
    if (this.#requested) return client.job(jobId);
    const status = await client.sync(jobId, this.#request);
    if (status.ok) {
      this.#requested = true;
      // An intermediate that comes back is to go on with these passes, not to begin others.
      if (this.#request.run === undefined) this.#request = { ...this.#request, mode: "resume" };
    }
    return status;
  }

  /** The end of the transfer window goes along, so that it holds while the assistant sleeps. */
  async #passPauseOn(access: IntermediateAccess, status: SyncStatus): Promise<Result<void>> {
    const { jobId, plan, services } = this.#context;
    const window = plan.runs.transferWindow;
    const now = services.clock();
    const isClosed = window !== null && !isWindowOpen(window, now);
    const paused = this.#context.wantsPause() || isClosed;
    const restAtMs = window === null || paused ? null : nextWindowChange(window, now);
    if (paused === status.paused && restAtMs === status.restAtMs) return ok();
    const changed = await access.client.pause(jobId, { paused, restAtMs });
    if (!changed.ok) return changed;
    if (paused !== status.paused) {
      const closed = isClosed ? { from: window.from, to: window.to } : null;
      this.#context.log("info", paused ? { kind: "sync-paused", window: closed } : { kind: "sync-goes-on" });
    }
    return ok();
  }

  async #passTuningOn(access: IntermediateAccess, status: SyncStatus): Promise<Result<void>> {
    const planned = this.#context.plan.tuning;
    const tuning = this.#sourceWaits ? { ...planned, loadPercent: 100 } : planned;
    const current = status.tuning;
    const isSame =
      tuning.codec === current.codec &&
      tuning.level === current.level &&
      tuning.rateBytesPerSecond === current.rateBytesPerSecond &&
      tuning.loadPercent === current.loadPercent &&
      tuning.checksum === current.checksum;
    if (isSame) return ok();
    const changed = await access.client.tune(this.#context.jobId, tuning);
    if (!changed.ok) return changed;
    const { codec, level, rateBytesPerSecond } = tuning;
    const { loadPercent = defaultLoadPercent, checksum = defaultChecksumPolicy } = tuning;
    this.#context.log("info", {
      kind: "sync-tuned",
      level: codec === "raw" ? null : level,
      rateBytesPerSecond,
      loadPercent,
      checksum,
    });
    return ok();
  }

  async #ensureAgent(access: IntermediateAccess, status: SyncStatus): Promise<Result<void>> {
    const { services, connections, jobId, signal } = this.#context;
    const now = this.#watched();
    if (status.agent.connected) {
      this.#lastHeardMs = now;
      return ok();
    }
    const isFirstLook = this.#lastLookMs <= this.#lastHeardMs;
    const patienceMs = isFirstLook ? absenceMs : nextLookMs;
    if (now - Math.max(this.#lastHeardMs, this.#lastLookMs) < patienceMs) return ok();

    const looked = await connections.withSession(signal, async (session): Promise<Result<void>> => {
      const found = await services.agents.find(session, jobId);
      if (!found.ok) return found;
      if (found.value?.running === true) {
        if (now - this.#lastHeardMs < silenceLimitMs) return ok();
        const why = found.value.lastError ?? "it says nothing about why";
        return fail("agent-silent", told({ kind: "agent-not-heard", text: why }), {
          hosts: [...this.#hosts],
        });
      }
      const placement = await services.agents.place(session, jobId, signal);
      if (!placement.ok) return placement;
      const launched = await launchAgent(this.#context, session, placement.value, this.#hosts, access);
      if (!launched.ok) return launched;
      this.#context.log("warning", { kind: "agent-restarted" }, { lastError: found.value?.lastError ?? "" });
      return ok();
    });
    this.#lastLookMs = this.#watched();
    await connections.closeSession();
    // A source that reboots or a cut line is waited for; only what waiting cannot mend ends the sync.
    const isWaitable = !looked.ok && waitable.includes(looked.failure.code);
    if (isWaitable && now - this.#lastHeardMs < silenceLimitMs) return ok();
    return looked;
  }

  #report(status: SyncStatus): void {
    const inPass = status.disks.filter((disk) => disk.pass === status.pass);
    const done = inPass.reduce((sum, disk) => sum + disk.doneBytes, 0);
    const total = status.disks.reduce((sum, disk) => sum + disk.sizeBytes, 0);
    const window = this.#context.plan.runs.transferWindow;
    const doing: Remark = status.paused
      ? window !== null && !this.#context.wantsPause()
        ? { kind: "awaiting-window", ...window }
        : { kind: "paused" }
      : !status.agent.connected
        ? { kind: "awaiting-agent" }
        : status.pass <= 1
          ? { kind: "copying" }
          : { kind: "checking-again", pass: status.pass };
    this.#context.report({
      ...noted(doing),
      done: Math.min(done, total),
      total,
      unit: "bytes",
      round: status.pass,
      sync: {
        ...this.#stages.observe(this.#context.services.sinceBoot(), status.pass, status.stageMicros),
        savings: savingsOf(status),
      },
    });
  }
}
