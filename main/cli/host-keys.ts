import { fingerprintSchema } from "../../common/domain/source.ts";
import type { HostKeyDecision } from "../remote/contract.ts";
import { UsageError } from "./command.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Decides about a host key seen for the first time: accepted where `--accept-host-key` names it, otherwise asked on
 * a terminal, otherwise refused. There is deliberately no way to accept whatever comes.
 */
export function askAboutHostKey(terminal: Terminal, option: unknown): HostKeyDecision {
  const given = Array.isArray(option) ? option : option === undefined ? [] : [option];
  const accepted = new Set<string>();
  for (const fingerprint of given) {
    const parsed = fingerprintSchema.safeParse(fingerprint);
    if (!parsed.success)
      throw new UsageError(
        `--accept-host-key wants a fingerprint such as SHA256:…, not "${String(fingerprint)}"`,
      );
    accepted.add(parsed.data);
  }
  return async ({ hop, fingerprint, keyType }) => {
    if (accepted.has(fingerprint)) return true;
    terminal.note(`${hop.host}:${hop.port} shows a key that is not known yet: ${keyType} ${fingerprint}`);
    if (!terminal.canAsk) return false;
    const answer = await terminal.ask(
      "Does the server's own `ssh-keygen -lf` say the same? Type yes to accept it: ",
    );
    return answer.trim().toLowerCase() === "yes";
  };
}
