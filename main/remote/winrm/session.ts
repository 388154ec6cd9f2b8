import { Readable } from "node:stream";
import { fail, ok, type Result } from "../../../common/result.ts";
import type { RunOptions, RunOutput } from "../contract.ts";
import { windowsCommandLine } from "./command-line.ts";
import { powershellCommand } from "./powershell.ts";
import { finishCommand } from "./run-command.ts";
import { uploadFile, type WindowsUploadOptions } from "./upload.ts";
import { decodeClixml } from "./wsman/clixml.ts";
import { faultCodes } from "./wsman/fault.ts";
import { RemoteShell, type CommandLine, type RemoteCommand } from "./wsman/remote-shell.ts";
import { parseMaxEnvelopeBytes } from "./wsman/shell-answers.ts";
import type { WsmanClient } from "./wsman/wsman-client.ts";

/**
 * An open session on a Windows source. A non-zero exit is a value, not a failure. After `connection-lost` the session
 * is dead; open a new one. Methods may be called at the same time.
 */
export interface WindowsSession {
  /** `user@host:port`, for people. */
  readonly description: string;
  /** As the source says, e.g. `AMD64` or `x86`: of the system, not of the process. */
  readonly architecture: string;
  /** E.g. `C:\Windows`. */
  readonly systemRoot: string;
  /**
   * Runs a program with its arguments, each of which reaches it unchanged. The program is a full path, or a bare name
   * that `cmd` finds; see {@link windowsCommandLine} for what a bare name does not allow. `elevated` fails with
   * `root-required` where the account is no administrator.
   */
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<Result<RunOutput>>;
  /**
   * Runs a PowerShell script that the project ships, for PowerShell 2.0 and later, with parameters. The text must be a
   * constant; whatever varies goes into `parameters`.
   */
  powershell(text: string, parameters: readonly string[], options?: RunOptions): Promise<Result<RunOutput>>;
  /**
   * Writes `content` to `remotePath` in an existing folder: sent in chunks to a temporary name, its SHA-256 verified on
   * the far side, then renamed. Called again after a failure it goes on where the last one stopped.
   */
  upload(content: Buffer, remotePath: string, options?: WindowsUploadOptions): Promise<Result<void>>;
  /** Ends what still runs. May be called twice. */
  close(): Promise<void>;
}

export interface WinrmSessionParts {
  readonly client: WsmanClient;
  readonly description: string;
  readonly signal: AbortSignal;
  /** Closes the connections. */
  hangUp(): void;
}

/** What WinRM 2.0 takes where its configuration cannot be read, and what 3.0 and later take: in bytes. */
const smallEnvelopeBytes = 150 * 1024;
const largeEnvelopeBytes = 500 * 1024;
/** For the header and the XML around the input. */
const envelopeOverheadBytes = 8 * 1024;
const closingTimeoutMs = 10_000;
const probeTimeoutMs = 60_000;

/** Opens a remote shell and asks it where it is: proves the login and gives the session what it needs. */
export async function openWinrmSession(parts: WinrmSessionParts): Promise<Result<WindowsSession>> {
  const shell = await RemoteShell.open(parts.client, parts.signal);
  if (!shell.ok) return shell;
  const session = new WinrmSession(parts, shell.value);
  const probed = await session.probe(parts.signal);
  if (probed.ok) return ok(session);
  await session.close();
  return probed;
}

class WinrmSession implements WindowsSession {
  readonly description: string;
  architecture = "";
  systemRoot = "";
  readonly #client: WsmanClient;
  readonly #hangUp: () => void;
  #shell: RemoteShell;
  #maxInputBytes: number | null = null;
  #isAdministrator: boolean | null = null;
  #closed = false;

  constructor({ client, description, hangUp }: WinrmSessionParts, shell: RemoteShell) {
    this.#client = client;
    this.description = description;
    this.#hangUp = hangUp;
    this.#shell = shell;
  }

  async run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<Result<RunOutput>> {
    const line = windowsCommandLine(argv);
    return line.ok ? this.#execute(line.value, argv[0], options) : line;
  }

