import { told } from "../../../common/domain/report-text/told.ts";
import type { Result } from "../../../common/result.ts";
import type { RunOutput, WindowsSession } from "../contract.ts";
import type { CommandLine } from "../windows/command-line.ts";
import { openWindowsSession, type CommandCarrier, type ExecuteOptions } from "../windows/session.ts";
import { maxInlineScript } from "../windows/powershell.ts";
import { finishCommand } from "./run-command.ts";
import { RemoteShell, type RemoteCommand } from "./wsman/remote-shell.ts";
import { parseMaxEnvelopeBytes } from "./wsman/shell-answers.ts";
import type { WsmanClient } from "./wsman/wsman-client.ts";

export interface WinrmSessionParts {
  readonly client: WsmanClient;
  readonly description: string;
  /** This machine's address on the connection; null where none was opened. */
  readonly ownAddress: () => string | null;
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

/** Opens a remote shell and asks it where it is. */
export async function openWinrmSession(parts: WinrmSessionParts): Promise<Result<WindowsSession>> {
  const shell = await RemoteShell.open(parts.client, parts.signal);
  if (!shell.ok) return shell;
  return openWindowsSession(new ShellCarrier(parts, shell.value), parts.signal);
}

/** Runs command lines in a remote shell, which it renews when the server wants that. */
class ShellCarrier implements CommandCarrier {
  readonly description: string;
  readonly ownAddress: string | null;
  readonly maxInlineScript = maxInlineScript;
  readonly #client: WsmanClient;
  readonly #hangUp: () => void;
  #shell: RemoteShell;
  #maxInputBytes: number | null = null;

  constructor({ client, description, ownAddress, hangUp }: WinrmSessionParts, shell: RemoteShell) {
    this.#client = client;
    this.description = description;
    this.ownAddress = ownAddress();
    this.#hangUp = hangUp;
    this.#shell = shell;
  }

  async execute(line: CommandLine, name: string, options: ExecuteOptions): Promise<Result<RunOutput>> {
    const maxInputBytes = options.stdin === undefined ? 1 : await this.#inputLimit(options.signal);
    // Not cancelled half-way: a command whose id never arrived could not be ended.
    const command = await this.#start(line, new AbortController().signal);
    if (!command.ok) return command;
    const { onInputSent } = options;
    const limits = { name, maxInputBytes, ...(onInputSent === undefined ? {} : { onInputSent }) };
    return finishCommand(command.value, options, limits);
  }

  async close(): Promise<void> {
    // Best effort: the server ends an idle shell by itself.
    await this.#shell.delete(AbortSignal.timeout(closingTimeoutMs));
    this.#hangUp();
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

  /** How many bytes of input fit into one request, by the server's own configuration; asked once. */
  async #inputLimit(signal: AbortSignal = new AbortController().signal): Promise<number> {
    if (this.#maxInputBytes === null) {
      const request = { action: "get", resource: "config", body: [] } as const;
      const config = await this.#client.askFor(request, told({ kind: "doing-read-configuration" }), signal);
      const limit = (config.ok ? parseMaxEnvelopeBytes(config.value) : null) ?? smallEnvelopeBytes;
      const room = Math.min(limit, largeEnvelopeBytes) - envelopeOverheadBytes;
      this.#maxInputBytes = Math.floor(room / 4) * 3;
    }
    return this.#maxInputBytes;
  }
}
