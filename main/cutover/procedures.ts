import { resolve } from "node:path";
import type { z } from "zod";
import type { procedures, ProcedureOutput } from "../../common/api/procedures.ts";
import { undoing, type CutoverView } from "../../common/domain/cutover.ts";
import type { Source } from "../../common/domain/source.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { CutoverRecord, CutoverStore } from "../store/cutover-store.ts";
import type { Job, JobStore } from "../store/job-store.ts";
import type { DiskImage, InstanceTarget } from "../targets/contract.ts";
import type { CutoverOrder, CutoverRunner } from "./cutover-runner.ts";
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
  | "cutover.finalise";

type Handlers = {
  readonly [N in Names]: (
    input: z.output<(typeof procedures)[N]["input"]>,
    signal: AbortSignal,
  ) => Promise<Result<ProcedureOutput<N>>>;
};

export interface CutoverProcedureOptions {
  readonly store: CutoverStore;
  readonly jobs: JobStore;
  readonly target: InstanceTarget;
  readonly runner: CutoverRunner;
  /** The job and the source it belongs to. */
  withJob<T>(reference: string, act: (job: Job, source: Source) => Promise<Result<T>>): Promise<Result<T>>;
  /** What a disk image file holds: its format and the size of the disk. */
  inspectImage(path: string, signal: AbortSignal): Promise<Result<Omit<DiskImage, "diskId">>>;
}

/** What the procedures `instance.*` and `cutover.*` do. */
export function createCutoverProcedures(options: CutoverProcedureOptions): Handlers {
  const { store, jobs, target, runner, withJob } = options;

  const view = (job: Job, source: Source, record: CutoverRecord): CutoverView => ({
    job: job.id,
    source: source.name,
    state: record.state,
    undoing: undoing(record.state),
    history: store.history(job.id),
    lastFailure: record.facts.lastFailure,
    consoleLogPath: record.facts.consoleLogPath,
  });
  const viewOf = (job: Job, source: Source, record: Result<CutoverRecord>): Result<CutoverView> =>
    record.ok ? ok(view(job, source, record.value)) : record;

  const carry = (
    input: { job: string; instance: string; timeoutSeconds: number; graceSeconds: number },
    signal: AbortSignal,
    act: (order: CutoverOrder, job: Job) => Promise<Result<CutoverRecord>>,
  ): Promise<Result<CutoverView>> =>
    withJob(input.job, (job, source) =>
      holdingJob(jobs, job.id, signal, async (held) => {
        const system = migratedSystem(job.id, job.plan, jobs.journal(job.id));
        if (!system.ok) return system;
        const { instance, timeoutSeconds, graceSeconds } = input;
        const order = { jobId: job.id, instance, timeoutSeconds, graceSeconds, system: system.value };
        return viewOf(job, source, await act({ ...order, signal: held }, job));
      }),
    );

  return {
    "instance.list": () => target.list(),
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
      const confirmed = confirm(confirmName, instance, `removing ${instance} with all its disks`);
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

    "cutover.show": ({ job }) =>
      withJob(job, (found, source) => Promise.resolve(ok(view(found, source, store.cutover(found.id))))),
    "cutover.drill": (input, signal) => carry(input, signal, (order) => runner.drill(order)),
    "cutover.start": (input, signal) =>
      carry(input, signal, (order, job) => {
        const { name } = store.cutover(job.id).state;
        if (name === "ready" || name === "ready-for-cutover") {
          // Before its last run, what the instance would get is not yet what the source will be.
          if (job.state.name !== "finished") {
            return Promise.resolve(
              fail(
                "cutover-state",
                `the job is ${job.state.name}: its final run is not done`,
                { job: job.id, state: job.state.name },
                "Finish the job first (an incremental one with its final sync), or hold a drill meanwhile.",
              ),
            );
          }
        }
        return runner.start({ ...order, withoutDrill: input.withoutDrill });
      }),
    "cutover.rollback": ({ job, confirmName }, signal) =>
      withJob(job, (found, source) => {
        const undo = undoing(store.cutover(found.id).state);
        const confirmed =
          undo !== null && undo.loses !== null
            ? confirm(confirmName, source.name, `rolling back gives up ${undo.loses}`)
            : ok();
        if (!confirmed.ok) return Promise.resolve(confirmed);
        return holdingJob(jobs, found.id, signal, async () =>
          viewOf(found, source, await runner.rollBack(found.id)),
        );
      }),
    "cutover.finalise": ({ job, confirmName }, signal) =>
      withJob(job, (found, source) => {
        const confirmed = confirm(
          confirmName,
          source.name,
          "finalising gives up the instance's old disks and the way back",
        );
        if (!confirmed.ok) return Promise.resolve(confirmed);
        return holdingJob(jobs, found.id, signal, async () =>
          viewOf(found, source, await runner.finalise(found.id)),
        );
      }),
  };
}

/** True for tags of drills and cutovers; `initial` and the like are the instance's own. */
const isAttempt = (tag: string): boolean => /^[a-z0-9]{8,32}-\d+$/.test(tag);

/** Data is given up only by whoever names what it is about. */
function confirm(given: string | null, wanted: string, what: string): Result<void> {
  if (given === wanted) return ok();
  return fail(
    "confirmation-missing",
    given === null ? `${what}: it has to be confirmed` : `${what}: the name is ${wanted}, not ${given}`,
    { name: wanted },
    `Confirm it with the name: --confirm ${wanted}`,
  );
}
