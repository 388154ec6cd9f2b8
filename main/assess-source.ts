import { join } from "node:path";
import type { Assessment } from "../common/domain/assessment.ts";
import type { Source } from "../common/domain/source.ts";
import { ok, type Result } from "../common/result.ts";
import { assess } from "./compatibility/assess.ts";
import { collectLive } from "./inventory/collect-live.ts";
import type { RemoteSession } from "./remote/contract.ts";

/** Assesses live sources: connects, collects facts, judges them, disconnects. */
export function createSourceAssessment(
  services: { connect(source: Source, signal: AbortSignal): Promise<Result<RemoteSession>> },
  options: { readonly resourcesDirectory: string; readonly clock: () => number },
) {
  return async (source: Source, signal: AbortSignal): Promise<Result<Assessment>> => {
    const session = await services.connect(source, signal);
    if (!session.ok) return session;
    try {
      const collected = await collectLive(session.value, {
        collectorsDirectory: join(options.resourcesDirectory, "collectors"),
        clock: options.clock,
        signal,
      });
      return collected.ok ? ok(assess(source.name, collected.value.facts)) : collected;
    } finally {
      await session.value.close();
    }
  };
}
