/** What the procedures `snapshot.*` do: they ask the job's intermediate. */
import type { procedures, ProcedureOutput } from "../common/api/procedures.ts";
import type { z } from "zod";
import { fail, ok, type Result } from "../common/result.ts";
import { told } from "../common/domain/report-text/told.ts";
import type { MigrationServices } from "./migrations/services.ts";
import type { Job } from "./store/job-store.ts";

const pollMs = 500;

export async function listSnapshots(
  services: MigrationServices,
  job: Job,
  signal: AbortSignal,
): Promise<Result<ProcedureOutput<"snapshot.list">>> {
  const { target } = job.plan;
  const access = await services.targetFor(target).ensureIntermediate(target, signal);
  return access.ok ? access.value.client.snapshots(job.id) : access;
}

export async function restoreSnapshot(
  services: MigrationServices,
  job: Job,
  { run }: Omit<z.output<(typeof procedures)["snapshot.restore"]["input"]>, "job">,
  signal: AbortSignal,
): Promise<Result<ProcedureOutput<"snapshot.restore">>> {
  const { target } = job.plan;
  const access = await services.targetFor(target).ensureIntermediate(target, signal);
  if (!access.ok) return access;
  const { client } = access.value;
  let status = await client.startTask(job.id, { kind: "restore", run });
  while (status.ok && status.value.state === "running" && !signal.aborted) {
    await services.sleep(pollMs, signal);
    status = await client.task(job.id, "restore");
  }
  if (signal.aborted) {
    await client.cancelTask(job.id, "restore");
    return fail("cancelled", told({ kind: "restoring-stopped" }));
  }
  if (!status.ok) return status;
  const { result, failure } = status.value;
  if (failure !== null) return { ok: false, failure };
  if (result?.kind === "restore") return ok(result.files);
  return fail("protocol-mismatch", told({ kind: "task-without-result", task: "restore" }));
}
