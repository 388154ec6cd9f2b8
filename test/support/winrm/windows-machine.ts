import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  closeSync,
  ftruncateSync,
  readFileSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { connect as connectTls } from "node:tls";
import type { Readable, Writable } from "node:stream";
import { parseWindowsArguments, throughCmd } from "./windows-arguments.ts";

export interface ProcessStreams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborted when the command is terminated. */
  readonly signal: AbortSignal;
}

export type WindowsProgram = (parameters: readonly string[], streams: ProcessStreams) => Promise<number>;

export interface WindowsMachineOptions {
  /** The folder that is `C:\`. */
  readonly driveC: string;
  /** Runs command lines instead of this machine, all but PowerShell's. */
  execute?(commandLine: string, streams: ProcessStreams): Promise<number>;
  /** Scripts by their first line without `# `, beside those of uploads. */
  readonly scripts?: Readonly<Record<string, WindowsProgram>>;
  /** Called with the file of a program that is about to be started; what it throws is the start's outcome. */
  beforeStart?(file: string): void;
  readonly isAdministrator?: boolean;
  readonly hasPowershell?: boolean;
}

/** No such program: WinRM answers with a fault. */
export class ProgramMissing extends Error {}

const environment: Readonly<Record<string, string>> = {
  SYSTEMROOT: "C:\\Windows",
  PROCESSOR_ARCHITECTURE: "AMD64",
  USERNAME: "user",
};
const powershellPath = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe";

/**
 * What a Windows server would do with a command, as far as tests need it: `cmd` finds a handful of names, full paths are
 * files below a folder and are started for real, and PowerShell does in TypeScript what the project's scripts ask for.
 */
export class WindowsMachine {
  readonly #options: WindowsMachineOptions;
  readonly #scripts: Readonly<Record<string, WindowsProgram>>;

