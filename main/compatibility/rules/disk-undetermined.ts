import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";
import { isOffline } from "../storage-graph.ts";

/** A disk is there, but its size or what is on it is not known. */
export const diskUndetermined: Rule = {
  id: "disk-undetermined",
  applies: (_facts, { disks }) => disks.length > 0,
  check: (_facts, { disks, graph }) =>
    disks
      .filter((disk) => disk.treatment === "copied")
      .filter(
        (disk) => disk.sizeBytes === null || disk.before.some((region) => region.kind === "undetermined"),
      )
      .flatMap((disk) => {
        const device = graph.device(disk.id);
        // Why nothing is known of it is then known, and collecting again would not help.
        if (device && isOffline(device)) return [];
        return [
          finding("disk-undetermined", {
            severity: "warning",
            subject: { kind: "disk", name: disk.id },
            effects: { block: "kept", file: "unknown" },
            evidence: device ? evidenceOf(device) : [],
            params: { disk: disk.id },
          }),
        ];
      }),
};
