import { z } from "zod";
import type { ReplicaDisk, SyncStatus } from "../../../common/api/intermediate.ts";
import { reason } from "../../../common/domain/log-message.ts";
import { noteSchema, type Told } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import type { SourceSession } from "../../remote/contract.ts";
import type { StepContext } from "../step.ts";
import { superviseSync } from "../sync-supervisor.ts";
import { ConsistentMoment, endLeftMoment, type Frozen } from "./moment.ts";
import { chooseSnapshots, coversAll, passThroughSnapshots } from "./snapshot-pass.ts";

export const consistencySchema = z.object({
  /**
   * `settled`: a whole pass found nothing changed; `frozen`: the last pass read filesystems that held still; `hooks`:
   * the last pass ran between the hooks; `passes`: the source kept changing, so the copy is as after a power cut
   * during writes, at best. `snapshots`: the last pass read logical volumes from snapshots.
   */
  method: z.enum(["settled", "snapshots", "frozen", "hooks", "passes"]),
  /** Logical volumes that were read from snapshots. */
  snapshots: z.array(z.string()).default([]),
  /** Mount points that were frozen. */
  frozen: z.array(z.string()),
  frozenSeconds: z.number(),
  notes: z.array(noteSchema),
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

export type Outcome = { readonly status: SyncStatus; readonly consistency: Consistency };

const without = (status: SyncStatus, notes: readonly Told[]): Outcome => ({
  status,
  consistency: {
    method: status.settled ? "settled" : "passes",
    snapshots: [],
    frozen: [],
    frozenSeconds: 0,
    notes: [...notes],
  },
});

/**
 * After the passes of a sync: one more in a moment in which the source holds still, where the plan wants one or the
 * source kept changing. Through snapshots where its volume groups have room, else with frozen filesystems where the
 * pass is short, else the passes are all there is. `status` is that of the passes so far.
 */
export async function makeConsistent(
  context: StepContext,
  status: SyncStatus,
  input: LastPassInput,
): Promise<Result<Outcome>> {
  const { consistency: mode } = context.plan.runs;
  const wantsSnapshots = mode === "lvm-snapshot" || (mode === "auto" && !status.settled);
  if (!wantsSnapshots) return holdStill(context, status, input, []);
  const tried = await context.connections.withSession(context.signal, (session) =>
    trySnapshots(context, session, input),
  );
  if (!tried.ok) return tried;
  if ("outcome" in tried.value) return ok(tried.value.outcome);
  const { why, replicaIsWhole } = tried.value;
  if (replicaIsWhole) {
    context.log("info", { kind: "no-snapshots", ...reason(why) });
    return holdStill(context, status, input, [told({ kind: "no-snapshots", because: why })]);
  }
  context.log("warning", { kind: "snapshots-lost", ...reason(why) });
  // The agent gave up with the snapshots.
  const again = await superviseSync(
    context,
    input.disks,
    input.hosts,
    { mode: "resume", repairDiffering: false },
    context.plan.passLimit,
    { agentIsGone: true },
  );
  if (!again.ok) return again;
  return holdStill(context, again.value, { ...input, passSeconds: again.value.passSeconds }, [why]);
}

type Tried = { readonly outcome: Outcome } | { readonly why: Told; readonly replicaIsWhole: boolean };

async function trySnapshots(
  context: StepContext,
  session: SourceSession,
  input: LastPassInput,
): Promise<Result<Tried>> {
  const isWanted = context.plan.runs.consistency === "lvm-snapshot";
  if (session.platform !== "windows") {
    // What an assistant that died left: while a volume has a snapshot of ours, the kernel's table of it is no linear one.
    const ended = await endLeftMoment(session, context.jobId);
    if (!ended.ok) return ended;
  }
  const disks = input.disks.map((disk) => disk.path);
  const choice = await chooseSnapshots(context, session, disks);
  if (!choice.ok) return choice;
  if (!choice.value.possible) {
    const { why } = choice.value;
    if (!isWanted) return ok({ why, replicaIsWhole: true });
    return fail(
      "consistency-failed",
      told({ kind: "snapshots-impossible", because: why }),
      {},
      told({ kind: "make-room-or-auto" }),
    );
  }
  const { plan, on } = choice.value;
  const [left] = plan.uncovered;
  if (!isWanted && left !== undefined && !coversAll(plan)) {
    const why = told({ kind: "would-be-left-out", mountPoint: left.point, because: left.why });
    return ok({ why, replicaIsWhole: true });
  }
  const passed = await passThroughSnapshots(context, on, plan, input);
  if (!passed.ok) return passed;
  return ok("outcome" in passed.value ? passed.value : { why: passed.value.damage, replicaIsWhole: false });
}

async function holdStill(
  context: StepContext,
  status: SyncStatus,
  input: LastPassInput,
  reasons: readonly Told[],
): Promise<Result<Outcome>> {
  const { consistency: mode, hooks } = context.plan.runs;
  const hasHooks = hooks.before.length + hooks.after.length > 0;
  const wantsFreeze = mode === "freeze" || (mode !== "none" && !status.settled);
  if (!wantsFreeze && !hasHooks) return ok(without(status, reasons));

  const seconds = input.passSeconds;
  const limit = mode === "freeze" ? wantedFrozenSeconds : autoFrozenSeconds;
  const isTooLong = seconds !== null && seconds * 1.5 > limit;
  const why = told({ kind: "pass-too-long", seconds: seconds ?? 0, limitSeconds: limit });
  if (isTooLong && !hasHooks) return ok(without(status, [...reasons, why]));

  return context.connections.withSession(context.signal, async (session) => {
    if (session.platform === "windows") {
      return ok(without(status, [...reasons, told({ kind: "windows-not-frozen" })]));
    }
    const hookSeconds = [...hooks.before, ...hooks.after].reduce((sum, hook) => sum + hook.timeoutSeconds, 0);
    const totalSeconds = hookSeconds + Math.max(limit, Math.ceil((seconds ?? 0) * 3)) + 120;
    const begun = await ConsistentMoment.begin(context, session, { totalSeconds, frozenSeconds: limit });
    if (!begun.ok) return begun;
    if (begun.value === null) {
      const noMemory = told({ kind: "no-memory-filesystem" });
      return ok(without(status, [...reasons, noMemory]));
    }
    const notes = wantsFreeze && isTooLong ? [...reasons, why] : [...reasons];
    return within(context, begun.value, input, { freezes: wantsFreeze && !isTooLong, notes });
  });
}

async function within(
  context: StepContext,
  moment: ConsistentMoment,
  input: LastPassInput,
  choice: { readonly freezes: boolean; readonly notes: readonly Told[] },
): Promise<Result<Outcome>> {
  const { sinceBoot } = context.services;
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
    } else notes.push(told({ kind: "tool-said", text: froze.failure.message }));
    notes.push(...frozen.notes);
  }
  const begun = sinceBoot();
  if (frozen.mounts.length > 0) {
    context.log("info", { kind: "frozen", mountPoints: frozen.mounts });
  }
  const synced = await superviseSync(
    context,
    input.disks,
    input.hosts,
    { mode: "next", repairDiffering: false },
    1,
    { sourceWaits: frozen.mounts.length > 0 },
  );
  const thawed = await moment.thaw();
  const frozenSeconds = frozen.mounts.length > 0 ? (sinceBoot() - begun) / 1000 : 0;
  const ended = await moment.end();
  if (!synced.ok) return synced;
  if (!thawed.ok) return thawed;
  if (!ended.ok) return ended;
  if (!thawed.value) notes.push(told({ kind: "moment-ended-early" }));

  const isFrozen = frozen.mounts.length > 0 && thawed.value;
  for (const note of notes)
    context.log("warning", { kind: "held-still-note", text: note.what, said: note.said });
  if (isFrozen) context.log("info", { kind: "thawed", seconds: frozenSeconds });
  const { hooks } = context.plan.runs;
  const betweenHooks = thawed.value && hooks.before.length + hooks.after.length > 0;
  const method = isFrozen ? "frozen" : betweenHooks ? "hooks" : synced.value.settled ? "settled" : "passes";
  return ok({
    status: synced.value,
    consistency: { method, snapshots: [], frozen: [...frozen.mounts], frozenSeconds, notes },
  });
}
