import { z } from "zod";
import type { ReplicaDisk, SyncStatus } from "../../../common/api/intermediate.ts";
import { ok, type Result } from "../../../common/result.ts";
import type { StepContext } from "../step.ts";
import { superviseSync } from "../sync-supervisor.ts";
import { ConsistentMoment, type Frozen } from "./moment.ts";

export const consistencySchema = z.object({
  /**
   * `settled`: a whole pass found nothing changed; `frozen`: the last pass read filesystems that held still; `hooks`:
   * the last pass ran between the hooks; `passes`: the source kept changing, so the copy is as after a power cut
   * during writes, at best.
   */
  method: z.enum(["settled", "frozen", "hooks", "passes"]),
  /** Mount points that were frozen. */
  frozen: z.array(z.string()),
  frozenSeconds: z.number(),
  notes: z.array(z.string()),
});
export type Consistency = z.infer<typeof consistencySchema>;

/** A source is not frozen longer than this by choice of the assistant, or than that where the admin wants it. */
const autoFrozenSeconds = 60;
const wantedFrozenSeconds = 600;

export interface LastPassInput {
  readonly disks: readonly ReplicaDisk[];
  readonly hosts: readonly string[];
  readonly agentDirectory: string;
  /** How long the pass before took; null where nobody watched a whole one. */
  readonly passSeconds: number | null;
}

type Outcome = { readonly status: SyncStatus; readonly consistency: Consistency };

const without = (status: SyncStatus, notes: readonly string[]): Outcome => ({
  status,
  consistency: {
    method: status.settled ? "settled" : "passes",
    frozen: [],
    frozenSeconds: 0,
    notes: [...notes],
  },
});

/**
 * After the passes of a sync: one more in a moment in which the source holds still, where the plan wants one or the
 * source kept changing. `status` is that of the passes so far.
 */
export async function makeConsistent(
  context: StepContext,
  status: SyncStatus,
  input: LastPassInput,
): Promise<Result<Outcome>> {
  const { consistency: mode, hooks } = context.plan.runs;
  const hasHooks = hooks.before.length + hooks.after.length > 0;
  const wantsFreeze = mode === "freeze" || (mode === "auto" && !status.settled);
  if (!wantsFreeze && !hasHooks) return ok(without(status, []));

  const seconds = input.passSeconds;
  const limit = mode === "freeze" ? wantedFrozenSeconds : autoFrozenSeconds;
  const isTooLong = seconds !== null && seconds * 1.5 > limit;
  const why = `a pass takes ${Math.ceil(seconds ?? 0)} s, longer than filesystems may be frozen (${limit} s)`;
  if (isTooLong && !hasHooks) return ok(without(status, [why]));

  return context.connections.withSession(context.signal, async (session) => {
    if (session.platform === "windows") {
      return ok(without(status, ["filesystems of Windows are not frozen from here"]));
    }
    const hookSeconds = [...hooks.before, ...hooks.after].reduce((sum, hook) => sum + hook.timeoutSeconds, 0);
    const totalSeconds = hookSeconds + Math.max(limit, Math.ceil((seconds ?? 0) * 3)) + 120;
    const begun = await ConsistentMoment.begin(context, session, { totalSeconds, frozenSeconds: limit });
    if (!begun.ok) return begun;
    if (begun.value === null) {
      return ok(without(status, ["the source has no memory filesystem to watch a freeze from"]));
    }
    const notes = wantsFreeze && isTooLong ? [why] : [];
    return within(context, begun.value, input, { freezes: wantsFreeze && !isTooLong, notes });
  });
}

async function within(
  context: StepContext,
  moment: ConsistentMoment,
  input: LastPassInput,
  choice: { readonly freezes: boolean; readonly notes: readonly string[] },
): Promise<Result<Outcome>> {
  const { clock } = context.services;
  const before = await moment.before();
  if (!before.ok) {
    await moment.end();
    return before;
  }
  const notes = [...choice.notes];
  let frozen: Frozen = { mounts: [], notes: [] };
  if (choice.freezes) {
    const froze = await moment.freeze(
      input.agentDirectory,
      input.disks.map((disk) => disk.path),
    );
    if (froze.ok) frozen = froze.value;
    else if (context.plan.runs.consistency === "freeze") {
      await moment.end();
      return froze;
    } else notes.push(froze.failure.message);
    notes.push(...frozen.notes);
  }
  const begun = clock();
  if (frozen.mounts.length > 0) {
    context.log("info", `frozen for the last pass: ${frozen.mounts.join(", ")}`);
  }
  const synced = await superviseSync(
    context,
    input.disks,
    input.hosts,
    { mode: "next", repairDiffering: false },
    1,
  );
  const thawed = await moment.thaw();
  const frozenSeconds = frozen.mounts.length > 0 ? (clock() - begun) / 1000 : 0;
  const ended = await moment.end();
  if (!synced.ok) return synced;
  if (!thawed.ok) return thawed;
  if (!ended.ok) return ended;
  if (!thawed.value) notes.push("the watchdog on the source ended the moment before the pass was over");

  const isFrozen = frozen.mounts.length > 0 && thawed.value;
  for (const note of notes) context.log("warning", note);
  if (isFrozen) context.log("info", `thawed after ${frozenSeconds.toFixed(1)} s`);
  const { hooks } = context.plan.runs;
  const betweenHooks = thawed.value && hooks.before.length + hooks.after.length > 0;
  const method = isFrozen ? "frozen" : betweenHooks ? "hooks" : synced.value.settled ? "settled" : "passes";
  return ok({
    status: synced.value,
    consistency: { method, frozen: [...frozen.mounts], frozenSeconds, notes },
  });
}
