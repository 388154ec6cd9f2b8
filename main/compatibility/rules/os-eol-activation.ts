import { finding } from "../../../common/domain/finding.ts";
import { cannotBeActivated, osTitle } from "../os-matrix.ts";
import { isWindows, type Rule } from "../rule.ts";

/** Windows Server 2003 and 2008 cannot be activated again once they run on other hardware. */
export const osEolActivation: Rule = {
  id: "os-eol-activation",
  applies: isWindows,
  check: (facts, { matrix }) =>
    cannotBeActivated(facts.os, matrix) && facts.os.kind !== "client"
      ? [
          finding("os-eol-activation", {
            severity: "warning",
            subject: { kind: "system", name: "" },
            effects: "at-risk",
            evidence: facts.os.evidence,
            params: { os: osTitle(facts.os, matrix) },
          }),
        ]
      : [],
};
