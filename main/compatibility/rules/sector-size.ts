import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";

const usualBytes = 512;
/** Tables that count in the disk's own sectors. */
const counted = new Set(["gpt", "mbr", "hybrid"]);

/** A disk whose sectors are larger than those of the target's disks: its table points to other places there. */
export const sectorSize: Rule = {
  id: "sector-size",
  applies: (_facts, { disks }) => disks.some((disk) => disk.treatment === "copied"),
  check: (_facts, { disks, graph }) =>
    disks
      .filter((disk) => disk.treatment === "copied" && counted.has(disk.partitionTable ?? ""))
      .flatMap((disk) => {
        const device = graph.device(disk.id);
        const sectorBytes = device?.logicalSectorBytes ?? usualBytes;
        if (!device || sectorBytes <= usualBytes) return [];
        return [
          finding("sector-size", {
            severity: "warning",
            subject: { kind: "disk", name: disk.id },
            effects: { block: "at-risk", file: "changed" },
            evidence: evidenceOf(device),
            params: { disk: disk.id, sectorBytes },
          }),
        ];
      }),
};
