import type { BlockDevice, FstabEntry } from "../../../common/domain/facts.ts";
import { finding } from "../../../common/domain/finding.ts";
import type { Rule, RuleContext } from "../rule.ts";

const unstable = new Set<FstabEntry["namedBy"]>(["path", "by-path", "by-id"]);
/** Names that the system's own layers give and that travel with the data. */
const stableKinds = new Set<BlockDevice["kind"]>(["lvm", "crypt", "raid", "bcache", "zvol", "loop", "rom"]);
const passing = /^\/dev\/(sr\d|cdrom|dvd|scd\d|fd\d|floppy|mapper\/|md\d|md\/|zram|loop)/;

/** Lines of /etc/fstab that name a disk by what it is called or where it is plugged in on this machine. */
export const fstabDeviceNames: Rule = {
  id: "fstab-device-names",
  applies: (facts) => facts.storage.fstab !== null,
  check: (facts, { graph }) =>
    (facts.storage.fstab ?? [])
      .filter((entry) => isUnstable(entry, graph))
      .map((entry) =>
        finding("fstab-device-names", {
          severity: "warning",
          subject: { kind: "mount", name: entry.where === "none" ? entry.what : entry.where },
          effects: { block: "at-risk", file: "changed" },
          evidence: entry.evidence,
          params: { device: entry.what, where: entry.where },
        }),
      ),
};

function isUnstable(entry: FstabEntry, graph: RuleContext["graph"]): boolean {
  if (!unstable.has(entry.namedBy) || passing.test(entry.what)) return false;
  const device = graph.device(entry.what);
  if (device) return !stableKinds.has(device.kind);
  // /dev/vg0/root: a volume group's folder, not a kernel name.
  return !/^\/dev\/[^/]+\/[^/]+$/.test(entry.what) || entry.what.startsWith("/dev/disk/");
}
