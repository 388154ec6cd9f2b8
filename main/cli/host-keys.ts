import { fingerprintSchema } from "../../common/domain/source.ts";
import type { HostKeyDecision } from "../remote/contract.ts";
import { UsageError } from "./command.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Decides about a host key or certificate seen for the first time: accepted where `--accept-host-key` or
 * `--accept-certificate` names it, otherwise asked on a terminal, otherwise refused. There is deliberately no way to
 * accept whatever comes.
 */
export function askAboutHostKey(
  terminal: Terminal,
  options: Readonly<Record<"accept-host-key" | "accept-certificate", unknown>>,
): HostKeyDecision {
  const keys = fingerprintsOf(options, "accept-host-key");
  const certificates = fingerprintsOf(options, "accept-certificate");
  return async ({ hop, fingerprint, keyType, thumbprint }) => {
    const isCertificate = thumbprint !== undefined;
    if ((isCertificate ? certificates : keys).has(fingerprint)) return true;
    // The failure that follows says the same.
    if (!terminal.canAsk) return false;
    terminal.note(
      isCertificate
        ? `${hop.host}:${hop.port} shows a certificate that is not known yet: ${fingerprint}, thumbprint ${thumbprint}`
        : `${hop.host}:${hop.port} shows a key that is not known yet: ${keyType} ${fingerprint}`,
    );
    const proof = isCertificate ? "`winrm enumerate winrm/config/listener`" : "`ssh-keygen -lf`";
    const answer = await terminal.ask(`Does the server's own ${proof} say the same? Type yes to accept it: `);
    return answer.trim().toLowerCase() === "yes";
  };
}

function fingerprintsOf<N extends string>(
  options: Readonly<Record<N, unknown>>,
  name: N,
): ReadonlySet<string> {
  const option = options[name];
  const given = Array.isArray(option) ? option : option === undefined ? [] : [option];
  return new Set(
    given.map((fingerprint) => {
      const parsed = fingerprintSchema.safeParse(fingerprint);
      if (parsed.success) return parsed.data;
      throw new UsageError(`--${name} wants a fingerprint such as SHA256:…, not "${String(fingerprint)}"`);
    }),
  );
}
