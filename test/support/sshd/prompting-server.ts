import { once } from "node:events";
import ssh2, { type Prompt } from "ssh2";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SshFixture } from "./fixture.ts";
import { makeKey } from "./sshd.ts";

/**
 * A small server that asks several keyboard-interactive prompts in one request, which OpenSSH on Linux does only
 * with PAM modules that a test machine does not have. It lets in who answers all as expected, and runs nothing.
 */
export async function startPromptingServer(
  fixture: SshFixture,
  rounds: readonly (readonly { readonly prompt: Prompt; readonly answer: string }[])[],
): Promise<{ readonly host: string; readonly port: number }> {
  const keyFile = join(fixture.directory, "prompting-host");
  makeKey(keyFile, { type: "ed25519", passphrase: "" });
  const server = new ssh2.Server({ hostKeys: [readFileSync(keyFile)] }, (connection) => {
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => {
      if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
      const ask = (index: number): void => {
        const round = rounds[index];
        if (round === undefined) return context.accept();
        const prompts = round.map(({ prompt }) => prompt);
        context.prompt(prompts, (answers) => {
          const isRight = round.every(({ answer }, at) => answers[at] === answer);
          if (isRight) ask(index + 1);
          else context.reject(["keyboard-interactive"]);
        });
      };
      ask(0);
    });
    connection.on("ready", () => {
      connection.on("session", (accept) => {
        const session = accept();
        session.on("exec", (acceptExec) => {
          const channel = acceptExec();
          channel.write("sma-42-probe 1000 /bin/sh\n");
          channel.exit(0);
          channel.end();
        });
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  fixture.onCleanUp(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { host: "127.0.0.1", port: address.port };
}
