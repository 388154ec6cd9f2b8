import type { Remark } from "../../common/domain/remark.ts";
import { noted } from "../../common/domain/report-text/told.ts";
import type { Result } from "../../common/result.ts";
import { ok } from "../../common/result.ts";
import { endLeftMoment } from "./consistency/moment.ts";
import type { LedgerEntry } from "../store/job-records.ts";
import type { StepContext } from "./step.ts";

/**
 * Removes what the job's ledger lists, and nothing else. The replica and the images are the job's result: they go
 * only when `includingResults` (a cancelled job). What cannot be removed now does not keep the rest from going; it
 * stays in the ledger and the first failure is returned.
 */
export async function removeResources(
  context: StepContext,
  includingResults: boolean,
): Promise<Result<void>> {
  const standing = context.ledger().filter((entry) => entry.state === "planned");
  let outcome: Result<void> = ok();

  for (const [done, entry] of standing.entries()) {
    const isResult = entry.kind === "intermediate-job" || entry.kind === "receipt";
    if (entry.kind === "intermediate-daemon" || (isResult && !includingResults)) continue;
    context.report({ ...noted(removals[entry.kind]), done, total: standing.length, unit: "steps" });
    const removed = await removeResource(context, entry, includingResults);
    if (removed.ok) {
      // Its results stay, and so does what leads to them.
      if (entry.kind === "delivery" && !includingResults) continue;
      context.markRemoved(entry.kind, entry.locator);
    } else {
      const { code, message } = removed.failure;
      context.log("warning", { kind: "clean-up-failed", thing: entry.kind, code, message });
      if (outcome.ok) outcome = removed;
    }
  }

  // Last, because removing a job needs it; and only where no other job does.
  const daemon = standing.find((entry) => entry.kind === "intermediate-daemon");
  if (daemon !== undefined && outcome.ok && !context.targetIsShared()) {
    const released = await context.services
      .targetFor(context.plan.target)
      .releaseIntermediate(context.plan.target);
    if (!released.ok) return released;
    context.markRemoved(daemon.kind, daemon.locator);
  }
  return outcome;
}

const removals = {
  "agent-directory": { kind: "removing-agent" },
  "intermediate-job": { kind: "removing-replica" },
  receipt: { kind: "removing-receipt" },
  delivery: { kind: "removing-from-cloud" },
  "consistent-moment": { kind: "releasing-source" },
} as const satisfies Record<string, Remark>;

async function removeResource(
  context: StepContext,
  entry: LedgerEntry,
  includingResults: boolean,
): Promise<Result<void>> {
  if (entry.kind === "delivery") {
    const { target } = context.plan;
    const { delivery } = context.services.targetFor(target);
    // A removal is no part of what was stopped.
    const { signal } = new AbortController();
    return delivery === null ? ok() : delivery.clear(target, entry.locator, includingResults, signal);
  }
  if (entry.kind === "agent-directory") {
    return context.connections.withSession(context.signal, (session) =>
      context.services.agents.remove(session, entry.locator),
    );
  }
  if (entry.kind === "consistent-moment") {
    return context.connections.withSession(context.signal, (session) =>
      session.platform === "windows" ? Promise.resolve(ok()) : endLeftMoment(session, entry.locator),
    );
  }
  if (entry.kind === "receipt") return context.services.receipts.discard(entry.locator);
  const access = await context.connections.intermediate(context.signal);
  if (!access.ok) return access;
  const removed = await access.value.client.removeJob(entry.locator, false);
  return !removed.ok && removed.failure.code === "not-found" ? ok() : removed;
}
