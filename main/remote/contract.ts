import type { Readable, Writable } from "node:stream";
import type { Source, SshAddress, SshHop } from "../../common/domain/source.ts";
import type { Result } from "../../common/result.ts";
import type { Secret } from "../../common/secret.ts";

export interface RunOutput {
  /** Decoded as UTF-8; what does not decode becomes U+FFFD. */
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status; 128 + n where signal n ended the command. */
  readonly exitCode: number;
}

export interface RunOptions {
  /** Bytes for the command's standard input, which is closed after them. */
  readonly stdin?: Buffer | Readable;
  /** Run as root through the source's elevation. Where the login is root already, nothing is added. */
  readonly elevated?: boolean;
  /** Default 60,000. */
  readonly timeoutMs?: number;
  /** Output beyond this is an error, not a truncation. Default 16 MiB. */
  readonly maxOutputBytes?: number;
  /**
   * Receives standard output as bytes instead of `RunOutput.stdout`, which stays empty; `maxOutputBytes` then counts
   * standard error alone. It is written to with backpressure and not ended.
   */
  readonly stdoutTo?: Writable;
  readonly signal?: AbortSignal;
}

export interface UploadOptions {
  /** Octal file mode, e.g. 0o700. */
  readonly mode: number;
  readonly elevated?: boolean;
  readonly signal?: AbortSignal;
  onProgress?(done: number, total: number): void;
}

/**
 * An open session on a source with a POSIX shell. A non-zero exit is a value, not a failure: the caller knows what it
 * means. Failures are what kept the command from running to its end. After `connection-lost` the session is dead; open
 * a new one.
 */
export interface RemoteSession {
  readonly platform: "posix";
  /** `user@host:port`, for people. */
  readonly description: string;
  /** Runs a program with its arguments; each element reaches the program unchanged, whatever it contains. */
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<Result<RunOutput>>;
  /**
   * Runs a POSIX sh script that the project ships, with positional parameters. The script text must be a constant;
   * whatever varies goes into `parameters`.
   */
  script(text: string, parameters: readonly string[], options?: RunOptions): Promise<Result<RunOutput>>;
  /**
   * Writes `content` to `remotePath` (in an existing directory) under a temporary name, verifies its SHA-256 on the
   * far side, then renames it into place.
   */
  upload(content: Buffer, remotePath: string, options: UploadOptions): Promise<Result<void>>;
  /**
   * Lets the source reach a TCP port of the assistant's machine: the source connects to the returned port on its own
   * loopback. Lives as long as the session.
   */
  forwardFromRemote(localPort: number): Promise<Result<{ readonly remotePort: number }>>;
  close(): Promise<void>;
}

export interface WindowsUploadOptions {
  readonly signal?: AbortSignal;
  /** Bytes that the source has, of all; begins at what an earlier upload left. */
  onProgress?(done: number, total: number): void;
}

/**
 * An open session on a Windows source, over WinRM or over OpenSSH. A non-zero exit is a value, not a failure. After
 * `connection-lost` the session is dead; open a new one. Methods may be called at the same time.
 */
export interface WindowsSession {
  readonly platform: "windows";
  /** `user@host:port`, for people. */
  readonly description: string;
  /** As the source says, e.g. `AMD64` or `x86`: of the system, not of the process. */
  readonly architecture: string;
  /** E.g. `C:\Windows`. */
  readonly systemRoot: string;
  /** The address under which the source sees this machine, as far as the connection tells; null where it does not. */
  readonly ownAddress: string | null;
  /**
   * Runs a program with its arguments, each of which reaches it unchanged. The program is a full path, or a bare name
   * that `cmd` finds, for which no argument may hold a percent sign or a line break. `elevated` fails with
   * `root-required` where the account is no administrator.
   */
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<Result<RunOutput>>;
  /**
   * Runs a PowerShell script that the project ships, for PowerShell 2.0 and later, with parameters. The text must be a
   * constant; whatever varies goes into `parameters`. `shell-unusable` with `missing: "powershell"` in the context
   * where the source has none.
   */
  powershell(text: string, parameters: readonly string[], options?: RunOptions): Promise<Result<RunOutput>>;
  /**
   * Runs a VBScript that the project ships, for sources without PowerShell. The text must be a constant in ASCII
   * without percent signs; it is written to the account's temporary folder and removed after.
   */
  vbscript(text: string, parameters: readonly string[], options?: RunOptions): Promise<Result<RunOutput>>;
  /**
   * Writes `content` to `remotePath` in an existing folder: sent in chunks to a temporary name, its SHA-256 verified on
   * the far side, then renamed. Called again after a failure it goes on where the last one stopped.
   */
  upload(content: Buffer, remotePath: string, options?: WindowsUploadOptions): Promise<Result<void>>;
  /**
   * Writes lines of ASCII, which come as its input, to a file that is replaced: through `cmd` alone, for sources without
   * PowerShell. Lines have at most 100 characters.
   */
  storeLines(
    text: Buffer,
    remotePath: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Result<void>>;
  /** Whether the login has an administrator's full rights; asked once. */
  isAdministrator(): Promise<Result<boolean>>;
  /** Ends what still runs. May be called twice. */
  close(): Promise<void>;
}

/** A session on a source of either kind; `platform` tells which. */
export type SourceSession = RemoteSession | WindowsSession;

/** A host key or a certificate that was seen for the first time. */
export interface HostKeyQuestion {
  readonly hop: Pick<SshHop, "host" | "port">;
  readonly fingerprint: string;
  /** E.g. `ssh-ed25519`, or `certificate` for WinRM over HTTPS. */
  readonly keyType: string;
  /** Of a certificate: SHA-1 in hex, which Windows shows. */
  readonly thumbprint?: string;
}

/** Asked when a host shows a key or a certificate and none is pinned. Returns true to pin it. */
export type HostKeyDecision = (question: HostKeyQuestion) => Promise<boolean>;

/** Asked by keyboard-interactive servers for what no vault entry holds, such as a one-time code. */
export type PromptAnswer = (question: {
  readonly hop: SshHop;
  /** The server's words. */
  readonly prompt: string;
  /** False where the answer is secret. */
  readonly echo: boolean;
}) => Promise<Result<Secret>>;

export interface RemoteEnvironment {
  /** Reads a vault entry; `not-found` or `vault-locked` where it cannot. */
  secret(entry: string): Promise<Result<Secret>>;
  decideHostKey: HostKeyDecision;
  /** Called after a first-seen key or certificate was accepted, so that it is pinned durably. */
  pinHostKey(hop: Pick<SshHop, "host" | "port">, fingerprint: string): Promise<void>;
  /** Absent: only prompts for the password are answered. */
  readonly answerPrompt?: PromptAnswer;
}

/** Connects to sources over SSH, on which OpenSSH for Windows may answer. */
export interface RemoteConnector {
  connect(
    source: { readonly address: SshAddress },
    environment: RemoteEnvironment,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<Result<SourceSession>>;
}

/** Connects to sources whatever the way. */
export interface SourceConnector {
  connect(
    source: Pick<Source, "address">,
    environment: RemoteEnvironment,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<Result<SourceSession>>;
}
