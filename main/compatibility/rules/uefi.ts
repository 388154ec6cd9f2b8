import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** The target has to start by UEFI too. */
export const uefi: Rule = {
  id: "uefi",
  applies: (facts) => facts.firmware.kind === "uefi",
  check: (facts) => [
    finding("uefi", {
      severity: "info",
      subject: { kind: "boot", name: "" },
      effects: { block: "kept", file: "changed" },
      evidence: facts.firmware.evidence,
      params: {},
    }),
  ],
};
