import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** Labels travel with the blocks; files that are written anew need relabelling. */
export const selinux: Rule = {
  id: "selinux",
  applies: (facts) => facts.selinux.mode === "enforcing" || facts.selinux.mode === "permissive",
  check: (facts) => [
    finding("selinux", {
      severity: facts.selinux.mode === "enforcing" ? "warning" : "info",
      subject: { kind: "system", name: "SELinux" },
      effects: { block: "kept", file: "changed" },
      evidence: facts.selinux.evidence,
      params: { mode: facts.selinux.mode ?? "" },
    }),
  ],
};
