import { isQueued, isResumable } from "../common/domain/job.ts";
import { conversionPlanSchema } from "../common/domain/conversion.ts";
import { withoutPins, type Source } from "../common/domain/source.ts";
import type {
  Diagnosis,
  JobView,
  procedures,
  ProcedureName,
  ProcedureOutput,
} from "../common/api/procedures.ts";
import type { z } from "zod";
import { fail, ok, type Result } from "../common/result.ts";
import { told } from "../common/domain/report-text/told.ts";
import type { DeskProcedureName } from "./desk/desk.ts";
import { isOwnerNeeded } from "./cloud-instance-registrar.ts";
import type { createCloudProcedures } from "./cloud-procedures.ts";
import { checkEntries } from "./sources/source-entries.ts";
import type { createSourceAssessment } from "./assess-source.ts";
import { createCutoverProcedures, type CutoverProcedureOptions } from "./cutover/procedures.ts";
import { diagnoseWindows, type WindowsDoctorServices } from "./doctor/windows.ts";
import { findOrphans } from "./doctor/orphans.ts";
import type { JobQueue } from "./migrations/job-queue.ts";
import type { Scheduler } from "./migrations/scheduler.ts";
import { createInsightProcedures } from "./job-insights.ts";
import { changePorts } from "./change-ports.ts";
import { localTargetOf, planOf, type PlanDefaults } from "./plan-job.ts";
import { defaultExcludes, measureSavings, proposeLayout } from "./plan-layout.ts";
import { runViews } from "./run-views.ts";
import type { MigrationRunner } from "./migrations/runner.ts";
import type { MigrationServices } from "./migrations/services.ts";
import { listSnapshots, restoreSnapshot } from "./snapshots.ts";
import type { createReceiptProcedures } from "./receipts/procedures.ts";
import { tuneJob } from "./tune-job.ts";
import { testConnection } from "./remote/test-connection.ts";
import type { RequestKind } from "./store/job-leases.ts";
import type { Job, JobStore } from "./store/job-store.ts";
import type { SourceStore } from "./store/source-store.ts";
import type { CloudSurroundings } from "./targets/alibaba-cloud/cloud-things.ts";

/** A handler gets its input already validated. A procedure without a handler does not compile. */
export type ProcedureHandlers = {
  readonly [N in ProcedureName]: (
    input: z.output<(typeof procedures)[N]["input"]>,
    signal: AbortSignal,
  ) => Promise<Result<ProcedureOutput<N>>>;
};

export interface ProcedureDependencies {
  readonly sources: SourceStore;
  readonly jobs: JobStore;
  readonly runner: MigrationRunner;
  readonly queue: JobQueue;
  readonly scheduler: Scheduler;
  readonly services: MigrationServices;
  readonly cloud: ReturnType<typeof createCloudProcedures>;
  readonly cloudSurroundings: CloudSurroundings;
  readonly assessSource: ReturnType<typeof createSourceAssessment>;
  /** Folder that holds a folder for each instance. */
  readonly instancesDirectory: string;
  readonly cutover: Omit<CutoverProcedureOptions, "jobs" | "withJob" | "runJob">;
  readonly receipts: ReturnType<typeof createReceiptProcedures>;
  /** Removes what is left of a source that was removed: its secrets, its assessments. */
  forgetSource(source: Source): Promise<void>;
  readonly collect: WindowsDoctorServices["collect"];
  bundlePublicKey(): Promise<Result<string>>;
  planDefaults(): PlanDefaults;
  /** What the machine of the engine can and cannot do. */
  diagnose(signal: AbortSignal): Promise<Result<Diagnosis[]>>;
  readonly newId: () => string;
  readonly clock: () => number;
}

/** What the desk (main/desk) does not answer. */
export type CoreHandlers = Omit<ProcedureHandlers, DeskProcedureName>;

