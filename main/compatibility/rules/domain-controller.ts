import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** A copied domain controller that meets its original breaks the directory's replication. */
export const domainController: Rule = {
  id: "domain-controller",
  applies: (facts) => facts.services !== null,
  check(facts) {
    const services = (facts.services ?? []).filter(
      (service) => service.role === "domain-controller" && service.isRunning !== false,
    );
    if (services.length === 0) return [];
    return [
      finding("domain-controller", {
        severity: "warning",
        subject: { kind: "service", name: services[0]?.name ?? "" },
        effects: "at-risk",
        evidence: services.flatMap((service) => service.evidence),
        params: {},
      }),
    ];
  },
};
