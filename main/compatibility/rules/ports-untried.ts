import { finding } from "../../../common/domain/finding.ts";
import { notCollected, type Rule } from "../rule.ts";

export const portsUntried: Rule = {
  id: "ports-untried",
  applies: (facts) => facts.portProbes.length === 0 && facts.os.family !== "other",
  check: () => [
    finding("ports-untried", {
      severity: "info",
      subject: { kind: "network", name: "" },
      effects: "unknown",
      evidence: notCollected("tcp 8080", "tcp 8703"),
      params: {},
    }),
  ],
};
