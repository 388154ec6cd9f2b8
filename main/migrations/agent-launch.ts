import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { jobCertificateDays } from "../pki/authority.ts";
import { launchDocument } from "./launch-document.ts";
import type { SourceSession } from "../remote/contract.ts";
import type { IntermediateAccess } from "../targets/contract.ts";
import type { AgentPlacement } from "./services.ts";
import type { StepContext } from "./step.ts";

/** An agent that heard nothing for this long gives up; a laptop may sleep over a weekend meanwhile. */
const agentRetrySeconds = 3 * 24 * 3600;

/**
 * Addresses under which this source can reach the intermediate, best first. What the target says comes first; then
 * the address from which the source itself sees the assistant's connection, which holds through most NATs.
 */
export async function addressesFor(
  session: SourceSession,
  access: IntermediateAccess,
  isAdvertised: boolean,
): Promise<string[]> {
  if (isAdvertised) return [...access.addresses];
  const own = await addressSeenBy(session);
  const isAddress = /^[0-9a-fA-F:.]{3,45}$/.test(own);
  return [...new Set([...(isAddress ? [own] : []), ...access.addresses])].slice(0, 16);
}

/** This machine's address by what the source sees of the connection; empty where it cannot be told. */
async function addressSeenBy(session: SourceSession): Promise<string> {
  if (session.platform === "windows") return session.ownAddress?.replace(/^::ffff:/, "") ?? "";
  const seen = await session.script('printf "%s" "${SSH_CONNECTION%% *}"', []);
  return seen.ok && seen.value.exitCode === 0 ? seen.value.stdout.trim() : "";
}

/** Tries the ports from the source's side, so that a firewall is named before an agent waits in vain. */
export async function checkReachable(
  context: StepContext,
  session: SourceSession,
  access: IntermediateAccess,
  hosts: readonly string[],
): Promise<Result<readonly string[]>> {
  const reachable: string[] = [];
  let canTell = true;
  for (const host of hosts) {
    const control = await context.services.reaches(session, host, access.controlPort);
    if (!control.ok) return control;
    if (control.value === null) {
      canTell = false;
      break;
    }
    if (!control.value) continue;
    const data = await context.services.reaches(session, host, access.dataPort);
    if (!data.ok) return data;
    if (data.value === true) reachable.push(host);
  }
  if (!canTell) return ok(hosts);
  if (reachable.length > 0) return ok(reachable);
  return fail(
    "intermediate-unreachable",
    told({
      kind: "ports-closed",
      controlPort: access.controlPort,
      dataPort: access.dataPort,
      hosts: [...hosts],
    }),
    { hosts: [...hosts], controlPort: access.controlPort, dataPort: access.dataPort },
    told({ kind: "open-ports" }),
  );
}

/** Launches the agent with a certificate of its own; those of all agents before it, heard or not, are revoked. */
export async function launchAgent(
  context: StepContext,
  session: SourceSession,
  placement: AgentPlacement,
  hosts: readonly string[],
  { client, controlPort }: IntermediateAccess,
): Promise<Result<void>> {
  const { authority, clock, agents } = context.services;
  const identity = await authority.issue({
    role: "agent",
    commonName: context.jobId,
    validDays: jobCertificateDays,
  });
  const revoked = await client.revokeAgent(context.jobId, identity.serial);
  // An intermediate that does not know the job yet has heard no agent of it.
  if (!revoked.ok && revoked.failure.code !== "not-found") return revoked;
  const document = launchDocument({
    jobId: context.jobId,
    hosts,
    controlPort,
    nowMs: clock(),
    retrySeconds: agentRetrySeconds,
    caPem: authority.certificatePem,
    identity,
  });
  return agents.launch(session, placement, document);
}
