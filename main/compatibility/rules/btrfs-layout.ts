import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";

/** Subvolumes and snapshots are a matter of blocks: a copy of the files does not have them. */
export const btrfsLayout: Rule = {
  id: "btrfs-layout",
  applies: (facts) => facts.storage.devices.length > 0,
  check: (facts, { graph }) =>
    facts.storage.devices
      .filter((device) => graph.contentType(device) === "btrfs")
      .map((device) =>
        finding("btrfs-layout", {
          severity: "info",
          subject: { kind: "filesystem", name: device.id },
          effects: { block: "kept", file: "changed" },
          evidence: evidenceOf(device),
          params: { device: device.id },
        }),
      ),
};
