import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** Swap files and page files: block replication carries them along, file replication leaves them out. */
export const swapFile: Rule = {
  id: "swap-file",
  applies: (facts) => facts.storage.swaps !== null || facts.storage.fstab !== null,
  check(facts) {
    const paths = new Map(
      (facts.storage.fstab ?? [])
        .filter((entry) => entry.type === "swap" && entry.namedBy === "file")
        .map((entry) => [entry.what, entry.evidence]),
    );
    for (const active of facts.storage.swaps ?? []) {
      if (active.kind === "file" || active.kind === "pagefile") paths.set(active.path, active.evidence);
    }
    return [...paths].map(([path, evidence]) =>
      finding("swap-file", {
        severity: "info",
        subject: { kind: "filesystem", name: path },
        effects: { block: "kept", file: "left-out" },
        evidence,
        params: { path },
      }),
    );
  },
};
