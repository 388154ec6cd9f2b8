/** Windows sources behind OpenSSH for Windows: whatever the default shell there is, PowerShell starts the commands. */
import { once } from "node:events";
import { Readable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { fail, ok, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { RunOutput } from "../contract.ts";
import type { CommandLine } from "../windows/command-line.ts";
import { decodeOutput } from "../windows/output-text.ts";
import { maxInlineScriptThroughCmd, powershellCommand } from "../windows/powershell.ts";
import { parsePlace, type CommandCarrier, type ExecuteOptions } from "../windows/session.ts";
import { decodeClixml } from "../winrm/wsman/clixml.ts";
import type { ChannelPool } from "./channel-pool.ts";
import type { Timers } from "./timers.ts";

// The same words for cmd, PowerShell and the shells that come with Git and Cygwin.
const probeCommand = 'cmd /c "echo %SystemRoot%;%PROCESSOR_ARCHITECTURE%;%PROCESSOR_ARCHITEW6432%;%TEMP%;"';
const addressCommand = 'cmd /c "echo %SSH_CONNECTION%"';

// Standard input and outputs are inherited: their bytes do not pass through PowerShell.
const startScript = `# sma start program
param($file, $arguments)
$start = New-Object Diagnostics.ProcessStartInfo
$start.FileName = $file
$start.Arguments = $arguments
$start.UseShellExecute = $false
try { $process = [Diagnostics.Process]::Start($start) }
catch {
  $cause = $_.Exception
  while ($cause.InnerException) { $cause = $cause.InnerException }
  [Console]::Error.WriteLine('sma-start-failed ' + [int]$cause.NativeErrorCode + ' ' + $cause.Message)
  exit 9009
}
$process.WaitForExit()
exit $process.ExitCode
`;

/** As `cmd` says that it found no such program. */
const startFailedCode = 9009;
const probeTimeoutMs = 30_000;
const defaultTimeoutMs = 60_000;
const defaultMaxOutputBytes = 16 * 1024 * 1024;

export interface WindowsCarrierParts {
  readonly description: string;
  readonly timers: Timers;
  readonly hangUp: () => void;
  readonly signal: AbortSignal;
}

/** Null where the far side does not answer as Windows does. */
export async function findWindows(
  pool: ChannelPool,
  parts: WindowsCarrierParts,
): Promise<Result<CommandCarrier | null>> {
  const options = { signal: parts.signal, timeoutMs: probeTimeoutMs };
  const probed = await runLine(pool, parts, probeCommand, "the login's first command", options);
  if (!probed.ok) return probed.failure.code === "command-failed" ? ok(null) : probed;
  const place = parsePlace(probed.value.stdout);
  if (place === null) return ok(null);
  const seen = await runLine(pool, parts, addressCommand, "asking for the address", options);
  const address = seen.ok ? (seen.value.stdout.trim().split(" ")[0] ?? "") : "";
  return ok(
    new SshCarrier(pool, parts, place.systemRoot, /^[0-9a-fA-F:.]{3,45}$/.test(address) ? address : null),
  );
}

class SshCarrier implements CommandCarrier {
  readonly description: string;
  readonly ownAddress: string | null;
  readonly maxInlineScript = maxInlineScriptThroughCmd;
  readonly #pool: ChannelPool;
  readonly #parts: WindowsCarrierParts;
  readonly #systemRoot: string;

  constructor(pool: ChannelPool, parts: WindowsCarrierParts, systemRoot: string, ownAddress: string | null) {
    this.#pool = pool;
    this.#parts = parts;
    this.#systemRoot = systemRoot;
    this.description = parts.description;
    this.ownAddress = ownAddress;
  }

  async execute(line: CommandLine, name: string, options: ExecuteOptions): Promise<Result<RunOutput>> {
    const text = [line.program, ...line.arguments].join(" ");
    if (line.skipCmd && /\\powershell\.exe$/i.test(line.program) && !/[^\x20-\x7e]|[%^&|<>]/.test(text))
      return runLine(this.#pool, this.#parts, text, name, options);
    const [file, rest] = line.skipCmd
      ? [line.program.replace(/^"(.*)"$/, "$1"), line.arguments.join(" ")]
      : [`${this.#systemRoot}\\System32\\cmd.exe`, `/c ${text}`];
    const started = powershellCommand(this.#systemRoot, startScript, [file, rest], Number.POSITIVE_INFINITY);
    if (!started.ok) return started;
    const words = [started.value.line.program, ...started.value.line.arguments].join(" ");
    if (words.length > 8000) {
      return fail("input-invalid", told({ kind: "line-too-long-for-cmd" }), {
        field: "argv",
        length: words.length,
      });
    }
    const output = await runLine(this.#pool, this.#parts, words, name, options);
    if (!output.ok || output.value.exitCode !== startFailedCode) return output;
    const refusal = /^sma-start-failed (\d+) ?(.*)/m.exec(output.value.stderr);
    if (refusal === null) return output;
    return fail(
      "command-failed",
      told({ kind: "program-not-started", name, text: (refusal[2] ?? "").trim() }),
      {
        startError: Number(refusal[1]),
      },
    );
  }

  close(): Promise<void> {
    this.#pool.markLost(
      fail("connection-lost", told({ kind: "session-closed", source: this.#parts.description })).failure,
    );
    this.#parts.hangUp();
    return Promise.resolve();
  }
}

async function runLine(
  pool: ChannelPool,
  parts: WindowsCarrierParts,
  line: string,
  name: string,
  options: ExecuteOptions,
): Promise<Result<RunOutput>> {
  const opened = await pool.exec(line, { pty: false }, options.signal);
  return opened.ok ? new RunningCommand(opened.value, pool, parts.timers, name, options).outcome : opened;
}

/** A command on a channel of its own, read to its end. */
class RunningCommand {
  readonly outcome: Promise<Result<RunOutput>>;
  readonly #channel: ClientChannel;
  readonly #options: ExecuteOptions;
  readonly #held = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  #heldBytes = 0;
  #settle: (result: Result<RunOutput>) => void = () => undefined;

  constructor(
    channel: ClientChannel,
    pool: ChannelPool,
    timers: Timers,
    name: string,
    options: ExecuteOptions,
  ) {
    this.#channel = channel;
    this.#options = options;
    const { timeoutMs = defaultTimeoutMs, signal } = options;
    this.outcome = new Promise((resolve) => {
      const abort = () => this.#settle(fail("cancelled", told({ kind: "command-stopped", name })));
      const cancelTimer = timers.after(timeoutMs, () =>
        this.#settle(
          fail(
            "command-failed",
            told({ kind: "command-timed-out", name, seconds: Math.round(timeoutMs / 1000) }),
            {
              timeoutMs,
              cause: "timed out",
            },
          ),
        ),
      );
      const stopListening = pool.whenLost((failure) => this.#settle({ ok: false, failure }));
      this.#settle = (result) => {
        this.#settle = () => undefined;
        cancelTimer();
        stopListening();
        signal?.removeEventListener("abort", abort);
        if (options.stdin instanceof Readable) options.stdin.destroy();
        channel.close();
        resolve(result);
      };
      signal?.addEventListener("abort", abort, { once: true });
      channel.on("data", (chunk: Buffer) => this.#takeOutput(chunk, name));
      channel.stderr.on("data", (chunk: Buffer) => this.#hold("stderr", chunk, name));
      // With the status: a quick command's `exit` may be over before anybody listens.
      channel.on("close", (code?: number | null) => this.#settle(this.#end(name, code ?? null)));
      channel.on("error", () => undefined);
      // While the channel was being opened.
      if (signal?.aborted === true) abort();
      else void this.#feed();
    });
  }

  #takeOutput(chunk: Buffer, name: string): void {
    const { stdoutTo } = this.#options;
    if (stdoutTo === undefined) return this.#hold("stdout", chunk, name);
    if (stdoutTo.write(chunk)) return;
    this.#channel.pause();
    stdoutTo.once("drain", () => this.#channel.resume());
  }

  #hold(stream: "stdout" | "stderr", chunk: Buffer, name: string): void {
    this.#held[stream].push(chunk);
    this.#heldBytes += chunk.length;
    const max = this.#options.maxOutputBytes ?? defaultMaxOutputBytes;
    if (this.#heldBytes > max)
      this.#settle(
        fail("command-failed", told({ kind: "output-too-long", name, bytes: max }), { maxOutputBytes: max }),
      );
  }

  async #feed(): Promise<void> {
    const { stdin, onInputSent } = this.#options;
    let sent = 0;
    try {
      const chunks = stdin === undefined ? [] : Buffer.isBuffer(stdin) ? slicesOf(stdin) : stdin;
      for await (const chunk of chunks as AsyncIterable<Buffer>) {
        if (!this.#channel.write(chunk)) await Promise.race([once(this.#channel, "drain"), this.outcome]);
        sent += chunk.length;
        onInputSent?.(sent);
      }
      this.#channel.end();
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      this.#settle(fail("command-failed", told({ kind: "input-unread", name: words, text: words })));
    }
  }

  #end(name: string, exitCode: number | null): Result<RunOutput> {
    if (exitCode === null) return fail("command-failed", told({ kind: "no-exit-status", name }));
    return ok({
      stdout: decodeOutput(Buffer.concat(this.#held.stdout)),
      stderr: decodeClixml(decodeOutput(Buffer.concat(this.#held.stderr))),
      exitCode,
    });
  }
}

function* slicesOf(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 256 * 1024) yield content.subarray(at, at + 256 * 1024);
}