  async powershell(
    text: string,
    parameters: readonly string[],
    options: RunOptions & { onInputSent?(totalBytes: number): void } = {},
  ): Promise<Result<RunOutput>> {
    const command = powershellCommand(this.systemRoot, text, parameters);
    if (!command.ok) return command;
    const { line, stdinPrefix } = command.value;
    const stdin = stdinPrefix.length === 0 ? options.stdin : prepend(stdinPrefix, options.stdin);
    const output = await this.#execute(line, "PowerShell", {
      ...options,
      ...(stdin === undefined ? {} : { stdin }),
      onInputSent: (sent) => options.onInputSent?.(Math.max(0, sent - stdinPrefix.length)),
    });
    if (output.ok) return ok({ ...output.value, stdout: decodeLeadingClixml(output.value.stdout) });
    if (output.failure.context["faultCode"] !== faultCodes.fileNotFound) return output;
    return fail(
      "shell-unusable",
      "Windows PowerShell is not installed on the source",
      {},
      "Install Windows PowerShell 2.0 or later (on Server 2003 and 2008: Windows Management Framework), or carry a " +
        "bundle over by hand.",
    );
  }

  upload(content: Buffer, remotePath: string, options: WindowsUploadOptions = {}): Promise<Result<void>> {
    return uploadFile(this.powershell.bind(this), content, remotePath, options);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Best effort: the server ends an idle shell by itself.
    await this.#shell.delete(AbortSignal.timeout(closingTimeoutMs));
    this.#hangUp();
  }

  /** Learns the system's folder and architecture through the simplest of all commands. */
  async probe(signal: AbortSignal): Promise<Result<void>> {
    const question = "%SystemRoot%;%PROCESSOR_ARCHITECTURE%;%PROCESSOR_ARCHITEW6432%;";
    const line = { program: "echo", arguments: [question], skipCmd: false };
    const output = await this.#execute(line, "the login's first command", {
      signal,
      timeoutMs: probeTimeoutMs,
    });
    if (!output.ok) return output;
    const [systemRoot, architecture, nativeArchitecture] = output.value.stdout.trim().split(";");
    if (systemRoot === undefined || !/^[A-Za-z]:\\[^"%]*$/.test(systemRoot) || architecture === undefined) {
      return fail(
        "shell-unusable",
        "the source's remote shell does not answer simple questions",
        { output: output.value.stdout.slice(0, 200), exitCode: output.value.exitCode },
        "Check on the server that `winrs -r:localhost echo %SystemRoot%` works for this account.",
      );
    }
    this.systemRoot = systemRoot;
    this.architecture =
      nativeArchitecture === undefined || nativeArchitecture.startsWith("%")
        ? architecture
        : nativeArchitecture;
    return ok();
  }

  async #execute(
    line: CommandLine,
    name: string,
    options: RunOptions & { onInputSent?(totalBytes: number): void },
  ): Promise<Result<RunOutput>> {
    if (this.#closed) return fail("connection-lost", `the session with ${this.description} was closed`);
    if (options.signal?.aborted === true) return fail("cancelled", `${name} was cancelled before it started`);
    if (options.elevated === true) {
      const administrator = await this.#requireAdministrator();
      if (!administrator.ok) return administrator;
    }
    const maxInputBytes = options.stdin === undefined ? 1 : await this.#inputLimit(options.signal);
    // Not cancelled half-way: a command whose id never arrived could not be ended.
    const command = await this.#start(line, new AbortController().signal);
    if (!command.ok) return command;
    const { onInputSent } = options;
    const limits = { name, maxInputBytes, ...(onInputSent === undefined ? {} : { onInputSent }) };
    return finishCommand(command.value, options, limits);
  }

  /**
   * Starts a command; in a new shell where the old one is gone, or where it has used up the account's operations,
   * which Windows counts per shell and does not count back when a command ends (MS-WSMV, note to 3.1.4.12).
   */
  async #start(line: CommandLine, signal: AbortSignal): Promise<Result<RemoteCommand>> {
    const shell = this.#shell;
    const command = await shell.start(line, signal);
    if (command.ok || command.failure.context["faultCode"] === undefined) return command;
    const { code } = command.failure;
    if (code !== "remote-limit-reached" && code !== "connection-lost") return command;
    if (shell === this.#shell) {
      await shell.delete(signal);
      const renewed = await RemoteShell.open(this.#client, signal);
      if (!renewed.ok) return renewed;
      this.#shell = renewed.value;
    }
    return this.#shell.start(line, signal);
  }

  async #requireAdministrator(): Promise<Result<void>> {
    if (this.#isAdministrator === null) {
      // Answers administrators alone, on every version of Windows.
      const output = await this.#execute({ program: "fltmc", arguments: [], skipCmd: false }, "fltmc", {});
      if (!output.ok) return output;
      this.#isAdministrator = output.value.exitCode === 0;
    }
    if (this.#isAdministrator) return ok();
    return fail(
      "root-required",
      `${this.description} is not an administrator`,
      {},
      "Use a member of the source's Administrators group; for a local account other than the built-in Administrator, " +
        "set LocalAccountTokenFilterPolicy to 1 on the source.",
    );
  }

  /** How many bytes of input fit into one request, by the server's own configuration; asked once. */
  async #inputLimit(signal: AbortSignal = new AbortController().signal): Promise<number> {
    if (this.#maxInputBytes === null) {
      const request = { action: "get", resource: "config", body: [] } as const;
      const config = await this.#client.askFor(request, "read the WinRM configuration", signal);
      const limit = (config.ok ? parseMaxEnvelopeBytes(config.value) : null) ?? smallEnvelopeBytes;
      const room = Math.min(limit, largeEnvelopeBytes) - envelopeOverheadBytes;
      this.#maxInputBytes = Math.floor(room / 4) * 3;
    }
    return this.#maxInputBytes;
  }
}

/** Some versions write their output, too, in XML when nobody is there to read it. */
function decodeLeadingClixml(stdout: string): string {
  return stdout.startsWith("#< CLIXML") ? decodeClixml(stdout) : stdout;
}

function prepend(prefix: Buffer, stdin: Buffer | Readable | undefined): Buffer | Readable {
  if (stdin === undefined) return prefix;
  if (Buffer.isBuffer(stdin)) return Buffer.concat([prefix, stdin]);
  return Readable.from(
    (async function* () {
      yield prefix;
      yield* stdin;
    })(),
    { objectMode: false },
  );
}
