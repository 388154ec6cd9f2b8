import { finding } from "../../../common/domain/finding.ts";
import { osTitle } from "../os-matrix.ts";
import { isWindows, type Rule } from "../rule.ts";

/** An evaluation edition of Windows: its days go on counting, and it turns itself off every hour once they are over. */
export const osEvaluation: Rule = {
  id: "os-evaluation",
  applies: isWindows,
  check: (facts, { matrix }) =>
    /\bevaluation\b/i.test(facts.os.edition ?? "")
      ? [
          finding("os-evaluation", {
            severity: "warning",
            subject: { kind: "system", name: "" },
            effects: "at-risk",
            evidence: facts.os.evidence,
            params: { os: osTitle(facts.os, matrix) },
          }),
        ]
      : [],
};
