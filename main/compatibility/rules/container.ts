import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** A container has no disks and no kernel of its own. */
export const container: Rule = {
  id: "container",
  applies: (facts) => facts.platform.kind === "container" || /microsoft|-wsl/i.test(facts.os.kernel ?? ""),
  check: (facts) => [
    finding("container", {
      severity: "blocker",
      subject: { kind: "system", name: "" },
      effects: "fails",
      evidence: [...facts.platform.evidence, ...facts.os.evidence],
      params: {},
    }),
  ],
};
