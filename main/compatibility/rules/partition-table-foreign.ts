import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";

/** A partition table that a PC's firmware and boot loaders do not read (DASD, BSD, Sun, Mac). */
export const partitionTableForeign: Rule = {
  id: "partition-table-foreign",
  applies: (_facts, { graph }) => graph.disks.length > 0,
  check: (_facts, { graph }) =>
    graph.disks
      .filter((disk) => disk.partitionTable === "dasd" || disk.partitionTable === "other")
      .map((disk) =>
        finding("partition-table-foreign", {
          severity: "warning",
          subject: { kind: "disk", name: disk.id },
          effects: { block: "at-risk", file: "changed" },
          evidence: evidenceOf(disk),
          params: { disk: disk.id, table: disk.partitionTable ?? "other" },
        }),
      ),
};
