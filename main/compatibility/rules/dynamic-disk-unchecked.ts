import { finding } from "../../../common/domain/finding.ts";
import { isWindows, notCollected, type Rule } from "../rule.ts";

/** Get-Disk does not list dynamic disks; only the partition types, diskpart or the LDM database do. */
export const dynamicDiskUnchecked: Rule = {
  id: "dynamic-disk-unchecked",
  applies: (facts) => isWindows(facts) && !facts.storage.dynamicDisksLookedFor,
  check: () => [
    finding("dynamic-disk-unchecked", {
      severity: "info",
      subject: { kind: "system", name: "" },
      effects: "unknown",
      evidence: notCollected("Win32_DiskPartition.Type", "diskpart: list disk"),
      params: {},
    }),
  ],
};
