import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import { answer, attribute, escape, fault, text, texts, type FaultText, type SoapRequest } from "./soap.ts";
import { ProgramMissing, type WindowsMachine } from "./windows-machine.ts";

const shellNotFound: FaultText = {
  subcode: "InvalidSelectors",
  code: 2150858843,
  reason: "The request for the Windows Remote Shell failed because the shell was not found on the server.",
};
const timedOut: FaultText = {
  subcode: "TimedOut",
  code: 2150858793,
  reason:
    "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.",
};
const tooManyShells: FaultText = {
  subcode: "QuotaLimit",
  code: 2150859173,
  reason: "This user is allowed a maximum number of 5 concurrent shells, which has been exceeded.",
};
const tooManyOperations: FaultText = {
  subcode: "QuotaLimit",
  code: 2150859174,
  reason: "This user is allowed a maximum number of 15 concurrent operations, which has been exceeded.",
};
const fileNotFound: FaultText = {
  subcode: "InternalError",
  code: 2147942402,
  reason: "The system cannot find the file specified.",
};
const envelopeTooLarge: FaultText = {
  subcode: "EncodingLimit",
  code: 2150858968,
  reason: "The WS-Management service cannot process the request because the message is too large.",
};

export interface ShellServiceOptions {
  readonly machine: WindowsMachine;
  readonly maxShells?: number;
  /** As on Windows, operations count per shell and are never counted back. */
  readonly maxOperationsPerShell?: number;
  readonly maxEnvelopeKilobytes?: number;
}

interface Command {
  readonly stdin: PassThrough;
  readonly output: Record<"stdout" | "stderr", Buffer[]>;
  readonly stop: AbortController;
  exitCode: number | null;
  wake: () => void;
}

interface Shell {
  readonly commands: Map<string, Command>;
  operations: number;
}

/** Windows remote shells (MS-WSMV 3.1.4) in front of a {@link WindowsMachine}. */
export class ShellService {
  readonly #options: ShellServiceOptions;
  readonly #shells = new Map<string, Shell>();

  constructor(options: ShellServiceOptions) {
    this.#options = options;
  }

  get openShells(): number {
    return this.#shells.size;
  }

