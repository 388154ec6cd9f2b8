import type { Evidence } from "../../../common/domain/facts.ts";
import { finding, type Finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";
import { saysDynamic } from "../storage-graph.ts";

/** Windows dynamic disks (LDM). Each member disk alone is enough to say so: the others may not be listed. */
export const dynamicDisk: Rule = {
  id: "dynamic-disk",
  applies: (facts) => facts.storage.devices.length > 0,
  check(facts, { graph }) {
    const findings: Finding[] = [];
    const spoken = new Set<string>();
    const add = (name: string, kind: "disk" | "volume", evidence: readonly Evidence[]): void => {
      findings.push(
        finding("dynamic-disk", {
          severity: "warning",
          subject: { kind, name },
          effects: { block: "at-risk", file: "changed" },
          evidence,
          params: { disk: name },
        }),
      );
    };
    for (const disk of graph.disks) {
      const members = [disk, ...graph.descendants(disk)].filter((device) => saysDynamic(device, graph));
      if (members.length === 0) continue;
      for (const member of members) spoken.add(member.id);
      add(disk.id, "disk", members.flatMap(evidenceOf));
    }
    for (const device of facts.storage.devices) {
      if (device.kind === "disk" || spoken.has(device.id) || !saysDynamic(device, graph)) continue;
      add(device.id, "volume", evidenceOf(device));
    }
    return findings;
  },
};
