import type { Readable } from "node:stream";
import type { Client } from "ssh2";
import { fail, type Failure, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { RemoteSession, RunOptions, RunOutput, UploadOptions } from "../contract.ts";
import { runCommand, type CommandContext, type CommandPlan } from "./command.ts";
import type { ElevationPlan } from "./elevation.ts";
import { PortForwards } from "./port-forwards.ts";
import { hasNul, type Work } from "./shell-framing.ts";
import { uploadFile } from "./upload.ts";

export interface SshSessionParts {
  readonly client: Client;
  readonly context: CommandContext;
  readonly elevation: ElevationPlan;
  /** The login is root: elevation adds nothing. */
  readonly isRoot: boolean;
  /** Ends this connection and those of the jump hosts. */
  readonly hangUp: () => void;
}

// Ends the command with its whole process group, which sshd makes for each channel; gently first, so that it may
// remove what it made.
const abandonScript = `
target=$1
if read -r line < "/proc/$1/stat"; then
  set -- "$1" \${line##*) }
  target=-$4
fi 2>/dev/null
kill -TERM "$target" 2>/dev/null || exit 0
for second in 1 2 3 4 5; do
  sleep 1
  kill -0 "$target" 2>/dev/null || exit 0
done
kill -KILL "$target" 2>/dev/null
`;
const abandonTimeoutMs = 10_000;

export class SshSession implements RemoteSession {
  readonly platform = "posix";
  readonly description: string;
  readonly #parts: SshSessionParts;
  readonly #forwards: PortForwards;
  /** Learnt from sudo's or su's first refusal. */
  #elevationWantsTerminal = false;
  /** A refused password is not tried again in this session: repeated tries lock accounts. */
  #elevationRefused: Failure | null = null;
  /** Commands that are being ended on the far side. */
  readonly #endings = new Set<Promise<unknown>>();

  constructor(parts: SshSessionParts) {
    this.#parts = parts;
    this.description = parts.context.description;
    this.#forwards = new PortForwards(parts.client, parts.context.pool);
  }

  run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<Result<RunOutput>> {
    return this.#execute({ kind: "run", argv }, options);
  }

  script(text: string, parameters: readonly string[], options: RunOptions = {}): Promise<Result<RunOutput>> {
    return this.#execute({ kind: "script", text, parameters }, options);
  }

  upload(content: Buffer, remotePath: string, options: UploadOptions): Promise<Result<void>> {
    return uploadFile(this, this.#parts, content, remotePath, options);
  }

  forwardFromRemote(localPort: number): Promise<Result<{ readonly remotePort: number }>> {
    return this.#forwards.add(localPort);
  }

  async close(): Promise<void> {
    const { client, context, hangUp } = this.#parts;
    // Without the session nobody could end them.
    await Promise.all(this.#endings);
    if (context.pool.lost !== null) return hangUp();
    await new Promise<void>((resolve) => {
      const cancel = context.timers.after(2_000, () => {
        client.destroy();
        resolve();
      });
      client.once("close", () => {
        cancel();
        resolve();
      });
      context.pool.markLost(
        fail("connection-lost", told({ kind: "session-closed", source: this.description })).failure,
      );
      hangUp();
    });
  }

  async #execute(work: Work, options: RunOptions): Promise<Result<RunOutput>> {
    const words = work.kind === "run" ? work.argv : [work.text, ...work.parameters];
    if (words.some(hasNul)) return fail("input-invalid", told({ kind: "argument-with-nul" }));
    if (work.kind === "run" && (work.argv[0] === "" || work.argv[0].startsWith("-"))) {
      return fail("input-invalid", told({ kind: "no-program-name", name: work.argv[0] }));
    }
    const elevation = this.#elevationFor(options);
    if (!elevation.ok) return elevation;

    const stdin: Buffer | Readable | null = options.stdin ?? null;
    const plan = (onTerminal: boolean): CommandPlan => ({
      work,
      options,
      elevation: elevation.value,
      onTerminal,
      stdin,
      abandon: (processId) => this.#abandon(processId, options.elevated === true),
    });
    const onTerminal = this.#elevationWantsTerminal && elevation.value.method !== "none";
    let outcome = await runCommand(this.#parts.context, plan(onTerminal));
    if (outcome.kind === "wants-terminal") {
      this.#elevationWantsTerminal = true;
      outcome = await runCommand(this.#parts.context, plan(true));
    }
    const result: Result<RunOutput> =
      outcome.kind === "done" ? outcome.result : { ok: false, failure: outcome.failure };
    if (!result.ok && result.failure.code === "sudo-failed") this.#elevationRefused = result.failure;
    return result;
  }

  #elevationFor(options: RunOptions): Result<ElevationPlan> {
    const { elevation, isRoot } = this.#parts;
    if (options.elevated !== true || isRoot) return { ok: true, value: { method: "none" } };
    if (elevation.method === "none") {
      return fail("root-required", told({ kind: "not-root", source: this.description }));
    }
    if (this.#elevationRefused !== null) return { ok: false, failure: this.#elevationRefused };
    return { ok: true, value: elevation };
  }

  /** Best effort: a command that cannot be ended must not keep a cancellation from being reported. */
  #abandon(processId: number, elevated: boolean): void {
    if (this.#parts.context.pool.lost !== null) return;
    const ending = this.script(abandonScript, [String(processId)], {
      elevated,
      timeoutMs: abandonTimeoutMs,
    }).finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
  }
}
