/** The launch document of an agent: docs/PROTOCOL.md, "Launching an agent". */
import type { Identity } from "../pki/authority.ts";

export interface LaunchParameters {
  readonly jobId: string;
  /** Tried in turn. */
  readonly hosts: readonly string[];
  readonly controlPort: number;
  readonly nowMs: number;
  /** How long the agent goes on trying without any success; 0 for ever. */
  readonly retrySeconds: number;
  readonly caPem: string;
  readonly identity: Identity;
}

/** Holds the agent's private key: goes to the agent's standard input and nowhere else. */
export function launchDocument(parameters: LaunchParameters): Buffer {
  const entries: readonly (readonly [string, string])[] = [
    ["version", "1"],
    ["job", parameters.jobId],
    ["host", parameters.hosts.join("\n")],
    ["control-port", String(parameters.controlPort)],
    ["time", String(Math.floor(parameters.nowMs / 1000))],
    ["retry-seconds", String(parameters.retrySeconds)],
    // The source's own work comes first: against one busy session or service all of ours weighs a tenth. Not 19, which
    // would starve on a busy source until the connection counts as lost.
    ["nice", "10"],
    ["ionice", "2"],
    ["ca", parameters.caPem],
    ["certificate", parameters.identity.certificatePem],
    ["key", parameters.identity.key.reveal()],
  ];
  return Buffer.concat(
    entries.map(([key, value]) => {
      const bytes = Buffer.from(value, "utf8");
      return Buffer.concat([Buffer.from(`${key} ${bytes.length}\n`), bytes, Buffer.from("\n")]);
    }),
  );
}
