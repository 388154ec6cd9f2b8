import { fail, ok, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { ChannelPool } from "./channel-pool.ts";
import { parseProbe, probeCommands, type LoginShellKind } from "./shell-framing.ts";
import type { Timers } from "./timers.ts";

export interface LoginShell {
  readonly kind: LoginShellKind;
  readonly userId: number;
  /** A POSIX shell on Windows (Git, Cygwin). */
  readonly isWindows: boolean;
}

interface ProbeOptions {
  readonly description: string;
  readonly timers: Timers;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

interface Seen {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
  readonly isTimedOut: boolean;
}

const maxSeenBytes = 256 * 1024;

/**
 * Finds out how the login shell is made to run /bin/sh, and who is logged in. Sends nothing to the far side's
 * standard input: a forced command is not fed with lines that it might take for orders.
 */
export async function probeLoginShell(pool: ChannelPool, options: ProbeOptions): Promise<Result<LoginShell>> {
  const attempts: Seen[] = [];
  for (const kind of ["direct", "restricted"] as const) {
    const seen = await probeOnce(pool, probeCommands[kind], options);
    if (!seen.ok) return seen;
    const answer = parseProbe(seen.value.stdout);
    if (answer !== null) return ok({ kind, ...answer });
    attempts.push(seen.value);
    if (seen.value.isTimedOut) break;
  }
  return shellUnusable(options.description, attempts);
}

function shellUnusable(description: string, attempts: readonly Seen[]): Result<never> {
  const best = attempts.find(({ stdout, stderr }) => `${stdout}${stderr}`.trim() !== "") ?? attempts[0];
  const output = `${best?.stdout ?? ""} ${best?.stderr ?? ""}`
    .trim()
    .replaceAll(/\s*\n\s*/g, " | ")
    .slice(0, 500);
  const exitCode = best?.exitCode ?? null;
  const how =
    best?.isTimedOut === true
      ? told({ kind: "shell-silent" })
      : exitCode === null
        ? told({ kind: "shell-cut-off" })
        : told({ kind: "shell-ended", status: exitCode });
  return fail(
    "shell-unusable",
    told({ kind: "shell-runs-nothing", source: description, how, text: output }),
    { output, exitCode: exitCode ?? -1 },
  );
}

async function probeOnce(pool: ChannelPool, command: string, options: ProbeOptions): Promise<Result<Seen>> {
  const opened = await pool.exec(command, { pty: false }, options.signal);
  if (!opened.ok) return opened;
  const channel = opened.value;
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    let exitCode: number | null = null;
    let stopListening = (): void => undefined;
    const settle = (result: Result<Seen>) => {
      cancelTimer();
      stopListening();
      options.signal.removeEventListener("abort", onAbort);
      channel.close();
      resolve(result);
    };
    const seen = (isTimedOut: boolean) => settle(ok({ stdout, stderr, exitCode, isTimedOut }));
    const onAbort = () =>
      settle(fail("cancelled", told({ kind: "connecting-stopped", where: options.description })));
    const cancelTimer = options.timers.after(options.timeoutMs, () => seen(true));
    stopListening = pool.whenLost((failure) => settle({ ok: false, failure }));
    options.signal.addEventListener("abort", onAbort, { once: true });
    channel.on("data", (chunk: Buffer) => {
      if (stdout.length < maxSeenBytes) stdout += chunk.toString("utf8");
      if (parseProbe(stdout) !== null) seen(false);
    });
    channel.stderr.on("data", (chunk: Buffer) => {
      if (stderr.length < maxSeenBytes) stderr += chunk.toString("utf8");
    });
    // With the status again: a quick command's `exit` may be over before anybody listens.
    channel.on("close", (code?: number | null) => {
      exitCode = code ?? null;
      seen(false);
    });
    channel.end();
  });
}
