import type { Hook } from "../../../common/domain/run.ts";
import type { Told } from "../../../common/domain/remark.ts";
import { sayingOf, told } from "../../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import type { RemoteSession } from "../../remote/contract.ts";
import { logFailure, type StepContext } from "../step.ts";
import {
  beginMoment,
  checkSnapshots,
  endMoment,
  forgetFollowing,
  freezeFilesystems,
  takeSnapshots,
} from "./scripts.ts";
import { deviceOf, partsText, savedText, snapshotsText, type SnapshotPlan } from "./snapshot-plan.ts";
import { readablePath } from "./volume-facts.ts";

export interface MomentLimits {
  /** After this a watchdog on the source ends everything, whoever has died. */
  readonly totalSeconds: number;
  readonly frozenSeconds: number;
}

export interface Frozen {
  readonly mounts: readonly string[];
  /** Filesystems that could not be frozen, and why. */
  readonly notes: readonly Told[];
}

/**
 * The time in which a source holds still: hooks before it, frozen filesystems, hooks after it. It is in the ledger
 * before it begins, and a watchdog on the source ends it where nobody else does.
 */
export class ConsistentMoment {
  readonly #context: StepContext;
  readonly #session: RemoteSession;
  /** The hooks after the moment have run. */
  #released = false;

  private constructor(context: StepContext, session: RemoteSession) {
    this.#context = context;
    this.#session = session;
  }

  /** Null where the source has no memory filesystem to keep the watchdog's state in. */
  static async begin(
    context: StepContext,
    session: RemoteSession,
    limits: MomentLimits,
  ): Promise<Result<ConsistentMoment | null>> {
    const { jobId } = context;
    // What an assistant that died left.
    const ended = await endLeftMoment(session, jobId);
    if (!ended.ok) return ended;
    context.planResource("consistent-moment", jobId);
    const follow = context.plan.runs.hooks.after.map(({ command }) => `( ${command}\n)`).join("\n");
    const { totalSeconds, frozenSeconds } = limits;
    const begun = await session.script(
      beginMoment,
      [jobId, String(totalSeconds), String(frozenSeconds), follow],
      { elevated: true },
    );
    if (!begun.ok) return begun;
    if (begun.value.stdout.includes("no-memory")) {
      context.markRemoved("consistent-moment", jobId);
      return ok(null);
    }
    if (begun.value.exitCode === 0) return ok(new ConsistentMoment(context, session));
    return fail("consistency-failed", told({ kind: "watchdog-not-started" }), {
      stderr: begun.value.stderr.slice(0, 2000),
    });
  }

  /** Runs the hooks before the moment; the first that fails ends it. */
  before(): Promise<Result<void>> {
    return this.#hooks("before", this.#context.plan.runs.hooks.before);
  }

  async freeze(agentDirectory: string, disks: readonly string[]): Promise<Result<Frozen>> {
    const output = await this.#session.script(
      freezeFilesystems,
      [this.#context.jobId, agentDirectory, ...disks],
      { elevated: true, timeoutMs: 60_000 },
    );
    if (!output.ok) return output;
    const lines = output.value.stdout.trim().split("\n");
    const words = lines.map((line) => /^(frozen|skipped|failed) (\S+) ?(.*)$/.exec(line));
    const failed = words.find((match) => match?.[1] === "failed");
    if (failed !== undefined && failed !== null) {
      return fail(
        "consistency-failed",
        told({ kind: "not-frozen", mountPoint: readablePath(failed[2] ?? ""), text: failed[3] ?? "" }),
      );
    }
    return ok({
      mounts: words.flatMap((match) => (match?.[1] === "frozen" ? [readablePath(match[2] ?? "")] : [])),
      notes: words.flatMap((match) =>
        match?.[1] === "skipped"
          ? [told({ kind: "not-frozen", mountPoint: readablePath(match[2] ?? ""), text: match[3] ?? "" })]
          : [],
      ),
    });
  }

  /** Makes the snapshots and has the agent read from them from its next pass on. Fails with nothing left of them. */
  async takeSnapshots(agentDirectory: string, plan: SnapshotPlan): Promise<Result<void>> {
    const output = await this.#session.script(
      takeSnapshots,
      [this.#context.jobId, agentDirectory, snapshotsText(plan), savedText(plan), partsText(plan)],
      { elevated: true, timeoutMs: 120_000 },
    );
    if (!output.ok) return output;
    const failed = /^failed (.*)$/m.exec(output.value.stdout);
    if (failed === null && /^snapshots$/m.test(output.value.stdout)) return ok();
    const text = failed?.[1];
    const why =
      text === undefined
        ? told({ kind: "snapshots-not-made" })
        : told({ kind: "snapshots-not-made-why", text });
    return fail("consistency-failed", why, {
      stderr: output.value.stderr.slice(0, 2000),
    });
  }

