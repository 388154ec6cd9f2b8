import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";
import { isOffline } from "../storage-graph.ts";

/** A disk that Windows keeps offline: it shows none of its partitions, and another cluster node may be writing to it. */
export const diskOffline: Rule = {
  id: "disk-offline",
  applies: (_facts, { graph }) => graph.disks.length > 0,
  check: (_facts, { graph }) =>
    graph.disks.filter(isOffline).map((disk) =>
      finding("disk-offline", {
        severity: "warning",
        subject: { kind: "disk", name: disk.id },
        effects: { block: "at-risk", file: "unknown" },
        evidence: evidenceOf(disk),
        params: { disk: disk.id },
      }),
    ),
};
