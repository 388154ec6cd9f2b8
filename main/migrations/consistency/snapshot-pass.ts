import { reason } from "../../../common/domain/log-message.ts";
import type { Told } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import type { RemoteSession, SourceSession } from "../../remote/contract.ts";
import type { StepContext } from "../step.ts";
import { superviseSync } from "../sync-supervisor.ts";
import type { LastPassInput, Outcome } from "./last-pass.ts";
import { ConsistentMoment } from "./moment.ts";
import { planSnapshots, type SnapshotPlan } from "./snapshot-plan.ts";
import { parseVolumeFacts, surveyVolumes } from "./volume-facts.ts";

/** Filesystems that a boot loader or firmware reads, and that are written when a kernel is installed, if ever. */
const quietMounts = /^\/(boot|boot\/efi|efi)$/;

type Choice =
  | { readonly possible: true; readonly plan: SnapshotPlan; readonly on: RemoteSession }
  | { readonly possible: false; readonly why: Told };

/** What snapshots this source can give now, and the session to make them on. Changes nothing on it. */
export async function chooseSnapshots(
  context: StepContext,
  session: SourceSession,
  disks: readonly string[],
): Promise<Result<Choice>> {
  if (session.platform === "windows")
    return ok({ possible: false, why: told({ kind: "source-is-windows" }) });
  const output = await session.script(surveyVolumes, [context.jobId, ...disks], {
    elevated: true,
    timeoutMs: 60_000,
  });
  if (!output.ok) return output;
  const facts = parseVolumeFacts(output.value.stdout);
  if (facts === null) return ok({ possible: false, why: told({ kind: "no-lvm-tools" }) });
  const choice = planSnapshots(facts, context.jobId);
  return ok(choice.possible ? { ...choice, on: session } : choice);
}

/** True where the snapshots hold everything that is written while a server works. */
export function coversAll({ uncovered }: SnapshotPlan): boolean {
  return uncovered.every(({ point }) => quietMounts.test(point));
}

/**
 * One more pass through snapshots: hooks, snapshots, hooks at once, the pass, snapshots away. `damage`: they
 * did not last; the replica is then halfway through the pass.
 */
export async function passThroughSnapshots(
  context: StepContext,
  session: RemoteSession,
  plan: SnapshotPlan,
  input: LastPassInput,
): Promise<Result<{ readonly outcome: Outcome } | { readonly damage: Told }>> {
  const { hooks } = context.plan.runs;
  const hookSeconds = [...hooks.before, ...hooks.after].reduce((sum, hook) => sum + hook.timeoutSeconds, 0);
  // Nobody waits for snapshots, so the watchdog may be patient: it is for whoever died.
  const totalSeconds = hookSeconds + 1800 + Math.ceil((input.passSeconds ?? 0) * 10);
  const begun = await ConsistentMoment.begin(context, session, { totalSeconds, frozenSeconds: totalSeconds });
  if (!begun.ok) return begun;
  const moment = begun.value;
  if (moment === null) {
    return fail("consistency-failed", told({ kind: "no-memory-for-snapshots" }));
  }
  const ready = await moment.before();
  const taken = ready.ok ? await moment.takeSnapshots(input.agentDirectory, plan) : ready;
  const released = taken.ok ? await moment.releaseEarly() : taken;
  if (!released.ok) {
    const ended = await moment.end();
    return ended.ok ? released : ended;
  }
  const names = plan.snapshots.map(({ group, volume }) => `${group}/${volume}`);
  context.log("info", { kind: "snapshots-made", volumes: names });
  for (const { point, why } of plan.uncovered)
    context.log("info", { kind: "read-as-it-is", mountPoint: point, ...reason(why) });

  const synced = await superviseSync(
    context,
    input.disks,
    input.hosts,
    { mode: "next", repairDiffering: false },
    1,
  );
  const damage = await moment.snapshotDamage(input.agentDirectory, plan);
  const ended = await moment.end();
  if (!synced.ok && context.signal.aborted) return synced;
  if (!damage.ok) return damage;
  if (!ended.ok) return ended;
  if (damage.value !== null) return ok({ damage: damage.value });
  if (!synced.ok) return synced;
  context.log("info", { kind: "snapshots-removed" });
  const notes = plan.uncovered.map(({ point, why }) =>
    told({ kind: "read-as-it-was", mountPoint: point, because: why }),
  );
  const held = { snapshots: names, frozen: [], frozenSeconds: 0 };
  return ok({ outcome: { status: synced.value, consistency: { method: "snapshots", ...held, notes } } });
}