  /** Null where the agent had whole snapshots to read from until now; otherwise why not. */
  async snapshotDamage(agentDirectory: string, plan: SnapshotPlan): Promise<Result<Told | null>> {
    const output = await this.#again((session) =>
      session.script(checkSnapshots, [this.#context.jobId, agentDirectory], { elevated: true }),
    );
    if (!output.ok) return output;
    const { stdout } = output.value;
    if (/^whole$/m.test(stdout)) return ok(null);
    const [, name] = /^overfull (\S+)$/m.exec(stdout) ?? [];
    const overfull = plan.snapshots.find((snapshot) => snapshot.name === name);
    if (overfull === undefined) return ok(told({ kind: "snapshots-gone" }));
    const { group, volume, extents } = overfull;
    return ok(
      told({
        kind: "snapshot-overflowed",
        volume: `${group}/${volume}`,
        device: deviceOf(overfull),
        extents,
      }),
    );
  }

  /** Runs the hooks that follow now, because nothing is held any more that they wait for. */
  async releaseEarly(): Promise<Result<void>> {
    const after = await this.#hooks("after", this.#context.plan.runs.hooks.after);
    if (!after.ok) logFailure(this.#context, "warning", after.failure);
    const output = await this.#again((session) =>
      session.script(forgetFollowing, [this.#context.jobId], { elevated: true }),
    );
    this.#released = true;
    return output.ok ? ok() : output;
  }

  /** Thaws; false where the watchdog had done it already, so that the moment was not whole. */
  async thaw(): Promise<Result<boolean>> {
    return this.#end("frozen");
  }

  /** Hooks after it, then the end. May be called where anything before has failed. */
  async end(): Promise<Result<boolean>> {
    const thawed = await this.#end("frozen");
    // The watchdog ran them where it was quicker.
    if (thawed.ok && thawed.value && !this.#released) {
      const after = await this.#hooks("after", this.#context.plan.runs.hooks.after);
      if (!after.ok) logFailure(this.#context, "warning", after.failure);
    }
    const ended = await this.#end("all");
    if (ended.ok) this.#context.markRemoved("consistent-moment", this.#context.jobId);
    return thawed.ok ? ended : thawed;
  }

  /** On the job's session, or another where that one was lost during the pass; also when the job is being stopped. */
  #again<T>(act: (session: RemoteSession) => Promise<Result<T>>): Promise<Result<T>> {
    const { connections, signal } = this.#context;
    return connections.withSession(signal.aborted ? AbortSignal.timeout(60_000) : signal, (session) =>
      session.platform === "windows" ? act(this.#session) : act(session),
    );
  }

  async #end(what: "frozen" | "all"): Promise<Result<boolean>> {
    const output = await this.#again((session) =>
      session.script(endMoment, [this.#context.jobId, what], { elevated: true, timeoutMs: 180_000 }),
    );
    if (!output.ok) return output;
    const still = /^still (\S+) ?(.*)$/m.exec(output.value.stdout);
    if (still !== null) {
      return fail(
        "consistency-failed",
        told({ kind: "still-held", mountPoint: readablePath(still[1] ?? ""), text: still[2] ?? "" }),
      );
    }
    return ok(!/^fired$/m.test(output.value.stdout));
  }

  async #hooks(when: "before" | "after", hooks: readonly Hook[]): Promise<Result<void>> {
    for (const [index, { command, timeoutSeconds }] of hooks.entries()) {
      // Neither the command nor its output is logged: both may hold what is nobody's business.
      const moment = told({ kind: when === "before" ? "hook-before" : "hook-after" });
      const output = await this.#again((session) =>
        session.run(["/bin/sh", "-c", command], { elevated: true, timeoutMs: timeoutSeconds * 1000 }),
      );
      if (!output.ok)
        return fail(
          "hook-failed",
          told({
            kind: "hook-not-ended",
            number: index + 1,
            count: hooks.length,
            when: moment,
            because: sayingOf(output.failure),
          }),
          { when },
        );
      if (output.value.exitCode !== 0) {
        const { exitCode } = output.value;
        return fail(
          "hook-failed",
          told({ kind: "hook-exit", number: index + 1, count: hooks.length, when: moment, status: exitCode }),
          { when, exitCode },
        );
      }
      this.#context.log("info", { kind: "hook-done", when, number: index + 1, count: hooks.length });
    }
    return ok();
  }
}

/** Lets go of a source that a moment of this job may still hold. Fine where there is none. */
export async function endLeftMoment(session: RemoteSession, jobId: string): Promise<Result<void>> {
  const output = await session.script(endMoment, [jobId, "all"], { elevated: true, timeoutMs: 180_000 });
  if (!output.ok) return output;
  if (!/^still /m.test(output.value.stdout)) return ok();
  return fail("consistency-failed", told({ kind: "something-still-held" }), {
    said: output.value.stdout.slice(0, 2000),
  });
}
