import { finding } from "../../../common/domain/finding.ts";
import { isWindows, type Rule } from "../rule.ts";

/** Updates that wait for a restart would be finished by the first start on other hardware. */
export const pendingRestart: Rule = {
  id: "pending-restart",
  applies: (facts) => facts.pendingRestart.length > 0,
  check: (facts) => [
    finding("pending-restart", {
      severity: isWindows(facts) ? "warning" : "info",
      subject: { kind: "system", name: "" },
      effects: isWindows(facts) ? "at-risk" : "unaffected",
      evidence: facts.pendingRestart,
      params: {},
    }),
  ],
};
