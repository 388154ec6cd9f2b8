import type { TaskRequest, TaskResult, TaskStatus } from "../../common/api/intermediate-tasks.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { StepContext } from "./step.ts";

const pollMs = 500;

/**
 * Has the intermediate do one long task and follows it to its end. A task that is already running or done for the same
 * request is joined, so a resumed job does not do it twice; an intermediate that was started again begins it anew.
 */
export async function runTask<K extends TaskRequest["kind"]>(
  context: StepContext,
  request: TaskRequest & { kind: K },
): Promise<Result<Extract<TaskResult, { kind: K }>>> {
  const { signal, jobId } = context;
  while (!signal.aborted) {
    const access = await context.connections.intermediate(signal);
    if (!access.ok) return access;
    const { client } = access.value;

    let status: Result<TaskStatus> = await client.startTask(jobId, request);
    while (status.ok && status.value.state === "running" && !signal.aborted) {
      const { note, said, done, total, unit } = status.value;
      context.report({ note, said, done, total, unit });
      await context.services.sleep(pollMs, signal);
      status = await client.task(jobId, request.kind);
    }
    if (signal.aborted) {
      await client.cancelTask(jobId, request.kind);
      break;
    }
    if (!status.ok) {
      if (status.failure.code !== "intermediate-unreachable") return status;
      await context.services.sleep(pollMs, signal);
      continue;
    }
    const { failure, result } = status.value;
    if (failure !== null) return { ok: false, failure };
    if (result?.kind === request.kind) return ok(result as Extract<TaskResult, { kind: K }>);
    return fail("protocol-mismatch", told({ kind: "task-without-result", task: request.kind }));
  }
  return fail("cancelled", told({ kind: "task-halted", task: request.kind }));
}
