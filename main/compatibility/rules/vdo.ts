import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";

/** Volumes that a VDO layer deduplicates and compresses: as files they may need many times the room. */
export const vdo: Rule = {
  id: "vdo",
  applies: ({ storage }) => storage.devices.length > 0,
  check: ({ storage }, { graph }) =>
    storage.devices
      .filter((device) => {
        if (graph.contentType(device) === "vdo" || device.layout === "vdo-pool") return true;
        if (device.layout !== "vdo" || device.kind === "lvm") return false;
        return !device.parents.some((parent) => {
          const below = graph.device(parent);
          return below !== null && graph.contentType(below) === "vdo";
        });
      })
      .map((device) =>
        finding("vdo", {
          severity: "warning",
          subject: { kind: "volume", name: device.id },
          effects: { block: "kept", file: "changed" },
          evidence: evidenceOf(device),
          params: { device: device.id },
        }),
      ),
};
