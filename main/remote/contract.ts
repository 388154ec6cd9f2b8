import type { Readable, Writable } from "node:stream";
import type { SshHop, Source } from "../../common/domain/source.ts";
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
 * An open session on a source. A non-zero exit is a value, not a failure: the caller knows what it means. Failures
 * are what kept the command from running to its end. After `connection-lost` the session is dead; open a new one.
 */
export interface RemoteSession {
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

/** Asked when a host shows a key that is not pinned. Returns true to pin it. */
export type HostKeyDecision = (question: {
  readonly hop: SshHop;
  readonly fingerprint: string;
  readonly keyType: string;
}) => Promise<boolean>;

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
  /** Called after a first-seen key was accepted, so that it is pinned durably. */
  pinHostKey(hop: SshHop, fingerprint: string): Promise<void>;
  /** Absent: only prompts for the password are answered. */
  readonly answerPrompt?: PromptAnswer;
}

export interface RemoteConnector {
  connect(
    source: Source,
    environment: RemoteEnvironment,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<Result<RemoteSession>>;
}