  constructor(options: WindowsMachineOptions) {
    this.#options = options;
    this.#scripts = {
      "sma upload status": (parameters, streams) => this.#uploadStatus(parameters, streams),
      "sma upload receive": (parameters, streams) => this.#uploadReceive(parameters, streams),
      "sma fetch": (parameters, streams) => this.#fetch(parameters, streams),
      "sma start program": ([file = "", rest = ""], streams) =>
        file.toLowerCase().endsWith("\\cmd.exe")
          ? this.start(rest.replace(/^\/c /, ""), false, streams)
          : this.start(`"${file}" ${rest}`, true, streams),
      ...options.scripts,
    };
  }

  /** The file behind a path such as `C:\Temp\x`, in whatever case it is there. */
  path(windowsPath: string): string {
    const parts = windowsPath.replace(/^[A-Za-z]:\\/, "").split("\\");
    return parts.reduce((folder, part) => {
      const names = existsSync(join(folder, part)) || !existsSync(folder) ? [] : readdirSync(folder);
      return join(folder, names.find((name) => name.toLowerCase() === part.toLowerCase()) ?? part);
    }, this.#options.driveC);
  }

  /** Starts what the command line asks for. Throws {@link ProgramMissing} before anything ran. */
  start(commandLine: string, skipCmd: boolean, streams: ProcessStreams): Promise<number> {
    if (!skipCmd && this.#options.execute !== undefined && !commandLine.startsWith("fltmc")) {
      return this.#options.execute(`C:\\windows\\system32\\cmd.exe /c ${commandLine}`, streams);
    }
    const stored = /^findstr \^\^ >"([^"]+)"$/.exec(commandLine)?.[1];
    if (!skipCmd && stored !== undefined) return this.#storeInput(stored, streams);
    const argv = parseWindowsArguments(skipCmd ? commandLine : throughCmd(commandLine, environment));
    const [program = "", ...parameters] = argv;
    if (!skipCmd) return this.#startNamed(program.toLowerCase(), parameters, streams);
    if (program.toLowerCase() === powershellPath.toLowerCase() && this.#options.hasPowershell !== false) {
      return this.#startPowershell(parameters, streams);
    }
    const file = this.path(program);
    this.#options.beforeStart?.(file);
    if (!/^[A-Za-z]:\\/.test(program) || !existsSync(file)) throw new ProgramMissing(program);
    if (this.#options.execute !== undefined) return this.#options.execute(commandLine, streams);
    return this.#startFile(file, parameters, streams);
  }

  async #startNamed(
    name: string,
    parameters: readonly string[],
    { stdout, stderr }: ProcessStreams,
  ): Promise<number> {
    if (name === "echo") {
      stdout.write(`${parameters.join(" ")}\r\n`);
      return 0;
    }
    if (name === "ver") {
      stdout.write("\r\nMicrosoft Windows [Version 6.1.7601]\r\n");
      return 0;
    }
    const builtin = this.#fileCommand(name, parameters, stdout);
    if (builtin !== null) return builtin;
    if (name === "fltmc") return this.#options.isAdministrator === false ? 5 : 0;
    stderr.write(`'${name}' is not recognized as an internal or external command,\r\n`);
    return 1;
  }

  async #storeInput(target: string, { stdin }: ProcessStreams): Promise<number> {
    const chunks: Buffer[] = [];
    for await (const chunk of stdin as AsyncIterable<Buffer>) chunks.push(chunk);
    writeFileSync(this.path(target), Buffer.concat(chunks));
    return 0;
  }

  /** Null where it is none of them. */
  #fileCommand(name: string, parameters: readonly string[], stdout: Writable): number | null {
    const path = this.path(parameters.at(-1) ?? "");
    switch (name) {
      case "mkdir":
        if (existsSync(path)) return 1;
        mkdirSync(path, { mode: 0o700 });
        return 0;
      case "del":
        rmSync(path, { force: true });
        return 0;
      case "rmdir":
        if (!existsSync(path) || readdirSync(path).length > 0) return 1;
        rmdirSync(path);
        return 0;
      case "dir":
        if (!existsSync(path)) return 1;
        if (statSync(path).isDirectory()) stdout.write(readdirSync(path).join("\r\n"));
        return 0;
      case "certutil": {
        const text = readFileSync(this.path(parameters[1] ?? ""), "latin1");
        if (parameters[0] !== "-decode" || existsSync(path)) return 1;
        writeFileSync(path, Buffer.from(text, "base64"), { mode: 0o700 });
        return 0;
      }
      default:
        return null;
    }
  }

  #startFile(file: string, parameters: readonly string[], { stdin, stdout, stderr, signal }: ProcessStreams) {
    const child = spawn(file, parameters, { cwd: dirname(file), signal });
    child.stdin.on("error", () => undefined);
    stdin.pipe(child.stdin);
    child.stdout.pipe(stdout, { end: false });
    child.stderr.pipe(stderr, { end: false });
    return new Promise<number>((resolve) => {
      child.once("error", () => resolve(1));
      child.once("close", (code) => resolve(code ?? 1));
    });
  }

  async #startPowershell(parameters: readonly string[], streams: ProcessStreams): Promise<number> {
    const encoded = parameters[parameters.indexOf("-EncodedCommand") + 1] ?? "";
    const command = Buffer.from(encoded, "base64").toString("utf16le");
    const { script, values } = command.includes("& {")
      ? inlineScript(command)
      : await scriptFromInput(streams.stdin);
    const name = /^# (.*)/.exec(script)?.[1] ?? "";
    const program = this.#scripts[name];
    if (program !== undefined) return program(values, streams);
    streams.stderr.write(
      '#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">' +
        `<S S="Error">no script &quot;${name}&quot; here_x000D__x000A_</S></Objs>`,
    );
    return 1;
  }

  async #fetch(parameters: readonly string[], { stdout }: ProcessStreams): Promise<number> {
    const [host = "", port = "", token = "", pin = "", path = "", expected = ""] = parameters;
    const say = (words: string): number => {
      stdout.write(`sma-upload ${words}\r\n`);
      return 0;
    };
    const socket = connectTls({ host, port: Number(port), rejectUnauthorized: false });
    try {
      await once(socket, "secureConnect");
    } catch (error) {
      return say(`failed 0 ${String(error)}`);
    }
    if (sha256(socket.getPeerCertificate(true).raw) !== pin) {
      socket.destroy();
      return say("failed 0 another certificate");
    }
    socket.write(`GET /${token} HTTP/1.0\r\n\r\n`);
    const chunks: Buffer[] = [];
    for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = Buffer.concat(chunks);
    const body = answer.subarray(answer.indexOf("\r\n\r\n") + 4);
    if (!answer.toString("latin1", 0, 12).endsWith(" 200")) return say("failed 0 the answer is another");
    if (sha256(body) !== expected) return say(`differs ${sha256(body)}`);
    writeFileSync(this.path(path), body, { mode: 0o700 });
    return say("done");
  }

  async #uploadStatus([path = ""]: readonly string[], { stdout }: ProcessStreams): Promise<number> {
    const part = `${this.path(path)}.sma-part`;
    if (!existsSync(part)) stdout.write("sma-upload none\r\n");
    else stdout.write(`sma-upload part ${readFileSync(part).length} ${sha256(readFileSync(part))}\r\n`);
    return 0;
  }

  async #uploadReceive([path = "", offset = "0", expected = ""]: readonly string[], streams: ProcessStreams) {
    const target = this.path(path);
    const part = `${target}.sma-part`;
    if (!existsSync(dirname(target))) {
      streams.stdout.write("sma-upload failed 3 Could not find a part of the path.\r\n");
      return 0;
    }
    const file = openSync(part, existsSync(part) ? "r+" : "w");
    let position = Number(offset);
    ftruncateSync(file, position);
    for await (const chunk of streams.stdin as AsyncIterable<Buffer>) {
      position += writeSync(file, chunk, 0, chunk.length, position);
    }
    closeSync(file);
    // A command that was terminated does not reach its end.
    if (streams.signal.aborted) return 1;
    const actual = sha256(readFileSync(part));
    if (actual === expected) {
      chmodSync(part, 0o700);
      renameSync(part, target);
    }
    streams.stdout.write(actual === expected ? "sma-upload done\r\n" : `sma-upload differs ${actual}\r\n`);
    return 0;
  }
}

