import type { AnyAuthMethod, ParsedKey } from "ssh2";
import type { SshHop } from "../../../common/domain/source.ts";
import { ok, type Failure, type Result } from "../../../common/result.ts";
import type { Secret } from "../../../common/secret.ts";
import type { RemoteEnvironment } from "../contract.ts";
import { listAgentKeys } from "./agent-keys.ts";
import { loadPrivateKey } from "./private-key.ts";
import type { RsaSignature } from "./rsa-signatures.ts";

export type WireMethod = "publickey" | "password" | "keyboard-interactive";

/** One thing to try. Keyboard-interactive is made when its turn comes, because it asks questions. */
export interface AuthenticationAttempt {
  readonly wireMethod: WireMethod;
  /** For people, e.g. `key /home/a/.ssh/id_rsa (rsa-sha2-256)`. */
  readonly description: string;
  /** Set for RSA keys. */
  readonly rsaSignature: RsaSignature | null;
  readonly method: AnyAuthMethod | "keyboard-interactive";
}

export interface AuthenticationPlan {
  readonly attempts: readonly AuthenticationAttempt[];
  readonly password: Secret | null;
  /** Keys that could not be used, and why. */
  readonly keyProblems: readonly Failure[];
}

interface UsableKey {
  readonly name: string;
  readonly type: ParsedKey["type"];
  readonly method: AnyAuthMethod;
}

/**
 * Everything that may be tried on a hop, best first. RSA keys are tried with SHA-256, then SHA-512 and, on hosts with
 * legacy algorithms, SHA-1. Fails where a secret that was promised cannot be had, or where nothing can be tried.
 */
export async function planAuthentication(
  hop: SshHop,
  environment: RemoteEnvironment,
  options: { readonly homeDirectory: string; readonly sshAgentSocket: string | null },
): Promise<Result<AuthenticationPlan>> {
  const { authentication } = hop;
  const passphrase = await optionalSecret(environment, authentication.keyPassphraseEntry);
  if (!passphrase.ok) return passphrase;
  const password = await optionalSecret(environment, authentication.passwordEntry);
  if (!password.ok) return password;

  const username = authentication.user;
  const keyProblems: Failure[] = [];
  const keys: UsableKey[] = [];
  for (const path of authentication.keyFiles) {
    const loaded = await loadPrivateKey(path, options.homeDirectory, passphrase.value);
    if (!loaded.ok) keyProblems.push(loaded.failure);
    else
      keys.push({
        name: `key ${path}`,
        type: loaded.value.type,
        method: { type: "publickey", username, key: loaded.value },
      });
  }
  if (authentication.useSshAgent && options.sshAgentSocket !== null) {
    const listed = await listAgentKeys(options.sshAgentSocket);
    if (!listed.ok) keyProblems.push(listed.failure);
    else {
      for (const { key, agent } of listed.value) {
        keys.push({
          name: `agent key ${key.comment}`.trim(),
          type: key.type,
          method: { type: "agent", username, agent },
        });
      }
    }
  }

  const attempts: AuthenticationAttempt[] = keyAttempts(keys, hop.legacyAlgorithms);
  if (password.value !== null) {
    attempts.push({
      wireMethod: "password",
      description: "password",
      rsaSignature: null,
      method: { type: "password", username, password: password.value.reveal() },
    });
  }
  if (password.value !== null || environment.answerPrompt !== undefined) {
    attempts.push({
      wireMethod: "keyboard-interactive",
      description: "keyboard-interactive",
      rsaSignature: null,
      method: "keyboard-interactive",
    });
  }
  const onlyProblem = keyProblems[0];
  if (attempts.length === 0 && onlyProblem !== undefined) return { ok: false, failure: onlyProblem };
  return ok({ attempts, password: password.value, keyProblems });
}

function keyAttempts(keys: readonly UsableKey[], legacy: boolean): AuthenticationAttempt[] {
  const rounds: readonly RsaSignature[] = legacy
    ? ["rsa-sha2-256", "rsa-sha2-512", "ssh-rsa"]
    : ["rsa-sha2-256", "rsa-sha2-512"];
  return rounds.flatMap((rsaSignature, round) =>
    keys.flatMap(({ name, type, method }): AuthenticationAttempt[] => {
      if (type === "ssh-rsa") {
        return [{ wireMethod: "publickey", description: `${name} (${rsaSignature})`, rsaSignature, method }];
      }
      const isUsable = round === 0 && (type !== "ssh-dss" || legacy);
      return isUsable ? [{ wireMethod: "publickey", description: name, rsaSignature: null, method }] : [];
    }),
  );
}

async function optionalSecret(
  environment: RemoteEnvironment,
  entry: string | null,
): Promise<Result<Secret | null>> {
  return entry === null ? ok(null) : environment.secret(entry);
}
