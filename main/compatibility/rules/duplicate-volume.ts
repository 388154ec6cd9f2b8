import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** Two disks under one identifier: which of them the target starts from, or LVM activates, is chance. */
export const duplicateVolume: Rule = {
  id: "duplicate-volume",
  applies: ({ storage }) => storage.duplicates.length > 0,
  check: ({ storage }) =>
    storage.duplicates.map(({ type, uuid, devices, evidence }) =>
      finding("duplicate-volume", {
        severity: "warning",
        subject: { kind: "volume", name: devices.join(" ") },
        effects: "at-risk",
        evidence,
        params: { type, uuid, devices },
      }),
    ),
};