/** Makes the folder of a Windows path exist. */
export function makeFolder(machine: WindowsMachine, windowsPath: string): void {
  mkdirSync(machine.path(windowsPath), { recursive: true });
}

function inlineScript(command: string): { script: string; values: string[] } {
  const start = command.indexOf("& {");
  const list = /\$p=@\(@\(([^)]*)\)/.exec(command.slice(0, start))?.[1] ?? "";
  return {
    script: command.slice(start + 3, command.lastIndexOf("}")),
    values: [...list.matchAll(/'([^']*)'/g)].map((match) =>
      Buffer.from(match[1] ?? "", "base64").toString("utf8"),
    ),
  };
}

async function scriptFromInput(stdin: Readable): Promise<{ script: string; values: string[] }> {
  const count = Number(await readLine(stdin));
  const script = await readLine(stdin);
  const values: string[] = [];
  while (values.length < count) values.push(await readLine(stdin));
  return { script, values };
}

/** One base64 line; what follows stays in the stream. */
async function readLine(stdin: Readable): Promise<string> {
  let line = Buffer.alloc(0);
  for (;;) {
    const chunk = stdin.read() as Buffer | null;
    if (chunk === null) {
      if (stdin.readableEnded) break;
      await new Promise((resolve) => {
        stdin.once("readable", resolve);
        stdin.once("end", resolve);
      });
      continue;
    }
    const end = chunk.indexOf(10);
    line = Buffer.concat([line, end < 0 ? chunk : chunk.subarray(0, end)]);
    if (end < 0) continue;
    if (end + 1 < chunk.length) stdin.unshift(chunk.subarray(end + 1));
    break;
  }
  return Buffer.from(line.toString("latin1"), "base64").toString("utf8");
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
