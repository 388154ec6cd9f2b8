import { inEnglish } from "../support/in-english.ts";
import { createHash } from "node:crypto";
import { Client } from "ssh2";
import { fail, ok, type Result } from "../../common/result.ts";

export interface LabOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface LabLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: Buffer;
  /** `SHA256:…` */
  readonly hostKey: string;
}

/**
 * Runs one shell command over a connection of its own. The lab's own way in, independent of the code under test.
 * `connection-lost` where it cannot be run to its end.
 */
export function runOverSsh(login: LabLogin, command: string, stdin: string): Promise<Result<LabOutput>> {
  return new Promise((settle) => {
    const client = new Client();
    const lost = (why: string): void => {
      settle(
        fail("connection-lost", inEnglish(`the lab server at port ${login.port}: ${why}`), {
          port: login.port,
        }),
      );
      client.destroy();
    };
    client.on("error", (error) => lost(error.message));
    client.on("close", () => lost("the connection closed"));
    client.on("ready", () => {
      client.exec(command, (error, channel) => {
        if (error !== undefined) return lost(error.message);
        const stdout: Buffer[] = [];
        const stderr: Buffer[] = [];
        let exitCode = 255;
        channel.on("data", (part: Buffer) => stdout.push(part));
        channel.stderr.on("data", (part: Buffer) => stderr.push(part));
        channel.on("exit", (code: number | null) => (exitCode = code ?? 128));
        channel.on("close", () => {
          const text = (parts: Buffer[]): string => Buffer.concat(parts).toString("utf8");
          settle(ok({ stdout: text(stdout), stderr: text(stderr), exitCode }));
          client.end();
        });
        channel.end(stdin);
      });
    });
    client.connect({
      host: login.host,
      port: login.port,
      username: login.user,
      privateKey: login.privateKey,
      readyTimeout: 60_000,
      hostVerifier: (key: Buffer) =>
        `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}` === login.hostKey,
    });
  });
}
