import { once } from "node:events";
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import ssh2 from "ssh2";
import { makeKey } from "../sshd/sshd.ts";
import { ProgramMissing, type WindowsMachine } from "./windows-machine.ts";

export interface WindowsSshServer {
  readonly port: number;
  /** Command lines that were asked for, in order. */
  readonly lines: string[];
  stop(): void;
}

/** OpenSSH for Windows in front of a machine: every line goes to `cmd /c`, as its default shell does it. */
export async function startWindowsSsh(machine: WindowsMachine, password: string): Promise<WindowsSshServer> {
  const folder = mkdtempSync(join(tmpdir(), "sma-win-ssh-"));
  const keyFile = join(folder, "host");
  makeKey(keyFile, { type: "ed25519", passphrase: "" });
  const lines: string[] = [];
  const server = new ssh2.Server({ hostKeys: [readFileSync(keyFile)] }, (connection) => {
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => {
      if (context.method === "password" && context.password === password) context.accept();
      else context.reject(["password"]);
    });
    connection.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        lines.push(command);
        const channel = acceptExec();
        const stdout = new PassThrough();
        const stderr = new PassThrough();
        stdout.pipe(channel.stdout, { end: false });
        stderr.pipe(channel.stderr, { end: false });
        const stop = new AbortController();
        channel.on("close", () => stop.abort());
        void runLine(machine, command, { stdin: channel.stdin, stdout, stderr, signal: stop.signal }).then(
          (code) => {
            stdout.end();
            stderr.end();
            setImmediate(() => {
              channel.exit(code);
              channel.end();
            });
          },
        );
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    lines,
    stop: () => {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function runLine(
  machine: WindowsMachine,
  command: string,
  streams: Parameters<WindowsMachine["start"]>[2],
): Promise<number> {
  const inCmd = /^cmd \/c "(.*)"$/.exec(command)?.[1];
  if (inCmd === "echo %SSH_CONNECTION%") {
    streams.stdout.write("192.0.2.7 50123 192.0.2.9 22\r\n");
    return 0;
  }
  try {
    if (inCmd !== undefined) return await machine.start(inCmd, false, streams);
    if (/^"?[A-Z]:\\/i.test(command)) return await machine.start(command, true, streams);
  } catch (error) {
    if (!(error instanceof ProgramMissing)) throw error;
  }
  streams.stderr.write(
    `'${command.split(" ")[0]}' is not recognized as an internal or external command,\r\n`,
  );
  return 1;
}
