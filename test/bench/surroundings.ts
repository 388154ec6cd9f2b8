import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { currentUser, makeKey, startSshd } from "../support/sshd/sshd.ts";

/** What the contenders share: a folder, a generated disk, and an sshd on loopback with a key to it. */
export interface Surroundings {
  readonly directory: string;
  /** The ssh program with the options that reach the sshd, up to and including the host. */
  readonly ssh: readonly string[];
  stop(): Promise<void>;
}

export async function prepareSurroundings(baseDirectory: string | undefined): Promise<Surroundings> {
  const directory = mkdtempSync(join(baseDirectory ?? tmpdir(), "sma-bench-"));
  const keyFile = join(directory, "id_ed25519");
  makeKey(keyFile, { type: "ed25519", passphrase: "" });
  const authorized = join(directory, "authorized_keys");
  copyFileSync(`${keyFile}.pub`, authorized);
  const sshd = await startSshd({ config: [`AuthorizedKeysFile ${authorized}`, "StrictModes no"] });
  const ssh = [
    "ssh",
    "-p",
    String(sshd.port),
    "-i",
    keyFile,
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "UserKnownHostsFile=/dev/null",
    "-o",
    "LogLevel=ERROR",
    "-o",
    "Compression=no",
    "-c",
    "aes128-gcm@openssh.com",
    `${currentUser()}@127.0.0.1`,
  ];
  return {
    directory,
    ssh,
    async stop() {
      await sshd.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
