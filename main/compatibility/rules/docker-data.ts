import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** Container engines: file replication leaves their data out by default; it changes while it is copied. */
export const dockerData: Rule = {
  id: "docker-data",
  applies: (facts) => facts.services !== null,
  check(facts) {
    const engines = (facts.services ?? []).filter(
      (service) => service.role === "container-engine" && service.isRunning !== false,
    );
    // containerd runs beneath Docker; Docker speaks for both.
    const hasDocker = engines.some((service) => service.name === "docker");
    return engines
      .filter((service) => !hasDocker || service.name !== "containerd")
      .map((service) =>
        finding("docker-data", {
          severity: "warning",
          subject: { kind: "service", name: service.name },
          effects: { block: "at-risk", file: "left-out" },
          evidence: service.evidence,
          params: { engine: service.name, paths: service.dataPaths },
        }),
      );
  },
};
