import type { OsFacts } from "../../../common/domain/facts.ts";
import { finding } from "../../../common/domain/finding.ts";
import { compareVersions } from "../os-matrix.ts";
import { isLinux, type Rule } from "../rule.ts";
import { wordTable } from "../../../common/word-table.ts";

/** What the product asks of the boot loader; on the oldest systems it is more. */
const minimumVersion = "1.99";
const minimumOnOldest = "2.02";

/** GRUB older than file replication can install on the new layout. */
export const grubTooOld: Rule = {
  id: "grub-too-old",
  applies: (facts) =>
    isLinux(facts) && (facts.bootLoader.kind === "grub-legacy" || facts.bootLoader.kind === "grub2"),
  check(facts) {
    const { kind, version, evidence } = facts.bootLoader;
    const minimum = isOldest(facts.os) ? minimumOnOldest : minimumVersion;
    // GRUB Legacy ended at 0.97, whatever its package calls itself.
    const stated = version ?? (kind === "grub-legacy" ? "0.97" : null);
    if (stated === null || compareVersions(stated, minimum) >= 0) return [];
    return [
      finding("grub-too-old", {
        severity: "warning",
        subject: { kind: "boot", name: "GRUB" },
        effects: { block: "kept", file: "at-risk" },
        evidence,
        params: { version: stated, minimum },
      }),
    ];
  },
};

const oldest = wordTable<RegExp>({
  centos: /^5(\.|$)/,
  rhel: /^5(\.|$)/,
  oracle: /^5(\.|$)/,
  debian: /^7(\.|$)/,
  amazon: /^20(09|1\d)(\.|$)/,
});

function isOldest(os: OsFacts): boolean {
  return os.distro !== null && os.version !== null && (oldest[os.distro]?.test(os.version) ?? false);
}
