import { finding, type Finding } from "../../../common/domain/finding.ts";
import { contentKindOf, fileModeType } from "../../../common/domain/content-kinds.ts";
import { evidenceOf, type Rule } from "../rule.ts";

/** Filesystems that file replication rebuilds as another type. */
export const unsupportedFilesystem: Rule = {
  id: "unsupported-filesystem",
  applies: (facts) => facts.storage.devices.length > 0 || facts.storage.mounts.length > 0,
  check(facts, { graph }) {
    const findings: Finding[] = [];
    const add = (name: string, type: string, evidence: Parameters<typeof finding>[1]["evidence"]): void => {
      findings.push(
        finding("unsupported-filesystem", {
          severity: "warning",
          subject: { kind: "filesystem", name },
          effects: { block: "kept", file: "changed" },
          evidence,
          params: { device: name, type, convertedTo: fileModeType(type, facts.os.family) ?? "ext4" },
        }),
      );
    };
    for (const device of facts.storage.devices) {
      if (device.kind === "loop" || device.kind === "rom" || device.kind === "ram") continue;
      const type = graph.contentType(device);
      if (type === null || contentKindOf(type) !== "convertible" || !graph.isLeaf(device)) continue;
      add(device.id, type, evidenceOf(device));
    }
    for (const mount of facts.storage.mounts) {
      if (mount.isNetwork || graph.device(mount.device ?? mount.what)) continue;
      if (contentKindOf(mount.type) === "convertible") add(mount.where, mount.type, mount.evidence);
    }
    return findings;
  },
};
