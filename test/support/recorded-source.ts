/**
 * A source whose machine is a recording: a real sshd on loopback and a real login, but the collector's answer is a
 * bundle that was written down. For what needs a server's facts and no server.
 */
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SshSource } from "../../common/domain/source.ts";
import { currentUser, makeKey, startSshd } from "./sshd/sshd.ts";

export interface RecordedSource {
  readonly address: SshSource["address"];
  stop(): Promise<void>;
}

export async function startRecordedSource(bundle: string): Promise<RecordedSource> {
  const directory = mkdtempSync(join(tmpdir(), "sma-recorded-"));
  const keyFile = join(directory, "id_ed25519");
  makeKey(keyFile, { type: "ed25519", passphrase: "" });
  const authorized = join(directory, "authorized_keys");
  copyFileSync(`${keyFile}.pub`, authorized);
  const recording = join(directory, "bundle.json");
  writeFileSync(recording, bundle);
  const login = join(directory, "login.sh");
  // What the assistant runs arrives as one line (main/remote/ssh/shell-framing.ts); all but the collector is run.
  writeFileSync(
    login,
    `#!/bin/sh
case $SSH_ORIGINAL_COMMAND in
*"read -r s"*)
  IFS= read -r s || exit 125
  case $s in *"Collects what an assessment needs to know of this Linux machine"*)
    s="\${s%'eval "$sma_text"'}exec cat ${recording}" ;;
  esac
  eval "$s" ;;
*) exec /bin/sh -c "$SSH_ORIGINAL_COMMAND" ;;
esac
`,
  );
  chmodSync(login, 0o755);
  const sshd = await startSshd({
    config: [
      `AuthorizedKeysFile ${authorized}`,
      "PermitRootLogin yes",
      "StrictModes no",
      `ForceCommand ${login}`,
    ],
  });
  return {
    address: {
      kind: "ssh",
      jumpHosts: [],
      host: {
        host: "127.0.0.1",
        port: sshd.port,
        hostKey: sshd.fingerprint("ed25519"),
        legacyAlgorithms: false,
        authentication: {
          user: currentUser(),
          keyFiles: [keyFile],
          useSshAgent: false,
          passwordEntry: null,
          keyPassphraseEntry: null,
        },
      },
      elevation: { method: "none" },
    },
    async stop() {
      await sshd.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
