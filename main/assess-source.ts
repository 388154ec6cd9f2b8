import { join } from "node:path";
import type { Assessment } from "../common/domain/assessment.ts";
import type { Source } from "../common/domain/source.ts";
import { ok, type Result } from "../common/result.ts";
import { assess } from "./compatibility/assess.ts";
import { defaultEstimateOptions } from "./compatibility/estimate.ts";
import { collectLive } from "./inventory/collect-live.ts";
import { measureRates } from "./inventory/measure-rates.ts";
import type { SourceSession } from "./remote/contract.ts";

/** Where the source's way to the intermediate is tried; null: it is not tried. */
export interface IntermediateEndpoint {
  readonly host: string;
  readonly ports: readonly number[];
}

/** Assesses live sources: connects, collects facts, measures what the estimate needs, judges, disconnects. */
export function createSourceAssessment(
  services: { connect(source: Source, signal: AbortSignal): Promise<Result<SourceSession>> },
  options: { readonly resourcesDirectory: string; readonly clock: () => number },
) {
  return async (
    source: Source,
    intermediate: IntermediateEndpoint | null,
    signal: AbortSignal,
  ): Promise<Result<Assessment>> => {
    const session = await services.connect(source, signal);
    if (!session.ok) return session;
    try {
      const collected = await collectLive(session.value, {
        collectorsDirectory: join(options.resourcesDirectory, "collectors"),
        clock: options.clock,
        signal,
        endpoints: (intermediate?.ports ?? []).map((port) => ({ host: intermediate?.host ?? "", port })),
      });
      if (!collected.ok) return collected;
      const { facts } = collected.value;
      const judged = assess(source.name, facts);
      // What measures is a POSIX script; for Windows the estimate's assumptions stand.
      if (session.value.platform === "windows") return ok(judged);
      const disk = judged.disks.find(
        ({ treatment, sizeBytes }) => treatment === "copied" && sizeBytes !== null,
      );
      if (disk === undefined) return ok(judged);
      const sample = await measureRates(
        session.value,
        { path: disk.id, sizeBytes: disk.sizeBytes ?? 0 },
        options.clock,
        signal,
      );
      // An estimate from assumptions is better than no assessment.
      if (!sample.ok || sample.value === null) return ok(judged);
      return ok(
        assess(source.name, facts, { estimate: { ...defaultEstimateOptions, measured: sample.value } }),
      );
    } finally {
      await session.value.close();
    }
  };
}
