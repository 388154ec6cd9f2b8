import { finding, type Finding, type Severity } from "../../../common/domain/finding.ts";
import { osTitle, relativeOf } from "../os-matrix.ts";
import type { Rule } from "../rule.ts";

/** The system is known, and it is not in the table of supported systems. */
export const osUnsupported: Rule = {
  id: "os-unsupported",
  applies: (_facts, { support }) => support.onList === false,
  check(facts, { support, matrix }) {
    const os = osTitle(facts.os, matrix);
    const common = { subject: { kind: "system", name: "" } as const, evidence: facts.os.evidence };
    const warning = { ...common, severity: "warning" as Severity };
    const atRisk = { block: "at-risk", file: "at-risk" } as const;
    const one = (result: Finding): readonly Finding[] => [result];

    if (support.tier === "lab-tested") {
      return one(
        finding("os-unsupported.tested-here", {
          ...common,
          severity: "info",
          effects: "kept",
          params: { os },
        }),
      );
    }
    if (facts.os.family === "other") {
      return one(
        finding("os-unsupported.foreign", {
          ...common,
          severity: "blocker",
          effects: "fails",
          params: { os },
        }),
      );
    }
    if (facts.os.distro === "windows" && facts.os.kind === "client") {
      return one(finding("os-unsupported.client", { ...warning, effects: atRisk, params: { os } }));
    }
    const relative = relativeOf(facts.os, matrix);
    return one(
      relative === null
        ? finding("os-unsupported.off-list", { ...warning, effects: atRisk, params: { os } })
        : finding("os-unsupported.derivative", { ...warning, effects: atRisk, params: { os, relative } }),
    );
  },
};
