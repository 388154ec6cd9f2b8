import { finding } from "../../../common/domain/finding.ts";
import { osTitle } from "../os-matrix.ts";
import { notCollected, type Rule } from "../rule.ts";

/** Whether the system is in the table cannot be told: no identity, no version, or an entry whose wording is open. */
export const osUndetermined: Rule = {
  id: "os-undetermined",
  applies: (_facts, { support }) => support.onList === null,
  check(facts, { support, matrix }) {
    const parts = {
      severity: "warning",
      subject: { kind: "system", name: "" },
      effects: "unknown",
      evidence:
        facts.os.evidence.length > 0 ? facts.os.evidence : notCollected("/etc/os-release", "systeminfo"),
    } as const;
    if (facts.os.distro === null) return [finding("os-undetermined.system", { ...parts, params: {} })];
    const os = osTitle(facts.os, matrix);
    if (facts.os.version === null || support.entry === null) {
      return [finding("os-undetermined.version", { ...parts, params: { os } })];
    }
    return [finding("os-undetermined.ambiguous", { ...parts, params: { os, entry: support.entry } })];
  },
};
