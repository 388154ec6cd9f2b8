import { finding, type Finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";

/** The same storage over several paths: it is copied once, and the target has one path. */
export const multipath: Rule = {
  id: "multipath",
  applies: (facts) => facts.storage.devices.length > 0,
  check(facts, { graph }) {
    const findings: Finding[] = [];
    const spoken = new Set<string>();
    for (const map of facts.storage.devices) {
      if (map.kind !== "multipath") continue;
      for (const parent of map.parents) spoken.add(graph.device(parent)?.id ?? parent);
      findings.push(
        finding("multipath.map", {
          severity: "warning",
          subject: { kind: "volume", name: map.id },
          effects: { block: "kept", file: "changed" },
          evidence: evidenceOf(map),
          params: { map: map.id, paths: map.parents },
        }),
      );
    }
    for (const device of facts.storage.devices) {
      if (spoken.has(device.id) || graph.contentType(device) !== "mpath_member") continue;
      findings.push(
        finding("multipath.path", {
          severity: "warning",
          subject: { kind: "disk", name: device.id },
          effects: { block: "kept", file: "changed" },
          evidence: evidenceOf(device),
          params: { device: device.id },
        }),
      );
    }
    return findings;
  },
};
