import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** A container has no kernel of its own, and the disks that it may see are those of the machine that runs it. */
export const container: Rule = {
  id: "container",
  applies: (facts) => facts.platform.kind === "container" || /microsoft|-wsl/i.test(facts.os.kernel ?? ""),
  check: (facts, { graph }) => [
    finding("container", {
      severity: graph.disks.length === 0 ? "blocker" : "warning",
      subject: { kind: "system", name: "" },
      effects: graph.disks.length === 0 ? "fails" : "at-risk",
      evidence: [...facts.platform.evidence, ...facts.os.evidence],
      params: {},
    }),
  ],
};