  get runningCommands(): number {
    return [...this.#shells.values()]
      .flatMap((shell) => [...shell.commands.values()])
      .filter((c) => c.exitCode === null).length;
  }

  /** Ends every shell, as an idle timeout or a restart of WinRM does. */
  forgetShells(): void {
    for (const id of this.#shells.keys()) this.#delete(id);
  }

  async handle(request: SoapRequest, envelopeBytes: number): Promise<string> {
    const limit = (this.#options.maxEnvelopeKilobytes ?? 150) * 1024;
    if (envelopeBytes > limit) return fault(request, envelopeTooLarge);
    if (request.action === "Get") return this.#config(request);
    if (request.action === "Create") return this.#create(request);
    const id = request.selectors.get("ShellId") ?? "";
    const shell = this.#shells.get(id);
    if (shell === undefined) return fault(request, shellNotFound);
    switch (request.action) {
      case "Command":
        return this.#command(shell, request);
      case "Send":
        return this.#send(shell, request);
      case "Receive":
        return this.#receive(shell, request);
      case "Signal":
        return this.#signal(shell, request);
      case "Delete":
        this.#delete(id);
        return answer(request, "");
      default:
        return fault(request, { subcode: "ActionNotSupported", code: 0x8033_8001, reason: "no such action" });
    }
  }

  #config(request: SoapRequest): string {
    const kilobytes = this.#options.maxEnvelopeKilobytes ?? 150;
    return answer(
      request,
      `<cfg:Config><cfg:MaxEnvelopeSizekb>${kilobytes}</cfg:MaxEnvelopeSizekb></cfg:Config>`,
    );
  }

  #create(request: SoapRequest): string {
    if (this.#shells.size >= (this.#options.maxShells ?? 30)) return fault(request, tooManyShells);
    if (request.options.get("WINRS_CODEPAGE") !== "65001")
      throw new Error("the shell was asked for without UTF-8");
    const id = randomUUID().toUpperCase();
    this.#shells.set(id, { commands: new Map(), operations: 0 });
    return answer(
      request,
      '<x:ResourceCreated><a:ReferenceParameters><w:SelectorSet><w:Selector Name="ShellId">' +
        `${id}</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>` +
        `<rsp:Shell><rsp:ShellId>${id}</rsp:ShellId></rsp:Shell>`,
    );
  }

  #command(shell: Shell, request: SoapRequest): string {
    if (++shell.operations > (this.#options.maxOperationsPerShell ?? 1500))
      return fault(request, tooManyOperations);
    const command: Command = {
      stdin: new PassThrough({ highWaterMark: 8 * 1024 * 1024 }),
      output: { stdout: [], stderr: [] },
      stop: new AbortController(),
      exitCode: null,
      wake: () => undefined,
    };
    const line = [text(request.body, "Command"), ...texts(request.body, "Arguments")].join(" ");
    const skipCmd = request.options.get("WINRS_SKIP_CMD_SHELL") === "TRUE";
    const streams = {
      stdin: command.stdin,
      stdout: collector(command, "stdout"),
      stderr: collector(command, "stderr"),
      signal: command.stop.signal,
    };
    try {
      const finish = (exitCode: number) => {
        command.exitCode = exitCode;
        command.wake();
      };
      this.#options.machine.start(line, skipCmd, streams).then(finish, () => finish(1));
    } catch (error) {
      if (error instanceof ProgramMissing) return fault(request, fileNotFound);
      throw error;
    }
    const id = randomUUID().toUpperCase();
    shell.commands.set(id, command);
    return answer(request, `<rsp:CommandResponse><rsp:CommandId>${id}</rsp:CommandId></rsp:CommandResponse>`);
  }

  async #send(shell: Shell, request: SoapRequest): Promise<string> {
    const command = shell.commands.get(attribute(request.body, "Stream", "CommandId") ?? "");
    if (command === undefined || command.exitCode !== null) {
      return fault(request, {
        subcode: "InternalError",
        code: 0x800700e8,
        reason: "The pipe is being closed.",
      });
    }
    const bytes = Buffer.from(text(request.body, "Stream"), "base64");
    const room = bytes.length === 0 || command.stdin.write(bytes);
    if (attribute(request.body, "Stream", "End") === "true") command.stdin.end();
    else if (!room) await new Promise((resolve) => command.stdin.once("drain", resolve));
    return answer(request, "<rsp:SendResponse/>");
  }

  async #receive(shell: Shell, request: SoapRequest): Promise<string> {
    const id = attribute(request.body, "DesiredStream", "CommandId") ?? "";
    const command = shell.commands.get(id);
    if (command === undefined) return fault(request, shellNotFound);
    const isQuiet = () =>
      command.exitCode === null && command.output.stdout.length === 0 && command.output.stderr.length === 0;
    if (isQuiet()) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, request.operationTimeoutMs);
        command.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (isQuiet()) return fault(request, timedOut);
    const streams = (["stdout", "stderr"] as const).flatMap((name) =>
      takeUpTo(command.output[name], 30_000).map(
        (bytes) => `<rsp:Stream Name="${name}" CommandId="${id}">${bytes.toString("base64")}</rsp:Stream>`,
      ),
    );
    const left = command.output.stdout.length + command.output.stderr.length > 0;
    const done = command.exitCode !== null && !left;
    const state = `http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/${done ? "Done" : "Running"}`;
    const exitCode = done ? `<rsp:ExitCode>${command.exitCode}</rsp:ExitCode>` : "";
    return answer(
      request,
      `<rsp:ReceiveResponse>${streams.join("")}<rsp:CommandState CommandId="${escape(id)}" State="${state}">` +
        `${exitCode}</rsp:CommandState></rsp:ReceiveResponse>`,
    );
  }

  #signal(shell: Shell, request: SoapRequest): string {
    const id = attribute(request.body, "Signal", "CommandId") ?? "";
    const command = shell.commands.get(id);
    if (command === undefined) return fault(request, shellNotFound);
    end(command);
    if (text(request.body, "Code").endsWith("/terminate")) shell.commands.delete(id);
    return answer(request, "<rsp:SignalResponse/>");
  }

  #delete(id: string): void {
    for (const command of this.#shells.get(id)?.commands.values() ?? []) end(command);
    this.#shells.delete(id);
  }
}

function end(command: Command): void {
  command.stop.abort();
  command.stdin.end();
  command.wake();
}

function collector(command: Command, name: "stdout" | "stderr"): PassThrough {
  const stream = new PassThrough();
  stream.on("data", (chunk: Buffer) => {
    command.output[name].push(chunk);
    command.wake();
  });
  return stream;
}

/** Takes whole chunks, or a slice of the first, so that answers stay small. */
function takeUpTo(chunks: Buffer[], max: number): Buffer[] {
  const taken: Buffer[] = [];
  let room = max;
  while (chunks.length > 0 && room > 0) {
    const chunk = chunks.shift() ?? Buffer.alloc(0);
    taken.push(chunk.subarray(0, room));
    if (chunk.length > room) chunks.unshift(chunk.subarray(room));
    room -= chunk.length;
  }
  return taken;
}
