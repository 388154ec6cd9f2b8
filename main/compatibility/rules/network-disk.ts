import type { BlockDevice } from "../../../common/domain/facts.ts";
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

function isShared(device: BlockDevice): boolean {
  // The kernel keeps a row of empty nbd devices ready.
  if (device.sizeBytes === 0) return false;
  if (device.kind === "network" || isDrbd(device)) return true;
  return device.kind === "disk" && shared.has(device.transport?.toLowerCase() ?? "");
}

/** A mirror of a volume on another machine, which the copy would take up its talk with. */
function isDrbd(device: BlockDevice): boolean {
  return /^\/dev\/drbd(\d+|\/)/.test(device.id);
}

export const networkDisk: Rule = {
  id: "network-disk",
  applies: (facts) => facts.storage.devices.length > 0,
  check: (facts) =>
    facts.storage.devices
      .filter((device) => isShared(device))
      .map((device) =>
        finding("network-disk", {
          severity: "warning",
          subject: { kind: "disk", name: device.id },
          effects: { block: "at-risk", file: "at-risk" },
          evidence: evidenceOf(device),
          params: { disk: device.id, transport: device.transport ?? (isDrbd(device) ? "drbd" : "network") },
        }),
      ),
};
