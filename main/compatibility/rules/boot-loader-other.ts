import type { BootLoaderFacts } from "../../../common/domain/facts.ts";
import { finding } from "../../../common/domain/finding.ts";
import { isLinux, type Rule } from "../rule.ts";

const familiar = new Set<BootLoaderFacts["kind"]>(["grub-legacy", "grub2", null]);

/** LILO, systemd-boot and others: they travel with the blocks; file replication installs GRUB instead. */
export const bootLoaderOther: Rule = {
  id: "boot-loader-other",
  applies: (facts) => isLinux(facts) && !familiar.has(facts.bootLoader.kind),
  check: (facts) => [
    finding("boot-loader-other", {
      severity: "warning",
      subject: { kind: "boot", name: facts.bootLoader.kind ?? "" },
      effects: { block: "kept", file: "changed" },
      evidence: facts.bootLoader.evidence,
      params: { loader: facts.bootLoader.kind ?? "" },
    }),
  ],
};
