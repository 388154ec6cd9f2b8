import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { fail, ok, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { RunOptions, RunOutput, WindowsSession, WindowsUploadOptions } from "../contract.ts";
import { decodeClixml } from "../winrm/wsman/clixml.ts";
import { windowsCommandLine, type CommandLine } from "./command-line.ts";
import { powershellCommand } from "./powershell.ts";
import { isProgramMissing } from "./start-error.ts";
import { uploadFile } from "./upload.ts";
import { removeLine, writingLines } from "./vbscript.ts";

export interface ExecuteOptions extends RunOptions {
  /** Bytes of `stdin` that the source has taken. */
  onInputSent?(totalBytes: number): void;
}

/** What carries command lines to a Windows source: WinRM or SSH. */
export interface CommandCarrier {
  readonly description: string;
  readonly ownAddress: string | null;
  /** The most characters of a script in a command line; beyond, it goes through standard input. */
  readonly maxInlineScript: number;
  /** `name` is the command's name for people. Ignores `elevated`. */
  execute(line: CommandLine, name: string, options: ExecuteOptions): Promise<Result<RunOutput>>;
  close(): Promise<void>;
}

const probeTimeoutMs = 60_000;
const vbscriptStepTimeoutMs = 30_000;
const slowestBytesPerMillisecond = 20;

/** Asks the source where it is: proves the login and gives the session what it needs. Closes the carrier on failure. */
export async function openWindowsSession(
  carrier: CommandCarrier,
  signal: AbortSignal,
): Promise<Result<WindowsSession>> {
  const place = await probe(carrier, signal);
  if (place.ok) return ok(new CarriedSession(carrier, place.value));
  await carrier.close();
  return place;
}

interface Place {
  readonly systemRoot: string;
  readonly architecture: string;
  readonly temporaryFolder: string;
}

/** Learns the system's folders and architecture through the simplest of all commands. */
async function probe(carrier: CommandCarrier, signal: AbortSignal): Promise<Result<Place>> {
  const question = "%SystemRoot%;%PROCESSOR_ARCHITECTURE%;%PROCESSOR_ARCHITEW6432%;%TEMP%;";
  const line = { program: "echo", arguments: [question], skipCmd: false };
  const options = { signal, timeoutMs: probeTimeoutMs };
  const output = await carrier.execute(line, "the login's first command", options);
  if (!output.ok) return output;
  const place = parsePlace(output.value.stdout);
  if (place !== null) return ok(place);
  return fail(
    "shell-unusable",
    told({ kind: "remote-shell-answers-nothing" }),
    { output: output.value.stdout.slice(0, 200), exitCode: output.value.exitCode },
    told({ kind: "try-winrs" }),
  );
}

/** The answer to the first question; null where it is none. */
export function parsePlace(stdout: string): Place | null {
  const isSet = (value: string | undefined) => value !== undefined && value !== "" && !value.startsWith("%");
  const [systemRoot, architecture, nativeArchitecture, temporary] = stdout.trim().split(";");
  if (systemRoot === undefined || !/^[A-Za-z]:\\[^"%]*$/.test(systemRoot) || architecture === undefined)
    return null;
  return {
    systemRoot,
    // Of a 32-bit process on a 64-bit system.
    architecture: isSet(nativeArchitecture) ? (nativeArchitecture ?? "") : architecture,
    temporaryFolder:
      isSet(temporary) && isPlainPath(temporary ?? "") ? (temporary ?? "") : `${systemRoot}\\Temp`,
  };
}

/** A full path that means the same to `cmd`, quoted, and that arrived whole: U+FFFD stands for what was not UTF-8. */
function isPlainPath(path: string): boolean {
  return /^[A-Za-z]:\\[^"%\r\n\ufffd]*$/.test(path);
}

class CarriedSession implements WindowsSession {
  readonly platform = "windows";
  readonly description: string;
  readonly ownAddress: string | null;
  readonly architecture: string;
  readonly systemRoot: string;
  readonly #temporaryFolder: string;
  readonly #carrier: CommandCarrier;
  #isAdministrator: boolean | null = null;
  #closed = false;

  constructor(carrier: CommandCarrier, place: Place) {
    this.#carrier = carrier;
    this.description = carrier.description;
    this.ownAddress = carrier.ownAddress;
    this.architecture = place.architecture;
    this.systemRoot = place.systemRoot;
    this.#temporaryFolder = place.temporaryFolder;
  }

  async run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<Result<RunOutput>> {
    const line = windowsCommandLine(argv);
    return line.ok ? this.#execute(line.value, argv[0], options) : line;
  }

  async powershell(
    text: string,
    parameters: readonly string[],
    options: ExecuteOptions = {},
  ): Promise<Result<RunOutput>> {
    const command = powershellCommand(this.systemRoot, text, parameters, this.#carrier.maxInlineScript);
    if (!command.ok) return command;
    const { line, stdinPrefix } = command.value;
    const stdin = stdinPrefix.length === 0 ? options.stdin : prepend(stdinPrefix, options.stdin);
    const output = await this.#execute(line, "PowerShell", {
      ...options,
      ...(stdin === undefined ? {} : { stdin }),
      onInputSent: (sent) => options.onInputSent?.(Math.max(0, sent - stdinPrefix.length)),
    });
    if (output.ok) return ok({ ...output.value, stdout: decodeLeadingClixml(output.value.stdout) });
    if (!isProgramMissing(output.failure)) return output;
    return fail(
      "shell-unusable",
      told({ kind: "no-powershell" }),
      { missing: "powershell" },
      told({ kind: "install-powershell" }),
    );
  }

  async vbscript(
    text: string,
    parameters: readonly string[],
    options: RunOptions = {},
  ): Promise<Result<RunOutput>> {
    const path = `${this.#temporaryFolder}\\sma-${randomBytes(16).toString("hex")}.vbs`;
    const step = {
      timeoutMs: vbscriptStepTimeoutMs,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
    try {
      for (const line of writingLines(text, path)) {
        const written = await this.#carrier.execute(line, "writing a script", step);
        if (!written.ok) return written;
        if (written.value.exitCode !== 0)
          return fail(
            "command-failed",
            told({ kind: "not-written", path, text: written.value.stderr.trim() }),
            {
              path,
            },
          );
      }
      return await this.run(
        [`${this.systemRoot}\\System32\\cscript.exe`, "//nologo", path, ...parameters],
        options,
      );
    } finally {
      await this.#carrier.execute(removeLine(path), "removing a script", {
        timeoutMs: vbscriptStepTimeoutMs,
      });
    }
  }

  upload(content: Buffer, remotePath: string, options: WindowsUploadOptions = {}): Promise<Result<void>> {
    return uploadFile(this.powershell.bind(this), content, remotePath, options);
  }

  async storeLines(
    text: Buffer,
    remotePath: string,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Result<void>> {
    if (!isPlainPath(remotePath))
      return fail("input-invalid", told({ kind: "no-plain-path", path: remotePath }), { field: "path" });
    // findstr gives out every line that it takes in.
    const line = { program: "findstr", arguments: ["^^", `>"${remotePath}"`], skipCmd: false };
    const timeoutMs = vbscriptStepTimeoutMs + Math.ceil(text.length / slowestBytesPerMillisecond);
    const output = await this.#execute(line, "findstr", {
      stdin: text,
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    if (!output.ok) return output;
    if (output.value.exitCode === 0) return ok();
    return fail(
      "command-failed",
      told({ kind: "not-written", path: remotePath, text: output.value.stderr.trim() }),
      {
        path: remotePath,
      },
    );
  }

  async isAdministrator(): Promise<Result<boolean>> {
    if (this.#isAdministrator === null) {
      // Answers administrators alone, on every version of Windows.
      const output = await this.#execute({ program: "fltmc", arguments: [], skipCmd: false }, "fltmc", {});
      if (!output.ok) return output;
      this.#isAdministrator = output.value.exitCode === 0;
    }
    return ok(this.#isAdministrator);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#carrier.close();
  }

  async #execute(line: CommandLine, name: string, options: ExecuteOptions): Promise<Result<RunOutput>> {
    if (this.#closed)
      return fail("connection-lost", told({ kind: "session-closed", source: this.description }));
    if (options.signal?.aborted === true) return fail("cancelled", told({ kind: "command-stopped-early" }));
    if (options.elevated === true) {
      const administrator = await this.isAdministrator();
      if (!administrator.ok) return administrator;
      if (!administrator.value) return this.#notAdministrator();
    }
    return this.#carrier.execute(line, name, options);
  }

  #notAdministrator(): Result<never> {
    return fail(
      "root-required",
      told({ kind: "not-administrator", source: this.description }),
      {},
      told({ kind: "use-administrator" }),
    );
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
