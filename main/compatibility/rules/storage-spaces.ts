import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";
import { isStorageSpaces } from "../storage-graph.ts";

/** Windows Storage Spaces: volumes that span a pool of disks. */
export const storageSpaces: Rule = {
  id: "storage-spaces",
  applies: (facts) => facts.storage.devices.length > 0,
  check: (_facts, { graph }) =>
    graph.disks.flatMap((disk) => {
      const members = [disk, ...graph.descendants(disk)].filter(isStorageSpaces);
      return members.length === 0
        ? []
        : [
            finding("storage-spaces", {
              severity: "warning",
              subject: { kind: "disk", name: disk.id },
              effects: { block: "at-risk", file: "changed" },
              evidence: members.flatMap(evidenceOf),
              params: { disk: disk.id },
            }),
          ];
    }),
};
