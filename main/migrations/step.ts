import type { z } from "zod";
import type { LogMessage } from "../../common/domain/log-message.ts";
import type { StepName } from "../../common/domain/job.ts";
import type { JobPlan } from "../../common/domain/plan.ts";
import type { JobProgress } from "../../common/domain/progress.ts";
import type { RunKind } from "../../common/domain/run.ts";
import type { Source } from "../../common/domain/source.ts";
import { fail, type Failure, type FailureContext, type Result } from "../../common/result.ts";
import { tellIssue } from "../../common/domain/report-text/tell-issue.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { LedgerEntry, LogEntry } from "../store/job-records.ts";
import type { JobConnections } from "./connections.ts";
import type { MigrationServices } from "./services.ts";

export type StepReport = Pick<JobProgress, "note" | "said" | "done" | "total" | "unit"> & {
  readonly round?: number;
  /** Of a sync alone. */
  readonly sync?: Pick<JobProgress, "bottleneck" | "stages" | "savings">;
};

export interface StepTime {
  readonly step: StepName;
  readonly beganAt: string;
  readonly endedAt: string;
}

/** What a step may touch. It writes nothing but through this. */
export interface StepContext {
  readonly jobId: string;
  readonly jobCreatedAt: string;
  readonly run: { readonly number: number; readonly kind: RunKind };
  /** Outputs of the job's earlier runs, the newest of each step: they may be missing and are not checked yet. */
  readonly earlierOutputs: StepOutputs;
  readonly source: Source;
  readonly plan: JobPlan;
  readonly services: MigrationServices;
  readonly connections: JobConnections;
  readonly signal: AbortSignal;
  /** True while the admin wants the sync to rest; only `sync` looks at it. */
  wantsPause(): boolean;
  report(report: StepReport): void;
  log(level: LogEntry["level"], said: LogMessage, context?: FailureContext): void;
  /** Writes a ledger entry; durable when it returns, so call it before making the resource. */
  planResource(kind: LedgerEntry["kind"], locator: string): void;
  markRemoved(kind: LedgerEntry["kind"], locator: string): void;
  ledger(): readonly LedgerEntry[];
  /** When the steps of this run that are done began and ended, in order. */
  times(): readonly StepTime[];
  /** True where another unfinished job uses the same target folder. */
  targetIsShared(): boolean;
}

/** A failure that the job outlives, into its log. */
export function logFailure(
  { log }: Pick<StepContext, "log">,
  level: LogEntry["level"],
  { code, message, context }: Failure,
): void {
  log(level, { kind: "failed", code, message }, context);
}

/** The outputs of earlier steps, by step name. */
export type StepOutputs = Partial<Record<StepName, unknown>>;

/**
 * One step of a migration. It may be run again after a crash at any point, with whatever it had done so far still
 * done, and must then end in the same state. The runner parses the outputs of the steps it `needs` by their schemas,
 * so a step sees typed inputs and a journal that was tampered with is a failure rather than a surprise.
 */
export interface Step {
  readonly name: StepName;
  readonly needs: readonly StepName[];
  readonly output: z.ZodType;
  run(context: StepContext, outputs: StepOutputs): Promise<Result<unknown>>;
}

type AnyStep = { readonly name: StepName; readonly output: z.ZodType };
type InputsOf<Needs extends readonly AnyStep[]> = {
  [N in Needs[number] as N["name"]]: z.output<N["output"]>;
};

export interface TypedStep<Name extends StepName, Output extends z.ZodType> extends Step {
  readonly name: Name;
  readonly output: Output;
}

/** Declares a step: `needs` are the steps whose outputs it reads. */
export function defineStep<
  Name extends StepName,
  Output extends z.ZodType,
  const Needs extends readonly AnyStep[],
>(declaration: {
  readonly name: Name;
  readonly needs: Needs;
  readonly output: Output;
  run(context: StepContext, inputs: InputsOf<Needs>): Promise<Result<z.output<Output>>>;
}): TypedStep<Name, Output> {
  return {
    name: declaration.name,
    needs: declaration.needs.map((step) => step.name),
    output: declaration.output,
    run(context, outputs) {
      const inputs: Partial<Record<StepName, unknown>> = {};
      for (const { name, output } of declaration.needs) {
        const parsed = output.safeParse(outputs[name]);
        if (!parsed.success) return Promise.resolve(unreadable(name, parsed.error));
        inputs[name] = parsed.data;
      }
      return declaration.run(context, inputs as InputsOf<Needs>);
    },
  };
}

function unreadable(step: StepName, { issues: [issue] }: z.ZodError): Result<never> {
  const field = ["output", ...(issue?.path ?? [])].join(".");
  return fail(
    "state-damaged",
    told({ kind: "journal-of-other-version", step, field, because: tellIssue(issue) }),
    { step, field },
    told({ kind: "restore-or-cancel" }),
  );
}
