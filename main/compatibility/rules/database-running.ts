import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** A database that writes while it is copied: the copy is as after a power cut. */
export const databaseRunning: Rule = {
  id: "database-running",
  applies: (facts) => facts.services !== null,
  check: (facts) =>
    (facts.services ?? [])
      .filter(
        (service) =>
          (service.role === "database" ||
            (service.role === "directory" && service.name !== "active-directory")) &&
          service.isRunning !== false,
      )
      .map((service) =>
        finding("database-running", {
          severity: service.isRunning === true ? "warning" : "info",
          subject: { kind: "service", name: service.name },
          effects: "at-risk",
          evidence: service.evidence,
          params: { service: service.name },
        }),
      ),
};
