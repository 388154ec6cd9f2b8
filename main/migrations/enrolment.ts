import type { Provision, ReplicaDisk, SyncStatus } from "../../common/api/intermediate.ts";
import type { Result } from "../../common/result.ts";
import { jobCertificateDays } from "../pki/authority.ts";
import type { IntermediateAccess } from "../targets/contract.ts";
import type { StepContext } from "./step.ts";

/**
 * Gives the intermediate the job's plan and a fresh server certificate. Harmless to repeat, and needed again after
 * every start of the intermediate, which keeps keys in memory alone.
 */
export async function enrolJob(
  context: StepContext,
  access: IntermediateAccess,
  disks: readonly ReplicaDisk[],
  passLimit: number = context.plan.passLimit,
): Promise<Result<SyncStatus>> {
  const identity = await context.services.authority.issue({
    role: "intermediate",
    commonName: context.jobId,
    validDays: jobCertificateDays,
  });
  const provision: Provision = {
    disks: [...disks],
    chunkBytes: context.plan.chunkBytes,
    tuning: context.plan.tuning,
    dataConnections: context.plan.dataConnections,
    passLimit,
    continueOnReadError: context.plan.continueOnReadError,
    usedBlocksOnly: context.plan.usedBlocksOnly,
    certificatePem: identity.certificatePem,
    keyPem: identity.key.reveal(),
    // Those that the intermediate has on record stay revoked.
    revokedSerials: [],
  };
  return access.client.provision(context.jobId, provision);
}
