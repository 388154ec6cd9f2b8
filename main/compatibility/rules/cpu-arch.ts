import { finding } from "../../../common/domain/finding.ts";
import { notCollected, type Rule } from "../rule.ts";

/** The agent and the images are for x86 processors. */
export const cpuArch: Rule = {
  id: "cpu-arch",
  applies: (facts) => facts.os.family !== "other",
  check(facts) {
    const { architecture, architectureText } = facts.os;
    if (architecture === "x86_64" || architecture === "i686") return [];
    const subject = { kind: "system", name: "" } as const;
    if (architecture === null) {
      return [
        finding("cpu-arch.undetermined", {
          severity: "info",
          subject,
          effects: "unknown",
          evidence: notCollected("uname -m", "systeminfo"),
          params: {},
        }),
      ];
    }
    return [
      finding("cpu-arch.foreign", {
        severity: "blocker",
        subject,
        effects: "fails",
        evidence: facts.os.evidence,
        params: { architecture: architectureText ?? architecture },
      }),
    ];
  },
};
