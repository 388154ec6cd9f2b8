import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";

/** Media that come and go stay behind; said, so that nobody misses a disk. */
export const removableDisk: Rule = {
  id: "removable-disk",
  applies: (_facts, { disks }) => disks.some((disk) => disk.treatment === "removable"),
  check: (_facts, { disks, graph }) =>
    disks
      .filter((disk) => disk.treatment === "removable")
      .map((disk) => {
        const device = graph.device(disk.id);
        return finding("removable-disk", {
          severity: "info",
          subject: { kind: "disk", name: disk.id },
          effects: "left-out",
          evidence: device ? evidenceOf(device) : [],
          params: { disk: disk.id },
        });
      }),
};