export function createProcedures(dependencies: ProcedureDependencies): CoreHandlers {
  const { sources, jobs, runner, queue, services } = dependencies;

  const view = (job: Job): JobView => {
    const source = sources.find(job.sourceId);
    const outputs = jobs.records.outputs(job.id, job.run.number);
    return {
      id: job.id,
      sourceId: job.sourceId,
      sourceName: source.ok ? source.value.name : job.sourceId,
      state: job.state,
      plan: job.plan,
      progress: job.progress,
      isHeld: jobs.leases.isHeld(job.id),
      createdAt: job.createdAt,
      updatedAt: job.updatedAt,
      run: job.run,
      hasImages: "image" in outputs,
      outputs,
    };
  };
  const viewOf = (job: Result<Job>): Result<JobView> => (job.ok ? ok(view(job.value)) : job);

  const withJob = async <T>(
    reference: string,
    act: (job: Job, source: Source) => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    const job = jobs.find(reference);
    if (!job.ok) return job;
    const source = sources.find(job.value.sourceId);
    return source.ok ? act(job.value, source.value) : source;
  };

  /** Passes a wish on to whichever process runs the job. */
  const askHolder = (kind: RequestKind) => (input: { job: string }) =>
    withJob(input.job, (job) => {
      if (!jobs.leases.isHeld(job.id)) {
        return Promise.resolve(
          fail(
            "job-state",
            told({ kind: "job-not-run", state: job.state.name }),
            { job: job.id },
            told({ kind: "start-by-resuming" }),
          ),
        );
      }
      if (kind === "pause" && (job.state.name !== "running" || job.state.step !== "sync")) {
        return Promise.resolve(fail("job-state", told({ kind: "only-sync-pauses" }), { job: job.id }));
      }
      jobs.leases.request(job.id, kind);
      return Promise.resolve(viewOf(jobs.find(job.id)));
    });

  return {
    ...dependencies.cloud,
    "source.add": (input) => {
      const checked = checkEntries(input.address);
      if (!checked.ok) return Promise.resolve(checked);
      const addedAt = new Date(dependencies.clock()).toISOString();
      return Promise.resolve(sources.add({ ...input, id: dependencies.newId(), addedAt }));
    },
    "source.list": () => Promise.resolve(ok(sources.list())),
    "source.remove": async (input) => {
      const source = sources.find(input.source);
      if (!source.ok) return source;
      const removed = sources.remove(source.value.id);
      if (!removed.ok) return removed;
      await dependencies.forgetSource(source.value);
      return ok(null);
    },
    "source.test": async (input, signal) => {
      const source = sources.find(input.source);
      return source.ok ? testConnection(services, source.value, signal) : source;
    },
    "source.assess": async (input, signal) => {
      const source = sources.find(input.source);
      return source.ok ? dependencies.assessSource(source.value, input.intermediate, signal) : source;
    },
    "layout.propose": async (input, signal) => {
      const source = sources.find(input.source);
      return source.ok ? proposeLayout(services, source.value, input, signal) : source;
    },
    "layout.savings": async (input, signal) => {
      const source = sources.find(input.source);
      return source.ok ? measureSavings(services, source.value, input, signal) : source;
    },
    "layout.default-excludes": () => defaultExcludes(services.excludesDirectory),
    "bundle.public-key": () => dependencies.bundlePublicKey(),
    "source.forget-host-key": (input) => {
      const source = sources.find(input.source);
      if (!source.ok) return Promise.resolve(source);
      const forgotten: Source = { ...source.value, address: withoutPins(source.value.address) };
      sources.update(forgotten);
      return Promise.resolve(ok(forgotten));
    },

    "job.create": (input) => {
      const source = sources.find(input.source);
      if (!source.ok) return Promise.resolve(source);
      const plan = planOf(input.choices, dependencies.planDefaults(), sources);
      if (!plan.ok) return Promise.resolve(plan);
      return Promise.resolve(viewOf(jobs.create(dependencies.newId(), source.value.id, plan.value)));
    },
    "job.run": (input, signal) =>
      withJob(input.job, async (job, source) => {
        if (!isResumable(job.state)) {
          return fail("job-state", told({ kind: "job-is", state: job.state.name }), { job: job.id });
        }
        return viewOf(await queue.run(job.id, source, signal));
      }),
    "job.start": (input) =>
      withJob(input.job, (job, source) => {
        const { id, state } = job;
        if (!isResumable(state)) {
          return Promise.resolve(fail("job-state", told({ kind: "job-is", state: state.name }), { job: id }));
        }
        if (jobs.leases.isHeld(id) && !queue.isStarted(id)) {
          return Promise.resolve(
            fail("job-held-elsewhere", told({ kind: "other-process-runs" }), { job: id }),
          );
        }
        if (job.run.endedAt !== null) {
          return Promise.resolve(
            fail(
              "job-state",
              told({ kind: "run-complete" }),
              { job: id },
              told({ kind: "start-another-run" }),
            ),
          );
        }
        queue.start(id, source);
        return Promise.resolve(viewOf(jobs.find(id)));
      }),
    "job.sync": (input) =>
      withJob(input.job, (job, source) => {
        const planned = jobs.planRun(job.id, input.kind, "admin");
        if (planned.ok && input.start) queue.start(job.id, source);
        return Promise.resolve(viewOf(planned));
      }),
    "job.tune": (input) =>
      withJob(input.job, (job) => Promise.resolve(viewOf(tuneJob(jobs, job, input, dependencies.clock())))),
    "job.run-due": () => {
      const started = dependencies.scheduler.runDue();
      return Promise.resolve(
        ok(started.map((job) => jobs.find(job.id)).flatMap((job) => (job.ok ? [view(job.value)] : []))),
      );
    },
    ...createInsightProcedures(jobs, services),
    "job.runs": (input) => {
      const job = jobs.find(input.job);
      return Promise.resolve(
        job.ok ? ok(runViews(jobs.runs(job.value.id), jobs.records.journal(job.value.id))) : job,
      );
    },
    "job.list": () => Promise.resolve(ok(jobs.list().map(view))),
    "job.rows": () => Promise.resolve(ok(jobs.rows())),
    "job.show": (input) => Promise.resolve(viewOf(jobs.find(input.job))),
    "job.pause": askHolder("pause"),
    "job.unpause": askHolder("unpause"),
    "job.stop": (input) =>
      withJob(input.job, (job) =>
        isQueued(job.state) && !jobs.leases.isHeld(job.id)
          ? Promise.resolve(viewOf(jobs.leaveQueue(job.id)))
          : askHolder("stop")(input),
      ),
    "job.cancel": (input, signal) =>
      withJob(input.job, async (job, source) => {
        const { name } = dependencies.cutover.store.cutover(job.id).state;
        if (name === "testing" || name === "cutover-in-progress" || name === "cut-over") {
          return fail(
            "cutover-state",
            told({ kind: "instance-has-system", state: name }),
            { job: job.id, state: name },
            told({ kind: "end-cutover-first" }),
          );
        }
        if (jobs.leases.isHeld(job.id)) {
          jobs.leases.request(job.id, "cancel");
          return waitUntilGone(jobs, services, job.id, signal);
        }
        const cancelled = await runner.cancel(job.id, source, signal);
        return cancelled.ok ? ok(null) : cancelled;
      }),
    "job.logs": (input) => {
      const job = jobs.find(input.job);
      if (!job.ok) return Promise.resolve(job);
      const entries = jobs.records.logs(job.value.id, input.afterSeq);
      return Promise.resolve(ok(entries.map((entry) => ({ ...entry, context: { ...entry.context } }))));
    },
    "job.replan": (input) =>
      withJob(input.job, async (job) => {
        if (jobs.leases.isHeld(job.id))
          return fail("job-held-elsewhere", told({ kind: "job-runs" }), { job: job.id });
        const changed = await changePorts(jobs, services, job, input);
        if (!changed.ok) return changed;
        const now = jobs.find(job.id);
        if (!now.ok) return now;
        const { plan } = now.value;
        jobs.updatePlan(job.id, {
          ...plan,
          imageFormats: input.imageFormats ?? plan.imageFormats,
          continueOnReadError: input.continueOnReadError ?? plan.continueOnReadError,
          acceptedFindings: input.acceptedFindings ?? plan.acceptedFindings,
          bootCheck: { ...plan.bootCheck, enabled: input.bootCheck ?? plan.bootCheck.enabled },
          conversion: conversionPlanSchema.parse({ ...plan.conversion, ...input.conversion }),
        });
        return viewOf(jobs.find(job.id));
      }),
    "target.ports": async (input) =>
      ok(await services.lookAtPorts(localTargetOf(input, dependencies.planDefaults()))),

    ...createCutoverProcedures({
      ...dependencies.cutover,
      jobs,
      withJob,
      runJob: (job, source, signal) => queue.run(job, source, signal),
    }),
    "doctor.orphans": async (_input, signal) =>
      ok(
        await findOrphans({
          jobs,
          cutovers: dependencies.cutover.store,
          instancesDirectory: dependencies.instancesDirectory,
          cloud: dependencies.cloudSurroundings,
          isOwnerNeeded: (owner) => isOwnerNeeded(owner, jobs, dependencies.cutover.store),
          signal,
          sourceName: (job) => {
            const source = sources.find(job.sourceId);
            return source.ok ? source.value.name : job.sourceId;
          },
        }),
      ),
    "snapshot.list": ({ job }, signal) => withJob(job, (found) => listSnapshots(services, found, signal)),
    "snapshot.restore": ({ job, ...input }, signal) =>
      withJob(job, (found) => restoreSnapshot(services, found, input, signal)),
    "receipt.show": async ({ job: reference, ...input }, signal) => {
      const job = jobs.find(reference);
      return job.ok ? dependencies.receipts.show(job.value.id, input, signal) : job;
    },
    "receipt.verify": (input, signal) => dependencies.receipts.verify(input, signal),

    "doctor.windows": async (input, signal) => {
      const source = sources.find(input.source);
      if (!source.ok) return source;
      const { collect } = dependencies;
      return diagnoseWindows({ ...services, collect }, source.value, input.intermediate, signal);
    },
    doctor: (_input, signal) => dependencies.diagnose(signal),
  };
}

/** Follows a cancellation that another process carries out. */
async function waitUntilGone(
  jobs: JobStore,
  services: MigrationServices,
  jobId: string,
  signal: AbortSignal,
): Promise<Result<null>> {
  while (!signal.aborted) {
    const job = jobs.find(jobId);
    if (!job.ok) return ok(null);
    if (!jobs.leases.isHeld(jobId)) {
      return fail(
        "intermediate-failed",
        told({ kind: "job-not-all-removed" }),
        { job: jobId },
        told({ kind: "cancel-again" }),
      );
    }
    await services.sleep(300, signal);
  }
  return fail("cancelled", told({ kind: "cancellation-goes-on" }));
}
