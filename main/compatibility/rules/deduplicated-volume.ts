import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** Windows' Data Deduplication: kept by blocks, readable by a Windows with the same feature only. */
export const deduplicatedVolume: Rule = {
  id: "deduplicated-volume",
  applies: ({ storage }) => storage.deduplicated.length > 0,
  check: ({ storage }) =>
    storage.deduplicated.map(({ volume, evidence }) =>
      finding("deduplicated-volume", {
        severity: "info",
        subject: { kind: "volume", name: volume },
        effects: { block: "kept", file: "fails" },
        evidence,
        params: { volume },
      }),
    ),
};
