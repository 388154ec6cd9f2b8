import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** A cluster member that starts twice, or with shared disks gone, can take the cluster's data with it. */
export const clusterMember: Rule = {
  id: "cluster-member",
  applies: (facts) => facts.services !== null,
  check: (facts) =>
    (facts.services ?? [])
      .filter((service) => service.role === "cluster" && service.isRunning !== false)
      .map((service) =>
        finding("cluster-member", {
          severity: "warning",
          subject: { kind: "service", name: service.name },
          effects: "at-risk",
          evidence: service.evidence,
          params: { service: service.name },
        }),
      ),
};
