import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";

/** Transports over which the migrated copy would reach the very same storage as the source. */
const shared = new Set([
  "iscsi",
  "nbd",
  "rbd",
  "drbd",
  "nvme-tcp",
  "nvme-rdma",
  "tcp",
  "rdma",
  "aoe",
  "fcoe",
]);

export const networkDisk: Rule = {
  id: "network-disk",
  applies: (facts) => facts.storage.devices.length > 0,
  check: (facts) =>
    facts.storage.devices
      .filter(
        (device) =>
          device.kind === "network" ||
          (device.kind === "disk" && shared.has(device.transport?.toLowerCase() ?? "")),
      )
      .map((device) =>
        finding("network-disk", {
          severity: "warning",
          subject: { kind: "disk", name: device.id },
          effects: { block: "at-risk", file: "at-risk" },
          evidence: evidenceOf(device),
          params: { disk: device.id, transport: device.transport ?? "network" },
        }),
      ),
};
