import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** Beyond a minute, logs of both sides no longer line up and cloud APIs begin to refuse requests. */
const toleratedSeconds = 60;

export const clockSkew: Rule = {
  id: "clock-skew",
  applies: (facts) => facts.clock.offsetSeconds !== null || facts.clock.isSynchronised === false,
  check(facts) {
    const { offsetSeconds, evidence } = facts.clock;
    const subject = { kind: "system", name: "" } as const;
    if (offsetSeconds !== null && Math.abs(offsetSeconds) > toleratedSeconds) {
      return [
        finding("clock-skew.offset", {
          severity: "warning",
          subject,
          effects: "unaffected",
          evidence,
          params: { offsetSeconds },
        }),
      ];
    }
    if (facts.clock.isSynchronised !== false) return [];
    return [
      finding("clock-skew.unsynchronised", {
        severity: "info",
        subject,
        effects: "unaffected",
        evidence,
        params: {},
      }),
    ];
  },
};
