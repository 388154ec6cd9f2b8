import { finding } from "../../../common/domain/finding.ts";
import { notCollected, type Rule } from "../rule.ts";

/** Beyond a day, a migration needs a plan: a faster link, or more than one sync before the cutover. */
const longSeconds = 24 * 3600;

export const timeToMigrate: Rule = {
  id: "time-to-migrate",
  applies: (facts) => facts.os.family !== "other",
  check(_facts, { estimate, disks }) {
    const mode = estimate.block ?? estimate.file;
    const subject = { kind: "system", name: "" } as const;
    if (mode === null) {
      return [
        finding("time-to-migrate.undetermined", {
          severity: "info",
          subject,
          effects: "unknown",
          evidence: notCollected("lsblk", "/proc/partitions", "Win32_DiskDrive").slice(0, 3),
          params: {},
        }),
      ];
    }
    const { optimistic, expected, pessimistic } = mode.totalSeconds;
    return [
      finding("time-to-migrate.expected", {
        severity: expected > longSeconds ? "warning" : "info",
        subject,
        effects: "unaffected",
        evidence: disks
          .filter((disk) => disk.treatment === "copied")
          .map((disk) => ({ source: "disk sizes", line: null, text: `${disk.id} ${disk.sizeBytes ?? "?"}` })),
        params: {
          optimisticSeconds: optimistic,
          expectedSeconds: expected,
          pessimisticSeconds: pessimistic,
        },
      }),
    ];
  },
};
