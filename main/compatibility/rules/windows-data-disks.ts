import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, isWindows, type Rule } from "../rule.ts";

/**
 * To Windows every disk of the target is new: its SAN policy may keep data disks offline, and letters go by what the
 * disks say of themselves. The conversion sees to both; who does without it has to.
 */
export const windowsDataDisks: Rule = {
  id: "windows-data-disks",
  applies: isWindows,
  check: (_facts, { graph }) =>
    graph.disks.length < 2
      ? []
      : [
          finding("windows-data-disks", {
            severity: "info",
            subject: { kind: "system", name: "" },
            effects: { block: "changed", file: "unknown" },
            evidence: graph.disks.flatMap(evidenceOf),
            params: { disks: graph.disks.length },
          }),
        ],
};
