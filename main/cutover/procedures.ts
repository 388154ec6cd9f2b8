import { resolve } from "node:path";
import type { z } from "zod";
import type { procedures, ProcedureOutput } from "../../common/api/procedures.ts";
import { undoing, type CutoverState, type CutoverView } from "../../common/domain/cutover.ts";
import { holderOf } from "../../common/domain/instance.ts";
import type { Source } from "../../common/domain/source.ts";
import { assertNever, fail, ok, type Result } from "../../common/result.ts";
import type { Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { CutoverRecord, CutoverStore } from "../store/cutover-store.ts";
import type { Job, JobStore } from "../store/job-store.ts";
import type { DiskImage, InstanceTarget } from "../targets/contract.ts";
import type { CutoverBackground } from "./background.ts";
import type { CutoverOrder, CutoverRunner, StartOrder } from "./cutover-runner.ts";
import { finishRuns, type RunJob } from "./final-sync.ts";
import { holdingJob } from "./hold-job.ts";
import { migratedSystem } from "./job-images.ts";

type Names =
  | "instance.list"
  | "instance.create"
  | "instance.start"
  | "instance.stop"
  | "instance.remove"
  | "instance.clean"
  | "cutover.show"
  | "cutover.drill"
  | "cutover.start"
  | "cutover.rollback"
  | "cutover.finalise"
  | "cutover.begin";

type Handlers = {
  readonly [N in Names]: (
    input: z.output<(typeof procedures)[N]["input"]>,
    signal: AbortSignal,
  ) => Promise<Result<ProcedureOutput<N>>>;
};

type Order = z.output<(typeof procedures)["cutover.drill"]["input"]>;
/** Something that takes time and wants the job to itself. */
type HeldAct = (job: Job, source: Source, signal: AbortSignal) => Promise<Result<CutoverRecord>>;

export interface CutoverProcedureOptions {
  readonly store: CutoverStore;
  readonly jobs: JobStore;
  readonly target: InstanceTarget;
  readonly runner: CutoverRunner;
  readonly background: CutoverBackground;
  /** For the final run of an incremental job, before its cutover. */
  readonly runJob: RunJob;
  onState(jobId: string, state: CutoverState, isHeld: boolean): void;
  /** The job and the source it belongs to. */
  withJob<T>(reference: string, act: (job: Job, source: Source) => Promise<Result<T>>): Promise<Result<T>>;
  /** What a disk image file holds: its format and the size of the disk. */
  inspectImage(path: string, signal: AbortSignal): Promise<Result<Omit<DiskImage, "diskId">>>;
}

/** What the procedures `instance.*` and `cutover.*` do. */
export function createCutoverProcedures(options: CutoverProcedureOptions): Handlers {
  const { store, jobs, target, runner, withJob } = options;

  const tell = (jobId: string) =>
    options.onState(jobId, store.cutover(jobId).state, jobs.leases.isHeld(jobId));
  store.subscribe(tell);

  const view = (job: Job, source: Source): CutoverView => {
    const { state, facts } = store.cutover(job.id);
    const system = migratedSystem(job.id, job.plan, jobs.records.journal(job.id));
    return {
      job: job.id,
      source: source.name,
      firmware: system.ok ? system.value.firmware : null,
      copiedAt: system.ok ? system.value.copiedAt : null,
      state,
      isHeld: jobs.leases.isHeld(job.id),
      undoing: undoing(state),
      history: store.history(job.id),
      lastFailure: facts.lastFailure,
      consoleLogPath: facts.consoleLogPath,
    };
  };
  const hold: (act: HeldAct) => HeldAct = (act) => async (job, source, signal) => {
    let isMine = false;
    const done = await holdingJob(jobs, job.id, signal, (held) => {
      isMine = true;
      tell(job.id);
      return act(job, source, held);
    });
    if (isMine) tell(job.id);
    return done;
  };
  const waitFor = (reference: string, signal: AbortSignal, act: HeldAct): Promise<Result<CutoverView>> =>
    withJob(reference, async (job, source) => {
      const done = await act(job, source, signal);
      return done.ok ? ok(view(job, source)) : done;
    });

  const orderOf = (input: Order, job: Job, signal: AbortSignal): Result<CutoverOrder> => {
    const system = migratedSystem(job.id, job.plan, jobs.records.journal(job.id));
    if (!system.ok) return system;
    const { instance, timeoutSeconds, graceSeconds } = input;
    return ok({ jobId: job.id, instance, timeoutSeconds, graceSeconds, system: system.value, signal });
  };
  const carry = (input: Order, act: (order: CutoverOrder) => Promise<Result<CutoverRecord>>) =>
    hold((job, _source, signal) => {
      const order = orderOf(input, job, signal);
      return order.ok ? act(order.value) : Promise.resolve(order);
    });
  const drill = (input: Order): HeldAct => carry(input, (order) => runner.drill(order));
  const start =
    (input: Order & { readonly withoutDrill: boolean; readonly withLastCopy: boolean }): HeldAct =>
    async (job, source, signal) => {
      const { withoutDrill } = input;
      // A source that is gone must not keep its proved copy from being used.
      const isOlder = input.withLastCopy && (job.state.name === "in-error" || job.state.name === "stopped");
      const startOrder = (order: CutoverOrder): StartOrder => ({ ...order, withoutDrill, isOlder });
      const goOn = carry(input, (order) => runner.start(startOrder(order)));
      const { name } = store.cutover(job.id).state;
      const isNew = name === "ready" || name === "ready-for-cutover";
      if (!isNew || isOlder || job.state.name === "finished") return goOn(job, source, signal);
      // The schedule ends with the final run: what can be refused is refused before it.
      const order = orderOf(input, job, signal);
      const allowed = order.ok ? await runner.checkStart(startOrder(order.value)) : order;
      if (!allowed.ok) return allowed;
      const finished = await finishRuns(jobs, job, source, options.runJob, signal);
      return finished.ok ? goOn(finished.value, source, signal) : finished;
    };
  const rollback = (confirmName: string | null): HeldAct =>
    hold((job, source) => {
      const loses = undoing(store.cutover(job.id).state)?.loses ?? null;
      const confirmed =
        loses === null ? ok() : confirm(confirmName, source.name, told({ kind: "gives-up-written" }));
      return confirmed.ok ? runner.rollBack(job.id) : Promise.resolve(confirmed);
    });
  const finalise = (confirmName: string | null): HeldAct =>
    hold((job, source) => {
      const what = told({ kind: "gives-up-old-disks" });
      const confirmed = confirm(confirmName, source.name, what);
      return confirmed.ok ? runner.finalise(job.id) : Promise.resolve(confirmed);
    });
  const actOf = (input: z.output<(typeof procedures)["cutover.begin"]["input"]>): HeldAct => {
    switch (input.act) {
      case "drill":
        return drill(input);
      case "start":
        return start(input);
      case "rollback":
        return rollback(input.confirmName);
      case "finalise":
        return finalise(input.confirmName);
      default:
        return assertNever(input);
    }
  };

  return {
    "instance.list": async () => {
      const listed = await target.list();
      if (!listed.ok) return listed;
      const cutovers = jobs.list().map(({ id }) => ({ job: id, state: store.cutover(id).state }));
      return ok(listed.value.map((each) => ({ ...each, heldBy: holderOf(each.spec.name, cutovers) })));
    },
    "instance.create": async ({ diskPaths, ...spec }, signal) => {
      const disks: DiskImage[] = [];
      for (const [diskId, path] of diskPaths.entries()) {
        const image = await options.inspectImage(resolve(path), signal);
        if (!image.ok) return image;
        disks.push({ diskId, ...image.value });
      }
      return target.provision(spec, disks, signal);
    },
    "instance.start": async ({ instance }, signal) => {
      const started = await target.start(instance, signal);
      return started.ok ? target.find(instance) : started;
    },
    "instance.stop": async ({ instance, graceSeconds }, signal) => {
      const stopped = await target.stop(instance, graceSeconds, signal);
      return stopped.ok ? target.find(instance) : stopped;
    },
    "instance.remove": async ({ instance, confirmName }) => {
      const found = await target.find(instance);
      if (!found.ok) return found;
      const confirmed = confirm(confirmName, instance, told({ kind: "gives-up-instance", instance }));
      if (!confirmed.ok) return confirmed;
      const removed = await target.remove(instance);
      return removed.ok ? ok(null) : removed;
    },

    "instance.clean": async ({ instance }) => {
      // What a drill or cutover that is under way has made is its own to finish or take back.
      const busy = jobs.list().flatMap(({ id }) => {
        const { state, facts } = store.cutover(id);
        const isBusy = ["testing", "cutover-in-progress", "cut-over"].includes(state.name);
        return isBusy ? [`${id}-${facts.attempt}`] : [];
      });
      const isKnown = store.instance(instance).ok;
      if (!isKnown) {
        const removed = await target.remove(instance);
        return removed.ok ? ok(null) : removed;
      }
      const tags = new Set(store.files(instance).map(({ tag }) => tag));
      for (const tag of [...tags].filter((each) => isAttempt(each) && !busy.includes(each))) {
        const discarded = await target.discard(instance, tag);
        if (!discarded.ok) return discarded;
      }
      return ok(null);
    },

    "cutover.show": ({ job }) => withJob(job, (found, source) => Promise.resolve(ok(view(found, source)))),
    "cutover.drill": (input, signal) => waitFor(input.job, signal, drill(input)),
    "cutover.start": (input, signal) => waitFor(input.job, signal, start(input)),
    "cutover.rollback": ({ job, confirmName }, signal) => waitFor(job, signal, rollback(confirmName)),
    "cutover.finalise": ({ job, confirmName }, signal) => waitFor(job, signal, finalise(confirmName)),
    "cutover.begin": (input) =>
      withJob(input.job, async (job, source) => {
        const act = actOf(input);
        const over = await options.background.begin(job.id, (signal) => act(job, source, signal));
        return over === null || over.ok ? ok(view(job, source)) : over;
      }),
  };
}

/** True for tags of drills and cutovers; `initial` and the like are the instance's own. */
const isAttempt = (tag: string): boolean => /^[a-z0-9]{8,32}-\d+$/.test(tag);

/** Data is given up only by whoever names what it is about. */
function confirm(given: string | null, wanted: string, what: Told): Result<void> {
  if (given === wanted) return ok();
  return fail(
    "confirmation-missing",
    given === null
      ? told({ kind: "has-to-be-confirmed", what })
      : told({ kind: "other-name-given", what, wanted, given }),
    { name: wanted },
    told({ kind: "confirm-with-name", name: wanted }),
  );
}
