import { constants } from "node:os";
import type { Readable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { fail, ok, type Failure, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { RunOptions, RunOutput } from "../contract.ts";
import type { ChannelPool } from "./channel-pool.ts";
import { ElevationDialogue, type ElevationPlan } from "./elevation.ts";
import { OutputCollector } from "./output-collector.ts";
import {
  elevatedWorkHeader,
  loginCommands,
  markerText,
  parseTerminalOutput,
  terminalWorkHeader,
  workHeader,
  type LoginShellKind,
  type Work,
} from "./shell-framing.ts";
import type { Timers } from "./timers.ts";

export interface CommandContext {
  readonly pool: ChannelPool;
  readonly description: string;
  readonly loginShell: LoginShellKind;
  readonly timers: Timers;
  /** A fresh name of lower-case hex digits that no output contains by chance. */
  newNonce(): string;
}

/** A command in the form in which it is carried out. */
export interface CommandPlan {
  readonly work: Work;
  readonly options: RunOptions;
  readonly elevation: ElevationPlan;
  /** Run on a terminal: for a sudo or su that insists on one. */
  readonly onTerminal: boolean;
  readonly stdin: Buffer | Readable | null;
  /** Ends the command on the far side after a cancellation; `processId` is the command's own. */
  abandon(processId: number): void;
}

export type CommandOutcome =
  | { readonly kind: "done"; readonly result: Result<RunOutput> }
  /** sudo or su refuses to work without a terminal; the command did not start. */
  | { readonly kind: "wants-terminal"; readonly failure: Failure };

const defaultTimeoutMs = 60_000;
const defaultMaxOutputBytes = 16 * 1024 * 1024;
const writeSliceBytes = 256 * 1024;
/** How long the loss of the connection may take to show after a channel has ended without a status. */
const lossGraceMs = 2_000;

/** Runs one command on a channel of its own. */
export async function runCommand(context: CommandContext, plan: CommandPlan): Promise<CommandOutcome> {
  const { pool, loginShell } = context;
  const opened = await pool.exec(loginCommands[loginShell], { pty: plan.onTerminal }, plan.options.signal);
  if (!opened.ok) return { kind: "done", result: opened };
  return new Promise((resolve) => new Command(context, plan, opened.value, resolve).start());
}

class Command {
  readonly #context: CommandContext;
  readonly #plan: CommandPlan;
  readonly #channel: ClientChannel;
  readonly #resolve: (outcome: CommandOutcome) => void;
  readonly #nonce: string;
  readonly #stdout: OutputCollector;
  readonly #stderr: OutputCollector;
  readonly #cleanUps: (() => void)[] = [];
  #dialogue: ElevationDialogue | null = null;
  #exitCode: number | null = null;
  #openStreams = 2;
  /** Lets a writer go on that waits for the far side to read. */
  #wakeWriter = (): void => undefined;
  #isSettled = false;

  constructor(
    context: CommandContext,
    plan: CommandPlan,
    channel: ClientChannel,
    resolve: (outcome: CommandOutcome) => void,
  ) {
    this.#context = context;
    this.#plan = plan;
    this.#channel = channel;
    this.#resolve = resolve;
    this.#nonce = context.newNonce();
    const sink = plan.onTerminal ? null : (plan.options.stdoutTo ?? null);
    this.#stdout = new OutputCollector(markerText(this.#nonce), sink);
    this.#stderr = new OutputCollector(markerText(this.#nonce), null);
  }

  start(): void {
    const { timers, pool } = this.#context;
    const { options, elevation, onTerminal } = this.#plan;
    this.#channel.on("error", () => undefined);
    if (pool.lost !== null) return this.#fail(pool.lost);
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    this.#cleanUps.push(
      pool.whenLost((failure) => this.#fail(failure)),
      timers.after(timeoutMs, () =>
        this.#giveUp(
          fail(
            "command-failed",
            told({ kind: "command-timed-out", name: this.#name, seconds: Math.round(timeoutMs / 1000) }),
            {
              timeoutMs,
              cause: "timed out",
            },
          ).failure,
        ),
      ),
    );
    const { signal } = options;
    if (signal !== undefined) {
      const onAbort = () =>
        this.#giveUp(fail("cancelled", told({ kind: "command-stopped", name: this.#name })).failure);
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      this.#cleanUps.push(() => signal.removeEventListener("abort", onAbort));
    }

    const channel = this.#channel;
    const { stdoutTo } = options;
    if (stdoutTo !== undefined) {
      const onDrain = () => channel.resume();
      const onError = (error: Error) =>
        this.#giveUp(
          fail("command-failed", told({ kind: "output-not-kept", name: this.#name, text: error.message }))
            .failure,
        );
      stdoutTo.on("drain", onDrain).on("error", onError);
      this.#cleanUps.push(() => stdoutTo.off("drain", onDrain).off("error", onError));
    }
    channel.on("data", (chunk: Buffer) => this.#onOutput("stdout", chunk));
    channel.stderr.on("data", (chunk: Buffer) => this.#onOutput("stderr", chunk));
    channel.on(
      "exit",
      (code: number | null, signalName?: string) => (this.#exitCode = exitCodeOf(code, signalName)),
    );
    channel.on("drain", () => this.#wakeWriter());
    channel.on("close", () => this.#onStreamClosed());
    channel.stderr.on("close", () => this.#onStreamClosed());

    if (elevation.method === "none") {
      void this.#send(workHeader(this.#nonce, this.#plan.work), this.#plan.stdin);
    } else {
      this.#dialogue = new ElevationDialogue(elevation, this.#nonce, onTerminal);
      channel.write(this.#dialogue.opening());
    }
  }

  get #name(): string {
    const { work } = this.#plan;
    return work.kind === "run" ? work.argv[0] : "the script";
  }

  #onOutput(stream: "stdout" | "stderr", chunk: Buffer): void {
    if (this.#isSettled) return;
    if (this.#dialogue !== null) return this.#converse(this.#dialogue, stream, chunk);
    const collector = stream === "stdout" ? this.#stdout : this.#stderr;
    if (!collector.push(chunk)) this.#channel.pause();
    const limit = this.#plan.options.maxOutputBytes ?? defaultMaxOutputBytes;
    if (this.#stdout.heldBytes + this.#stderr.heldBytes > limit) {
      this.#giveUp(
        fail("command-failed", told({ kind: "output-too-long", name: this.#name, bytes: limit }), {
          maxOutputBytes: limit,
        }).failure,
      );
    } else if (collector.splitter.isHopeless) {
      this.#giveUp(this.#shellUnusable());
    }
  }

  #converse(dialogue: ElevationDialogue, stream: "stdout" | "stderr", chunk: Buffer): void {
    const step = dialogue.onOutput(stream, chunk);
    switch (step.kind) {
      case "wait":
        return;
      case "send":
        this.#channel.write(step.bytes);
        return;
      case "failed":
        return this.#giveUp(step.failure);
      case "ready":
        this.#dialogue = null;
        void this.#sendElevated();
    }
  }

  async #sendElevated(): Promise<void> {
    const { work, stdin, onTerminal } = this.#plan;
    if (!onTerminal) return this.#send(elevatedWorkHeader(this.#nonce, work), stdin);
    try {
      const input =
        stdin === null || Buffer.isBuffer(stdin) ? (stdin ?? Buffer.alloc(0)) : await readAll(stdin);
      const header = terminalWorkHeader(this.#nonce, work, input.length);
      // A terminal has no end of input: the channel stays open until the far side closes it.
      await this.#write(Buffer.concat([header, input]));
    } catch (error) {
      this.#inputFailed(error);
    }
  }

  async #send(header: Buffer, stdin: Buffer | Readable | null): Promise<void> {
    this.#channel.write(header);
    if (stdin !== null) {
      try {
        if (Buffer.isBuffer(stdin)) await this.#write(stdin);
        else {
          for await (const chunk of stdin) {
            // Leaving the loop also destroys a source that nobody reads any more.
            if (this.#isSettled) break;
            await this.#write(Buffer.from(chunk));
          }
        }
      } catch (error) {
        return this.#inputFailed(error);
      }
    }
    if (!this.#isSettled) this.#channel.end();
  }

  #inputFailed(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#giveUp(fail("command-failed", told({ kind: "input-failed", name: this.#name, text: why })).failure);
  }

  /** Writes no faster than the far side reads; returns early where nobody will read any more. */
  async #write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#isSettled; at += writeSliceBytes) {
      if (this.#channel.write(bytes.subarray(at, at + writeSliceBytes))) continue;
      await new Promise<void>((resolve) => (this.#wakeWriter = resolve));
    }
  }

  #onStreamClosed(): void {
    this.#openStreams -= 1;
    if (this.#openStreams > 0 || this.#isSettled) return;
    if (this.#exitCode !== null) return this.#finish(this.#exitCode);
    // Without an exit status it was the connection that ended, or the server cut the command off.
    this.#cleanUps.push(
      this.#context.timers.after(lossGraceMs, () =>
        this.#fail(
          this.#stdout.splitter.markerRest === null
            ? this.#shellUnusable()
            : fail("command-failed", told({ kind: "no-exit-status", name: this.#name }), {
                cause: "no exit status",
              }).failure,
        ),
      ),
    );
  }

  #finish(exitCode: number): void {
    if (this.#dialogue !== null) {
      const failure = this.#dialogue.endedFailure(exitCode);
      if (this.#dialogue.wantsTerminal && !this.#plan.onTerminal) {
        return this.#settle({ kind: "wants-terminal", failure });
      }
      return this.#fail(failure);
    }
    if (this.#stdout.splitter.markerRest === null) return this.#fail(this.#shellUnusable());
    if (!this.#plan.onTerminal) {
      const stderr = this.#stderr.text;
      return this.#settle({ kind: "done", result: ok({ stdout: this.#stdout.text, stderr, exitCode }) });
    }
    const parsed = parseTerminalOutput(this.#nonce, this.#stdout.bytes);
    if (parsed === null) {
      return this.#fail(
        fail("command-failed", told({ kind: "broke-off-on-terminal", name: this.#name }), { exitCode })
          .failure,
      );
    }
    const { stdoutTo } = this.#plan.options;
    stdoutTo?.write(parsed.stdout);
    const stdout = stdoutTo === undefined ? parsed.stdout.toString("utf8") : "";
    const stderr = parsed.stderr.toString("utf8");
    this.#settle({ kind: "done", result: ok({ stdout, stderr, exitCode: parsed.exitCode }) });
  }

  #shellUnusable(): Failure {
    const seen = [this.#stdout.splitter.noise, this.#stderr.splitter.noise]
      .map((text) => text.trim())
      .filter((text) => text !== "");
    const output = seen.join(" | ").slice(-500);
    return fail(
      "shell-unusable",
      told({ kind: "shell-ran-nothing", source: this.#context.description, text: `${output}` }),
      { exitCode: this.#exitCode ?? -1, output },
    ).failure;
  }

  /** Stops waiting for a command that still runs, and ends it on the far side. */
  #giveUp(failure: Failure): void {
    if (this.#isSettled) return;
    const processId = Number(this.#stdout.splitter.markerRest ?? "");
    if (Number.isInteger(processId) && processId > 1) this.#plan.abandon(processId);
    this.#fail(failure);
  }

  #fail(failure: Failure): void {
    this.#settle({ kind: "done", result: { ok: false, failure } });
  }

  #settle(outcome: CommandOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    for (const cleanUp of this.#cleanUps) cleanUp();
    this.#wakeWriter();
    this.#channel.resume();
    this.#channel.stderr.resume();
    this.#channel.close();
    this.#resolve(outcome);
  }
}

function exitCodeOf(code: number | null, signalName: string | undefined): number {
  if (code !== null) return code;
  const number = Object.entries(constants.signals).find(([name]) => name === signalName)?.[1];
  return 128 + (number ?? 0);
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
