import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** The target's firmware knows none of the keys that were enrolled on the source. */
export const secureBoot: Rule = {
  id: "secure-boot",
  applies: (facts) => facts.firmware.secureBoot === true,
  check: (facts) => [
    finding("secure-boot", {
      severity: "warning",
      subject: { kind: "boot", name: "" },
      effects: "at-risk",
      evidence: facts.firmware.evidence,
      params: {},
    }),
  ],
};
