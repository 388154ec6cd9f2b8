import { finding } from "../../../common/domain/finding.ts";
import { isWindows, notCollected, type Rule } from "../rule.ts";

/** No list of disks, or one that may have missed some: a disk may exist that nobody mentions. */
export const disksUndetermined: Rule = {
  id: "disks-undetermined",
  applies: (facts) => !facts.storage.deviceListComplete || facts.storage.devices.length === 0,
  check(facts, { graph }) {
    const parts = {
      severity: "warning",
      subject: { kind: "system", name: "" },
      effects: "unknown",
      evidence: isWindows(facts)
        ? notCollected("Win32_DiskDrive", "diskpart: list disk")
        : notCollected("lsblk", "/proc/partitions"),
      params: {},
    } as const;
    return [
      graph.disks.length === 0
        ? finding("disks-undetermined.none", parts)
        : finding("disks-undetermined.list", parts),
    ];
  },
};
