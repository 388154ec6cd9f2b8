import { arch, cpus, release, totalmem, type } from "node:os";
import type { Diagnosis } from "../../common/api/procedures.ts";
import type { ExportedFile } from "../../common/api/assessment-procedures.ts";
import type { Settings } from "../../common/api/desk-procedures.ts";
import type { JobPlan } from "../../common/domain/plan.ts";
import type { Hook } from "../../common/domain/run.ts";
import { pinOf, type Source } from "../../common/domain/source.ts";
import type { JobStore } from "../store/job-store.ts";
import { createScrubber, scrubValue } from "./scrub.ts";

const newestJobs = 50;
const logLinesOfJob = 500;

export interface DiagnosticsParts {
  readonly version: string;
  readonly settings: Settings;
  readonly checks: readonly Diagnosis[];
  readonly sources: readonly Source[];
  readonly jobs: JobStore;
  /** The texts of all secrets that the assistant knows. */
  readonly secrets: readonly string[];
  readonly now: number;
}

/** Everything that helps to find a defect, as one JSON file that may leave the house. */
export function diagnosticsBundle(parts: DiagnosticsParts): ExportedFile {
  const { jobs } = parts;
  const newest = jobs
    .list()
    .toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1))
    .slice(0, newestJobs);
  const content = {
    format: 1,
    madeAt: new Date(parts.now).toISOString(),
    version: parts.version,
    machine: {
      system: `${type()} ${release()}`,
      architecture: arch(),
      processors: cpus().length,
      memoryBytes: totalmem(),
      node: process.version,
      electron: process.versions["electron"] ?? null,
    },
    settings: parts.settings,
    checks: parts.checks,
    sources: parts.sources.map(describeSource),
    jobs: newest.map((job) => ({
      ...job,
      plan: withoutHookCommands(job.plan),
      held: jobs.leases.isHeld(job.id),
      journal: jobs.records.journal(job.id),
      ledger: jobs.records.ledger(job.id),
      log: jobs.records.logs(job.id, 0).slice(-logLinesOfJob),
    })),
  };
  return {
    fileName: `sma-diagnostics-${new Date(parts.now).toISOString().slice(0, 19).replaceAll(":", "-")}.json`,
    mediaType: "application/json",
    encoding: "utf8",
    content: JSON.stringify(scrubValue(content, createScrubber(parts.secrets)), null, 1),
  };
}

/** A command that quiesces a database may hold its password, in a form that nothing here knows. */
function withoutHookCommands(plan: JobPlan): JobPlan {
  const without = (hooks: readonly Hook[]): Hook[] =>
    hooks.map(({ timeoutSeconds }) => ({ command: "[left out]", timeoutSeconds }));
  const { before, after } = plan.runs.hooks;
  return { ...plan, runs: { ...plan.runs, hooks: { before: without(before), after: without(after) } } };
}

/** How it is reached, without the names of keys and vault entries. */
function describeSource({ id, name, tags, addedAt, address }: Source) {
  if (address.kind === "winrm")
    return {
      id,
      name,
      tags,
      addedAt,
      kind: address.kind,
      scheme: address.scheme,
      port: address.port,
      hasPin: pinOf(address) !== null,
    };
  return {
    id,
    name,
    tags,
    addedAt,
    kind: address.kind,
    port: address.host.port,
    jumpHosts: address.jumpHosts.length,
    elevation: address.elevation.method,
    hasPin: address.host.hostKey !== null,
    legacyAlgorithms: address.host.legacyAlgorithms,
    logsInBy: {
      keyFiles: address.host.authentication.keyFiles.length,
      sshAgent: address.host.authentication.useSshAgent,
      password: address.host.authentication.passwordEntry !== null,
    },
  };
}
