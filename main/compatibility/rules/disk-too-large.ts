import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";
import { systemDisksOf } from "../system-disks.ts";

export const diskTooLarge: Rule = {
  id: "disk-too-large",
  applies: (_facts, { disks }) => disks.length > 0,
  check(_facts, { disks, graph, target }) {
    const system = systemDisksOf(graph);
    return disks.flatMap((disk) => {
      if (disk.treatment !== "copied" || disk.sizeBytes === null) return [];
      const device = graph.device(disk.id);
      const maximumBytes =
        device && system.has(device) ? target.maximumSystemDiskBytes : target.maximumDataDiskBytes;
      if (disk.sizeBytes <= maximumBytes) return [];
      return [
        finding("disk-too-large", {
          severity: "blocker",
          subject: { kind: "disk", name: disk.id },
          effects: { block: "fails", file: "changed" },
          evidence: device ? evidenceOf(device) : [],
          params: { disk: disk.id, sizeBytes: disk.sizeBytes, maximumBytes, target: target.title },
        }),
      ];
    });
  },
};
