/**
 * Carries a cutover or a drill through. The state is on record before each step acts, so whoever comes after a crash,
 * here by `start` or `rollback` again, goes on with the step that was under way; every step may be repeated.
 */
import { cutoverSteps, type CutoverStep } from "../../common/domain/cutover-steps.ts";
import type { InstanceSpec, InstanceView } from "../../common/domain/instance.ts";
import { assertNever, fail, ok, type Failure, type Result } from "../../common/result.ts";
import type { Remark, Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { CutoverFacts, CutoverRecord, CutoverStore } from "../store/cutover-store.ts";
import type { DiskImage, InstanceTarget } from "../targets/contract.ts";
import type { MigratedSystem } from "./job-images.ts";

export interface CutoverOrder {
  readonly jobId: string;
  readonly instance: string;
  readonly system: MigratedSystem;
  /** How long the instance may take to show that its system runs. */
  readonly timeoutSeconds: number;
  /** How long the old system may take to shut down. */
  readonly graceSeconds: number;
  readonly signal: AbortSignal;
}

export interface StartOrder extends CutoverOrder {
  readonly withoutDrill: boolean;
  /** The source may have written since the copy was made, and could not be copied again. */
  readonly isOlder: boolean;
}

export interface CutoverListener {
  onNote(jobId: string, note: Told, done: number, total: number): void;
}

interface Work extends CutoverOrder {
  /** Names what this attempt makes. */
  readonly tag: string;
}

export class CutoverRunner {
  readonly #store: CutoverStore;
  readonly #target: InstanceTarget;
  readonly #listener: CutoverListener;
  readonly #clock: () => number;

  constructor(store: CutoverStore, target: InstanceTarget, listener: CutoverListener, clock: () => number) {
    this.#store = store;
    this.#target = target;
    this.#listener = listener;
    this.#clock = clock;
  }

  /**
   * Everything on the side: an instance of the same making, without a network, gets the new disks and is watched; then
   * they are taken back and it is removed. A drill that somebody killed is cleared away first.
   */
  async drill(order: CutoverOrder): Promise<Result<CutoverRecord>> {
    const { jobId } = order;
    const cleared = await this.#clearDrill(order);
    if (!cleared.ok) return cleared;
    const model = await this.#target.find(order.instance);
    if (!model.ok) return model;
    const fits = checkFirmware(order, model.value.spec);
    if (!fits.ok) return fits;

    const side = drillName(order.instance);
    const attempt = this.#store.cutover(jobId).facts.attempt + 1;
    const begun = this.#apply(
      jobId,
      { type: "drill-started", instance: side },
      { attempt, evidence: null, lastFailure: null },
      { kind: "drill-begun", instance: side },
    );
    if (!begun.ok) return begun;
    const spec: InstanceSpec = { ...model.value.spec, name: side, network: "none", forwards: [] };
    const made = await this.#target.provision(spec, [], order.signal);
    const work = { ...order, instance: side, tag: tagOf(jobId, attempt) };
    const tried = made.ok ? await this.#forward(work, "receive") : made;
    const outcome = await this.#withKeptEvidence(order, side, tried);
    // Whoever stopped it finds it as it is, and the next drill clears it away.
    if (!outcome.ok && order.signal.aborted) return outcome;
    if (!outcome.ok) this.#noteFailure(jobId, outcome.failure);
    const judged = this.#apply(
      jobId,
      { type: "drill-judged", passed: outcome.ok },
      outcome.ok ? { evidence: outcome.value } : {},
      outcome.ok
        ? { kind: "drill-passed", evidence: outcome.value }
        : { kind: "drill-failed", code: outcome.failure.code, message: outcome.failure.message },
    );
    if (!judged.ok) return judged;
    const gone = await this.#clearDrill(order);
    return outcome.ok ? gone : outcome;
  }

  /** The drill's instance goes; what it showed stays with the real one, and failures point there. */
  async #withKeptEvidence(
    { jobId, instance }: CutoverOrder,
    side: string,
    tried: Result<Told>,
  ): Promise<Result<Told>> {
    const kept = await this.#target.keepEvidence(side, instance);
    if (!kept.ok) return tried;
    const { consoleLogPath, screenPath } = kept.value;
    this.#store.remember(jobId, { consoleLogPath });
    if (tried.ok || tried.failure.code !== "target-did-not-boot") return tried;
    const context = { consoleLog: consoleLogPath ?? "", lastScreen: screenPath ?? "" };
    return { ok: false, failure: { ...tried.failure, context } };
  }

  /** Takes a drill back, wherever it stands; nothing where there is none. Gives the record as it is then. */
  async #clearDrill({ jobId }: CutoverOrder): Promise<Result<CutoverRecord>> {
    const record = this.#store.cutover(jobId);
    const { state } = record;
    if (state.name !== "testing") return ok(record);
    if (!state.back) {
      const judged = this.#apply(
        jobId,
        { type: "drill-judged", passed: false },
        {},
        { kind: "drill-given-up" },
      );
      if (!judged.ok) return judged;
    }
    this.#note(jobId, { kind: "drill-taken-back" });
    const undone = await this.#undo(state.instance, tagOf(jobId, record.facts.attempt), 0);
    if (!undone.ok) return undone;
    const removed = await this.#target.remove(state.instance);
    if (!removed.ok) return removed;
    const at = new Date(this.#clock()).toISOString();
    const evidence = record.facts.evidence ?? { what: "" };
    return this.#apply(
      jobId,
      { type: "drill-cleared", at, evidence },
      {},
      {
        kind: "instance-removed",
        instance: state.instance,
      },
    );
  }

  /** Why a cutover could not begin, as far as that is known beforehand; changes nothing. Gives the instance. */
  async checkStart(order: StartOrder): Promise<Result<InstanceView>> {
    const { jobId } = order;
    const { state } = this.#store.cutover(jobId);
    const model = await this.#target.find(order.instance);
    if (!model.ok) return model;
    const fits = checkFirmware(order, model.value.spec);
    if (!fits.ok) return fits;
    if (model.value.keptDisks !== null) {
      return fail(
        "cutover-state",
        told({ kind: "keeps-earlier-disks", instance: order.instance }),
        { instance: order.instance },
        told({ kind: "finalise-or-roll-back" }),
      );
    }
    if (state.name === "ready" && !order.withoutDrill) {
      return fail(
        "cutover-state",
        told({ kind: "not-proven-as-instance" }),
        { job: jobId, state: state.name },
        told({ kind: "drill-first" }),
      );
    }
    return model;
  }

  /** Starts a cutover, or goes on with one that was interrupted. */
  async start(order: StartOrder): Promise<Result<CutoverRecord>> {
    const { jobId } = order;
    const { state } = this.#store.cutover(jobId);
    if (state.name === "cutover-in-progress") return this.#resume(order);
    const model = await this.checkStart(order);
    if (!model.ok) return model;
    if (state.name === "ready") {
      const waived = this.#apply(jobId, { type: "drill-waived" }, {}, { kind: "without-drill" });
      if (!waived.ok) return waived;
    }
    const facts = {
      attempt: this.#store.cutover(jobId).facts.attempt + 1,
      wasRunning: model.value.power === "running",
      evidence: null,
      lastFailure: null,
    };
    const { instance, isOlder, system } = order;
    const begun = this.#apply(
      jobId,
      { type: "cutover-started", instance },
      facts,
      isOlder
        ? { kind: "cutover-begun-with-last-copy", instance, copiedAtMs: Date.parse(system.copiedAt) }
        : { kind: "cutover-begun", instance },
    );
    return begun.ok ? this.#resume(order) : begun;
  }

  async #resume(order: CutoverOrder): Promise<Result<CutoverRecord>> {
    const { jobId } = order;
    const { state, facts } = this.#store.cutover(jobId);
    if (state.name !== "cutover-in-progress" || state.back) {
      return fail(
        "cutover-state",
        told({ kind: "being-rolled-back" }),
        { job: jobId },
        told({ kind: "finish-rollback-first" }),
      );
    }
    const work = { ...order, instance: state.instance, tag: tagOf(jobId, facts.attempt) };
    const outcome = await this.#forward(work, state.step);
    if (outcome.ok) {
      const at = new Date(this.#clock()).toISOString();
      const event = { type: "cut-over", at, evidence: outcome.value } as const;
      return this.#apply(jobId, event, {}, { kind: "cut-over", evidence: outcome.value });
    }
    if (order.signal.aborted) return outcome;
    this.#noteFailure(jobId, outcome.failure);
    const back = await this.rollBack(jobId);
    return back.ok ? outcome : back;
  }

  /** Puts the instance's old disks back. Repeat it where it failed. */
  async rollBack(jobId: string): Promise<Result<CutoverRecord>> {
    const before = this.#store.cutover(jobId);
    if (before.state.name !== "cutover-in-progress" || !before.state.back) {
      const begun = this.#apply(jobId, { type: "rollback-started" }, {}, { kind: "rolling-back" });
      if (!begun.ok) return begun;
    }
    const { state, facts } = this.#store.cutover(jobId);
    if (state.name !== "cutover-in-progress")
      return fail("cutover-state", told({ kind: "nothing-to-roll-back" }));
    this.#note(jobId, { kind: "putting-back" });
    const undone = await this.#undo(state.instance, tagOf(jobId, facts.attempt), 0);
    if (!undone.ok) return undone;
    if (facts.wasRunning) {
      const started = await this.#target.start(state.instance, new AbortController().signal);
      if (!started.ok) return started;
    }
    const { instance } = state;
    return this.#apply(
      jobId,
      { type: "rolled-back" },
      {},
      {
        kind: "rolled-back",
        instance,
        runs: facts.wasRunning,
      },
    );
  }

  /** Gives up the way back: the old disks go. */
  async finalise(jobId: string): Promise<Result<CutoverRecord>> {
    const { state, facts } = this.#store.cutover(jobId);
    if (state.name !== "cut-over") {
      return fail("cutover-state", told({ kind: "not-to-finalise", state: state.name }), {
        state: state.name,
      });
    }
    const given = await this.#target.finalise(state.instance);
    if (!given.ok) return given;
    const discarded = await this.#target.discard(state.instance, tagOf(jobId, facts.attempt));
    if (!discarded.ok) return discarded;
    const at = new Date(this.#clock()).toISOString();
    return this.#apply(jobId, { type: "finalised", at }, {}, { kind: "finalised" });
  }

  /** Stops the instance if it has the new disks, puts the old ones back and removes what the attempt made. */
  async #undo(instance: string, tag: string, graceSeconds: number): Promise<Result<void>> {
    const known = await this.#target.find(instance);
    if (!known.ok) return known.failure.code === "not-found" ? ok() : known;
    const hasNew = known.value.keptDisks !== null && known.value.disks.every((disk) => disk.tag === tag);
    if (hasNew) {
      const never = new AbortController().signal;
      const stopped = await this.#target.stop(instance, graceSeconds, never);
      if (!stopped.ok) return stopped;
      const back = await this.#target.rollBack(instance, tag);
      if (!back.ok) return back;
    }
    return this.#target.discard(instance, tag);
  }

  /** The steps from `first` on; the evidence that the instance runs. */
  async #forward(work: Work, first: CutoverStep): Promise<Result<Told>> {
    let evidence: Told = { what: "" };
    for (const step of cutoverSteps.slice(cutoverSteps.indexOf(first))) {
      if (work.signal.aborted) return fail("cancelled", told({ kind: "cutover-stopped" }));
      const entered = this.#apply(work.jobId, { type: "step-started", step }, {}, describe(step, work));
      if (!entered.ok) return entered;
      this.#note(work.jobId, describe(step, work));
      const done = await this.#act(step, work);
      if (!done.ok) return done;
      evidence = done.value ?? evidence;
    }
    return ok(evidence);
  }

  async #act(step: CutoverStep, work: Work): Promise<Result<Told | null>> {
    const { instance, tag, system, signal, jobId } = work;
    const each = async (act: (image: DiskImage) => Promise<Result<void>>): Promise<Result<null>> => {
      for (const image of system.images) {
        const done = await act(image);
        if (!done.ok) return done;
      }
      return ok(null);
    };
    switch (step) {
      case "receive":
        return each(async (image) => {
          const attached = await this.#target.attachTemporaryDisk(instance, tag, image);
          if (!attached.ok) return attached;
          return this.#target.receive(instance, tag, image, signal, (done, total) =>
            this.#listener.onNote(jobId, told({ kind: "filling-disk", disk: image.diskId }), done, total),
          );
        });
      case "snapshot":
        return each((image) => this.#target.snapshot(instance, tag, image.diskId));
      case "image":
        return each((image) => this.#target.makeImage(instance, tag, image.diskId));
      case "stop":
        return asNull(await this.#target.stop(instance, work.graceSeconds, signal));
      case "replace":
        return asNull(
          await this.#target.replaceDisks(
            instance,
            tag,
            system.images.map((image) => image.diskId),
          ),
        );
      case "start":
        return asNull(await this.#target.start(instance, signal));
      case "watch": {
        const watched = await this.#watch(work);
        return watched.ok ? ok(watched.value) : watched;
      }
      default:
        return assertNever(step);
    }
  }

  async #watch({ instance, jobId, timeoutSeconds, signal }: Work): Promise<Result<Told>> {
    // After a crash it may have been stopped meanwhile.
    const started = await this.#target.start(instance, signal);
    if (!started.ok) return started;
    const watched = await this.#target.watch(instance, timeoutSeconds, signal, (note) =>
      this.#listener.onNote(jobId, note, 0, 0),
    );
    if (!watched.ok) return watched;
    this.#store.remember(jobId, { consoleLogPath: watched.value.consoleLogPath });
    return ok(watched.value.evidence);
  }

  #apply(
    jobId: string,
    event: Parameters<CutoverStore["apply"]>[1],
    facts: Partial<CutoverFacts>,
    said: Remark,
  ): Result<CutoverRecord> {
    return this.#store.apply(jobId, event, facts, told(said));
  }

  #noteFailure(jobId: string, { code, message, remedy, said }: Failure): void {
    this.#store.remember(jobId, { lastFailure: { code, message, remedy, said } });
  }

  #note(jobId: string, note: Remark): void {
    this.#listener.onNote(jobId, told(note), 0, 0);
  }
}

const asNull = (result: Result<void>): Result<null> => (result.ok ? ok(null) : result);

/** Unique for each attempt of each job, and good for a file name. */
const tagOf = (jobId: string, attempt: number): string => `${jobId}-${attempt}`;

/** The drill's own instance; its name stays within what names may be. */
export const drillName = (instance: string): string => `${instance.slice(0, 34)}-drill`;

const describe = (step: CutoverStep, { instance, system }: Work): Remark => ({
  kind: "cutover-step",
  step,
  instance,
  disks: system.images.length,
});

function checkFirmware({ system }: CutoverOrder, spec: InstanceSpec): Result<void> {
  if (spec.firmware === system.firmware) return ok();
  return fail(
    "image-constraint",
    told({
      kind: "firmware-other",
      system: system.firmware.toUpperCase(),
      instance: spec.name,
      own: spec.firmware.toUpperCase(),
    }),
    { instance: spec.name, firmware: system.firmware },
    told({ kind: "make-instance-with-firmware", firmware: system.firmware }),
  );
}
