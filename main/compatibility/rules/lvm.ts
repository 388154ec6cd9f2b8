import type { BlockDevice, Evidence } from "../../../common/domain/facts.ts";
import { finding, type Finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule, type RuleContext } from "../rule.ts";

const partitionTypes = new Set(["0x8e", "e6d6d379-f507-44c2-a23c-238f2a3df928"]);

/** LVM: block replication keeps it, file replication turns its volumes into standard partitions. */
export const lvm: Rule = {
  id: "lvm",
  applies: (facts) => facts.storage.devices.length > 0 || facts.storage.volumeGroups.length > 0,
  check(facts, context) {
    const { devices, volumeGroups } = facts.storage;
    const groups = new Map<string, Evidence[]>();
    for (const group of volumeGroups) groups.set(group.name, [...group.evidence]);
    for (const device of devices) {
      const name = device.volumeGroup;
      if (name === null || name === "") continue;
      if (device.kind !== "lvm" && !isPhysicalVolume(device, context)) continue;
      const lines = groups.get(name);
      if (lines) lines.push(...evidenceOf(device));
      else groups.set(name, [...evidenceOf(device)]);
    }

    const findings: Finding[] = [];
    for (const [group, evidence] of groups) {
      const volumes = devices.filter((device) => device.kind === "lvm" && device.volumeGroup === group);
      const snapshots = volumes.filter((volume) => /snapshot/.test(volume.layout ?? ""));
      const disks = devices
        .filter((device) => device.volumeGroup === group)
        .flatMap((device) => context.graph.disksUnder(device).map((disk) => disk.id));
      findings.push(
        finding("lvm.group", {
          severity: "warning",
          subject: { kind: "volume", name: group },
          effects: { block: "kept", file: "changed" },
          evidence,
          params: {
            group,
            volumes: volumes.length - snapshots.length,
            snapshots: snapshots.length,
            disks: [...new Set(disks)],
          },
        }),
      );
    }

    for (const device of devices) {
      if (device.volumeGroup !== null && groups.has(device.volumeGroup)) continue;
      if (!isPhysicalVolume(device, context) && device.kind !== "lvm") continue;
      // A volume group that lies on it has spoken for it already.
      if (context.graph.children(device).some((child) => groups.has(child.volumeGroup ?? ""))) continue;
      findings.push(
        finding("lvm.member", {
          severity: "warning",
          subject: { kind: "volume", name: device.id },
          effects: { block: "kept", file: "changed" },
          evidence: evidenceOf(device),
          params: { device: device.id },
        }),
      );
    }
    return findings;
  },
};

function isPhysicalVolume(device: BlockDevice, { graph }: RuleContext): boolean {
  const type = graph.contentType(device);
  if (type === "LVM2_member" || type === "LVM1_member") return true;
  // The partition's type counts only where nobody looked inside.
  return type === null && partitionTypes.has(device.partition?.type?.toLowerCase() ?? "");
}
