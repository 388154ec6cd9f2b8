import { contentKindOf } from "../../../common/domain/content-kinds.ts";
import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, isLinux, type Rule } from "../rule.ts";

/** The root filesystem on a bare disk, as Xen gives it to guests whose kernel it starts itself: nothing boots from that. */
export const noPartitionTable: Rule = {
  id: "no-partition-table",
  applies: isLinux,
  check: (_facts, { graph }) =>
    graph.disks
      .filter((disk) => {
        const kind = contentKindOf(graph.contentType(disk));
        return (
          (kind === "filesystem" || kind === "convertible") &&
          graph.mountPoints(disk).some((where) => where === "/" || where === "/boot")
        );
      })
      .map((disk) =>
        finding("no-partition-table", {
          severity: "warning",
          subject: { kind: "disk", name: disk.id },
          effects: { block: "at-risk", file: "changed" },
          evidence: evidenceOf(disk),
          params: { disk: disk.id },
        }),
      ),
};
