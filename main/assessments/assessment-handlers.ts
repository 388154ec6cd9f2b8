import { join } from "node:path";
import type {
  assessmentProcedures,
  AssessmentSummary,
  StoredAssessment,
} from "../../common/api/assessment-procedures.ts";
import type { AssistantEvent } from "../../common/api/procedures.ts";
import type { Assessment } from "../../common/domain/assessment.ts";
import type { Source } from "../../common/domain/source.ts";
import { ok, type Result } from "../../common/result.ts";
import type { IntermediateEndpoint } from "../assess-source.ts";
import { defaultEstimateOptions } from "../compatibility/estimate.ts";
import { targetLimits } from "../compatibility/target-limits.ts";
import { bundlePrivateKey } from "../inventory/bundle-key.ts";
import { isSealed, openSealedBundle } from "../inventory/bundle-seal.ts";
import type { ProcedureHandlers } from "../procedures.ts";
import { assessBytes } from "../reports/assess-bytes.ts";
import { stemOf } from "../reports/fleet-csv.ts";
import type { CredentialVault } from "../settings/vault.ts";
import type { SourceStore } from "../store/source-store.ts";
import type { AssessmentStore } from "./assessment-store.ts";
import type { BackgroundAssessments } from "./background-assessments.ts";
import { listCollectors, readCollector } from "./collectors.ts";
import { exportReport } from "./export-report.ts";
import { summarise } from "./summarise.ts";

export interface AssessmentHandlerDependencies {
  readonly sources: SourceStore;
  readonly assessments: AssessmentStore;
  readonly background: BackgroundAssessments;
  readonly vault: CredentialVault;
  readonly resourcesDirectory: string;
  /** How many assessments of a source are kept. */
  mostKept(): number;
  emit(event: AssistantEvent): void;
  readonly newId: () => string;
  readonly clock: () => number;
}

/** Keeps an assessment and tells about it. */
export function createKeeper(
  dependencies: Pick<AssessmentHandlerDependencies, "assessments" | "mostKept" | "emit" | "newId" | "clock">,
) {
  return (
    assessment: Assessment,
    about: Pick<AssessmentSummary, "sourceId" | "name" | "origin">,
  ): AssessmentSummary => {
    const summary = summarise(assessment, {
      ...about,
      id: dependencies.newId(),
      assessedAt: new Date(dependencies.clock()).toISOString(),
    });
    dependencies.assessments.add(summary, assessment, dependencies.mostKept());
    dependencies.emit({ type: "assessment-stored", summary });
    return summary;
  };
}

/** Assesses a live source and keeps the result. */
export function keepingAssessment(
  assess: (
    source: Source,
    intermediate: IntermediateEndpoint | null,
    signal: AbortSignal,
  ) => Promise<Result<Assessment>>,
  keep: ReturnType<typeof createKeeper>,
) {
  return async (
    source: Source,
    intermediate: IntermediateEndpoint | null,
    signal: AbortSignal,
  ): Promise<Result<Assessment>> => {
    const assessed = await assess(source, intermediate, signal);
    // One that came in spite of being stopped: the source may be gone, with all that was kept of it.
    if (assessed.ok && !signal.aborted)
      keep(assessed.value, { sourceId: source.id, name: source.name, origin: "live" });
    return assessed;
  };
}

export function createAssessmentHandlers(
  dependencies: AssessmentHandlerDependencies,
): Pick<ProcedureHandlers, keyof typeof assessmentProcedures> {
  const { sources, assessments, background, vault, emit } = dependencies;
  const keep = createKeeper(dependencies);
  const collectorsDirectory = join(dependencies.resourcesDirectory, "collectors");

  /** The name of a registered source is its present one, whatever it was called when it was assessed. */
  const renamed = <T extends AssessmentSummary>(summary: T): T => {
    const source = summary.sourceId === null ? null : sources.find(summary.sourceId);
    return source?.ok ? { ...summary, name: source.value.name } : summary;
  };

  const load = (reference: string): Result<StoredAssessment> => {
    const source = sources.find(reference);
    const stored = source.ok ? assessments.latestOf(source.value.id) : assessments.find(reference);
    return stored.ok ? ok(renamed(stored.value)) : stored;
  };

  return {
    "assessment.start": (input) => {
      const chosen: Source[] = [];
      for (const name of input.sources) {
        const source = sources.find(name);
        if (!source.ok) return Promise.resolve(source);
        chosen.push(source.value);
      }
      background.start(chosen, input.intermediate);
      const ids = new Set(chosen.map(({ id }) => id));
      return Promise.resolve(ok(background.runs().filter(({ sourceId }) => ids.has(sourceId))));
    },
    "assessment.stop": (input) => {
      const ids = input.sources.map((name) => {
        const source = sources.find(name);
        return source.ok ? source.value.id : name;
      });
      background.stop(ids.length === 0 ? null : new Set(ids));
      return Promise.resolve(ok(null));
    },
    "assessment.runs": () => Promise.resolve(ok(background.runs())),
    "assessment.list": () => Promise.resolve(ok(assessments.latest().map(renamed))),
    "assessment.latest": (input) => {
      const source = sources.find(input.source);
      if (!source.ok) return Promise.resolve(source);
      return Promise.resolve(load(source.value.id));
    },
    "assessment.show": (input) => {
      const stored = assessments.find(input.id);
      return Promise.resolve(stored.ok ? ok(renamed(stored.value)) : stored);
    },
    "assessment.remove": (input) => {
      assessments.remove(input.id);
      emit({ type: "assessment-removed", id: input.id });
      return Promise.resolve(ok(null));
    },

    "bundle.import": async (input) => {
      const given = input.source === null ? null : sources.find(input.source);
      if (given !== null && !given.ok) return given;
      let bytes: Uint8Array = Buffer.from(input.text, input.encoding);
      if (isSealed(bytes)) {
        const key = await bundlePrivateKey(vault);
        if (!key.ok) return key;
        const opened = openSealedBundle(bytes, key.value, input.name);
        if (!opened.ok) return opened;
        bytes = opened.value;
      }
      const { assessed, host } = assessBytes({
        id: stemOf(input.name),
        input: input.name,
        bytes,
        choices: { target: targetLimits.local, estimate: defaultEstimateOptions },
      });
      if (assessed.kind === "failed") return { ok: false, failure: assessed.failure };
      const name = host?.name ?? stemOf(input.name);
      const source = given ?? sources.find(name);
      return ok(
        keep(assessed.assessment, {
          sourceId: source.ok ? source.value.id : null,
          name: source.ok ? source.value.name : name,
          origin: "bundle",
        }),
      );
    },

    "report.export": (input, signal) => {
      const chosen =
        input.sources.length + input.assessments.length > 0
          ? [...input.sources, ...input.assessments]
          : assessments.latest().map(({ id }) => id);
      for (const name of input.sources) {
        const source = sources.find(name);
        if (!source.ok) return Promise.resolve(source);
      }
      if (chosen.length === 1) {
        // A report about one source alone says why there is none, instead of being a page with an error on it.
        const only = load(chosen[0] ?? "");
        if (!only.ok) return Promise.resolve(only);
      }
      return exportReport(chosen, load, {
        format: input.format,
        language: input.language,
        timeZone: input.timeZone,
        now: dependencies.clock(),
        parallelJobs: 5,
        signal,
      });
    },
    "collector.list": async () => ok(await listCollectors(collectorsDirectory)),
    "collector.get": (input) => readCollector(collectorsDirectory, input.id),
  };
}
