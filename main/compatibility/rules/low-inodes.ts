import { finding } from "../../../common/domain/finding.ts";
import { filesystemUsages } from "../filesystem-usages.ts";
import { type Rule } from "../rule.ts";

/** Conversion adds some dozens of files. */
const minimum = 200;
const needed = new Set(["/", "/boot"]);

export const lowInodes: Rule = {
  id: "low-inodes",
  applies: (facts) => facts.os.family !== "windows",
  check: (_facts, { graph }) =>
    filesystemUsages(graph).flatMap(({ where, usage, evidence }) => {
      // btrfs and vfat count no inodes and say 0 of 0.
      if (!needed.has(where) || !usage.inodesTotal || usage.inodesUsed === null) return [];
      const free = Math.max(0, usage.inodesTotal - usage.inodesUsed);
      if (free >= minimum) return [];
      return [
        finding("low-inodes", {
          severity: "warning",
          subject: { kind: "filesystem", name: where },
          effects: "at-risk",
          evidence,
          params: { where, free, minimum },
        }),
      ];
    }),
};
