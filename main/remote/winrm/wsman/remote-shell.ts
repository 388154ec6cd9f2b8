import { told } from "../../../../common/domain/report-text/told.ts";
import { ok, type Result } from "../../../../common/result.ts";
import type { CommandLine } from "../../windows/command-line.ts";
import { secondsDuration } from "./duration.ts";
import { isTimeout } from "./fault.ts";
import { faultFailure } from "./fault-failure.ts";
import { signals, type Signal } from "./namespaces.ts";
import { parseCommandId, parseReceived, parseShellId, type Received } from "./shell-answers.ts";
import type { WsmanClient } from "./wsman-client.ts";
import type { XmlNode } from "./xml-writer.ts";

/** UTF-8: what programs that honour the console's code page write then. */
const utf8CodePage = "65001";
/** After that long without a request the server ends the shell, should this machine vanish. */
const shellIdleTimeoutMs = 15 * 60_000;

/**
 * A Windows remote shell (MS-WSMV 3.1.4): a place on the server in which commands run. It counts against the user's
 * limit of shells until {@link delete}.
 */
export class RemoteShell {
  readonly #client: WsmanClient;
  readonly #id: string;

  private constructor(client: WsmanClient, id: string) {
    this.#client = client;
    this.#id = id;
  }

  static async open(client: WsmanClient, signal: AbortSignal): Promise<Result<RemoteShell>> {
    const body = await client.askFor(
      {
        action: "create",
        resource: "commandShell",
        options: { WINRS_NOPROFILE: "FALSE", WINRS_CODEPAGE: utf8CodePage },
        body: [
          {
            name: "rsp:Shell",
            content: [
              { name: "rsp:IdleTimeOut", content: secondsDuration(shellIdleTimeoutMs) },
              { name: "rsp:InputStreams", content: "stdin" },
              { name: "rsp:OutputStreams", content: "stdout stderr" },
            ],
          },
        ],
      },
      told({ kind: "doing-open-shell" }),
      signal,
    );
    if (!body.ok) return body;
    const id = parseShellId(body.value);
    return id.ok ? ok(new RemoteShell(client, id.value)) : id;
  }

  /** Starts a command. Its standard input is a pipe, not a console, so that bytes pass unchanged. */
  async start(line: CommandLine, signal: AbortSignal): Promise<Result<RemoteCommand>> {
    const content: XmlNode[] = [
      { name: "rsp:Command", content: line.program },
      ...line.arguments.map((argument) => ({ name: "rsp:Arguments", content: argument })),
    ];
    const body = await this.#client.askFor(
      {
        action: "command",
        resource: "commandShell",
        options: {
          WINRS_CONSOLEMODE_STDIN: "FALSE",
          WINRS_SKIP_CMD_SHELL: line.skipCmd ? "TRUE" : "FALSE",
        },
        selectors: this.#selectors,
        body: [{ name: "rsp:CommandLine", content }],
      },
      told({ kind: "doing-start-command" }),
      signal,
    );
    if (!body.ok) return body;
    const id = parseCommandId(body.value);
    return id.ok ? ok(new RemoteCommand(this.#client, this.#selectors, id.value)) : id;
  }

  /** Ends the shell and whatever still runs in it. */
  async delete(signal: AbortSignal): Promise<Result<void>> {
    const body = await this.#client.askFor(
      { action: "delete", resource: "commandShell", selectors: this.#selectors, body: [] },
      told({ kind: "doing-close-shell" }),
      signal,
    );
    return body.ok ? ok() : body;
  }

  get #selectors(): Readonly<Record<string, string>> {
    return { ShellId: this.#id };
  }
}

/** A command that was started in a shell. */
export class RemoteCommand {
  readonly #client: WsmanClient;
  readonly #selectors: Readonly<Record<string, string>>;
  readonly #id: string;

  constructor(client: WsmanClient, selectors: Readonly<Record<string, string>>, id: string) {
    this.#client = client;
    this.#selectors = selectors;
    this.#id = id;
  }

  /** Writes to standard input; `last` closes it. Returns when the server has taken the bytes. */
  async send(bytes: Buffer, last: boolean, signal: AbortSignal): Promise<Result<void>> {
    const attributes = { Name: "stdin", CommandId: this.#id, ...(last ? { End: "true" } : {}) };
    const stream = { name: "rsp:Stream", attributes, content: bytes.toString("base64") };
    const body = await this.#client.askFor(
      this.#request("send", [{ name: "rsp:Send", content: [stream] }]),
      told({ kind: "doing-send-input" }),
      signal,
    );
    return body.ok ? ok() : body;
  }

  /** What was written since the last call; waits up to the operation timeout for something, then gives nothing. */
  async receive(signal: AbortSignal): Promise<Result<Received>> {
    const desired = {
      name: "rsp:DesiredStream",
      attributes: { CommandId: this.#id },
      content: "stdout stderr",
    };
    const reply = await this.#client.ask(
      {
        ...this.#request("receive", [{ name: "rsp:Receive", content: [desired] }]),
        options: { WSMAN_CMDSHELL_OPTION_KEEPALIVE: "TRUE" },
      },
      signal,
    );
    if (!reply.ok) return reply;
    if (reply.value.kind === "answer") return parseReceived(reply.value.body, this.#id);
    if (isTimeout(reply.value.fault)) {
      return ok({ stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), done: false, exitCode: null });
    }
    return { ok: false, failure: faultFailure(reply.value.fault, told({ kind: "reading-output" })) };
  }

  /** `terminate` after every command, ended or not: it frees what the server keeps for it. */
  async signal(name: Signal, signal: AbortSignal): Promise<Result<void>> {
    const node = {
      name: "rsp:Signal",
      attributes: { CommandId: this.#id },
      content: [{ name: "rsp:Code", content: signals[name] }],
    };
    const body = await this.#client.askFor(
      this.#request("signal", [node]),
      told({ kind: "doing-end-command" }),
      signal,
    );
    return body.ok ? ok() : body;
  }

  #request(action: "send" | "receive" | "signal", body: readonly XmlNode[]) {
    return { action, resource: "commandShell", selectors: this.#selectors, body } as const;
  }
}
