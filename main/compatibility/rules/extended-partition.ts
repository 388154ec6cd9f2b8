import { finding, type Finding } from "../../../common/domain/finding.ts";
import { partitionsOf } from "../disk-plan.ts";
import { evidenceOf, type Rule } from "../rule.ts";

const extendedTypes = new Set(["0x05", "0x5", "0x0f", "0xf", "0x85"]);

/** MBR extended and logical partitions: file replication makes them primary or moves to GPT. */
export const extendedPartition: Rule = {
  id: "extended-partition",
  applies: (facts) => facts.storage.devices.length > 0,
  check({ storage }, { graph }) {
    const findings: Finding[] = [];
    for (const disk of graph.disks) {
      const partitions = partitionsOf(disk, graph);
      const containers = partitions.filter(
        (device) =>
          device.partition?.role === "extended" ||
          extendedTypes.has(device.partition?.type?.toLowerCase() ?? ""),
      );
      const logical = partitions.filter((device) => device.partition?.role === "logical");
      if (containers.length === 0 && logical.length === 0) continue;
      findings.push(
        finding("extended-partition", {
          severity: "warning",
          subject: { kind: "disk", name: disk.id },
          effects: { block: "kept", file: "changed" },
          evidence: [...containers, ...logical].flatMap(evidenceOf),
          params: { disk: disk.id, logical: logical.length },
        }),
      );
    }
    // Partitions of a table that does not say whose they are.
    for (const device of storage.devices) {
      if (device.partition?.role !== "extended" || graph.disksUnder(device).length > 0) continue;
      findings.push(
        finding("extended-partition", {
          severity: "warning",
          subject: { kind: "partition", name: device.id },
          effects: { block: "kept", file: "changed" },
          evidence: evidenceOf(device),
          params: { disk: device.id, logical: 0 },
        }),
      );
    }
    return findings;
  },
};
