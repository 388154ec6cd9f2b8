import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";

/** A disk behind an SSD cache: data may sit in the cache only. */
export const bcache: Rule = {
  id: "bcache",
  applies: (facts) => facts.storage.devices.length > 0,
  check: (facts, { graph }) =>
    facts.storage.devices
      .filter(
        (device) =>
          device.kind === "bcache" ||
          // A member speaks for itself only where the device that it belongs to was not seen.
          (graph.contentType(device) === "bcache" &&
            !graph.children(device).some((child) => child.kind === "bcache")),
      )
      .map((device) =>
        finding("bcache", {
          severity: "warning",
          subject: { kind: "volume", name: device.id },
          effects: { block: "at-risk", file: "changed" },
          evidence: evidenceOf(device),
          params: { device: device.id },
        }),
      ),
};
