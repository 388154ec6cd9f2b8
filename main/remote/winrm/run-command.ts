import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import { fail, ok, type Failure, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { RunOptions, RunOutput } from "../contract.ts";
import { decodeOutput } from "../windows/output-text.ts";
import { decodeClixml } from "./wsman/clixml.ts";
import type { RemoteCommand } from "./wsman/remote-shell.ts";

export interface RunLimits {
  /** For people, e.g. the program's name. */
  readonly name: string;
  /** The most input that fits into one request, in bytes. */
  readonly maxInputBytes: number;
  onInputSent?(totalBytes: number): void;
}

const defaultTimeoutMs = 60_000;
const defaultMaxOutputBytes = 16 * 1024 * 1024;
const endingTimeoutMs = 10_000;
/** How long a command that no longer takes input may need to end by itself. */
const inputRefusedGraceMs = 5_000;

/** Feeds a command that was started, reads it to its end and frees it on the server, whatever happens. */
export async function finishCommand(
  command: RemoteCommand,
  options: Pick<RunOptions, "stdin" | "timeoutMs" | "maxOutputBytes" | "stdoutTo" | "signal">,
  limits: RunLimits,
): Promise<Result<RunOutput>> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const deadline = AbortSignal.timeout(timeoutMs);
  const stop = new AbortController();
  const signal = AbortSignal.any([
    deadline,
    stop.signal,
    ...(options.signal === undefined ? [] : [options.signal]),
  ]);
  const feeding = feedInput(command, options.stdin, limits, signal);
  // Where there is nothing to send, one connection is enough.
  if (options.stdin === undefined) await feeding;
  const reading = readOutput(command, options, limits, signal);

  // A command that ends without reading its input breaks the input; its own end is the better answer.
  const fed = await Promise.race([feeding, reading.then(() => ok())]);
  let isInputToBlame = false;
  if (!fed.ok) {
    const giveUp = () => {
      isInputToBlame = true;
      stop.abort();
    };
    const patience = setTimeout(giveUp, isFault(fed.failure) ? inputRefusedGraceMs : 0);
    await reading;
    clearTimeout(patience);
  }
  const output = await reading;
  stop.abort();
  // The source of the input may never say anything again; it is not waited for.
  if (options.stdin instanceof Readable) options.stdin.destroy();

  // Best effort: what the server keeps for a command goes with the shell at the latest.
  await command.signal("terminate", AbortSignal.timeout(endingTimeoutMs));
  if (output.ok) return output;
  if (options.signal?.aborted === true)
    return fail("cancelled", told({ kind: "command-stopped", name: limits.name }));
  if (deadline.aborted) {
    const words = told({
      kind: "command-timed-out",
      name: limits.name,
      seconds: Math.round(timeoutMs / 1000),
    });
    return fail("command-failed", words, { timeoutMs, cause: "timed out" });
  }
  return isInputToBlame && !fed.ok ? fed : output;
}

/** The server said so itself; the connection is sound. */
function isFault(failure: Failure): boolean {
  return failure.context["faultCode"] !== undefined;
}

async function readOutput(
  command: RemoteCommand,
  options: Pick<RunOptions, "maxOutputBytes" | "stdoutTo">,
  { name }: RunLimits,
  signal: AbortSignal,
): Promise<Result<RunOutput>> {
  const max = options.maxOutputBytes ?? defaultMaxOutputBytes;
  const held = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  let heldBytes = 0;
  for (;;) {
    const received = await command.receive(signal);
    if (!received.ok) return received;
    const { stdout, stderr, done, exitCode } = received.value;
    if (options.stdoutTo === undefined) held.stdout.push(stdout);
    else {
      const passed = await passOn(stdout, options.stdoutTo, signal);
      if (!passed.ok) return passed;
    }
    held.stderr.push(stderr);
    heldBytes += stderr.length + (options.stdoutTo === undefined ? stdout.length : 0);
    if (heldBytes > max)
      return fail("command-failed", told({ kind: "output-too-long", name, bytes: max }), {
        maxOutputBytes: max,
      });
    if (!done) continue;
    if (exitCode === null) return fail("command-failed", told({ kind: "no-exit-status", name }));
    return ok({
      stdout: decodeOutput(Buffer.concat(held.stdout)),
      stderr: decodeClixml(decodeOutput(Buffer.concat(held.stderr))),
      exitCode,
    });
  }
}

async function passOn(bytes: Buffer, to: Writable, signal: AbortSignal): Promise<Result<void>> {
  if (bytes.length === 0 || to.write(bytes)) return ok();
  try {
    await once(to, "drain", { signal });
    return ok();
  } catch (error) {
    if (signal.aborted) return fail("cancelled", told({ kind: "command-stopped-midway" }));
    return fail("command-failed", told({ kind: "output-unwritten", text: describe(error) }));
  }
}

async function feedInput(
  command: RemoteCommand,
  stdin: Buffer | Readable | undefined,
  { name, maxInputBytes, onInputSent }: RunLimits,
  signal: AbortSignal,
): Promise<Result<void>> {
  if (stdin === undefined) return command.send(Buffer.alloc(0), true, signal);
  let total = 0;
  try {
    for await (const { bytes, last } of slices(stdin, maxInputBytes)) {
      const sent = await command.send(bytes, last, signal);
      if (!sent.ok) return sent;
      total += bytes.length;
      onInputSent?.(total);
    }
    return ok();
  } catch (error) {
    return inputFailed(name, error);
  }
}

function inputFailed(name: string, error: unknown): { readonly ok: false; readonly failure: Failure } {
  return fail("command-failed", told({ kind: "input-unread", name, text: describe(error) }));
}

/** The input in pieces of at most `max` bytes; the last one says so and may be empty. */
async function* slices(
  stdin: Buffer | Readable,
  max: number,
): AsyncGenerator<{ bytes: Buffer; last: boolean }> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of (Buffer.isBuffer(stdin)
    ? Readable.from([stdin])
    : stdin) as AsyncIterable<Buffer>) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length > max) {
      yield { bytes: pending.subarray(0, max), last: false };
      pending = pending.subarray(max);
    }
  }
  yield { bytes: pending, last: true };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
