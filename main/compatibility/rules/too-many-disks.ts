import { finding } from "../../../common/domain/finding.ts";
import { copiedDisks } from "../disk-plan.ts";
import { evidenceOf, type Rule } from "../rule.ts";

export const tooManyDisks: Rule = {
  id: "too-many-disks",
  applies: (_facts, { disks }) => disks.length > 0,
  check(_facts, { disks, graph, target }) {
    // Paths whose map was not seen may all lead to one disk: what cannot be counted is not counted.
    const copied = copiedDisks(disks).filter((disk) => disk.before[0]?.content !== "mpath_member");
    if (copied.length <= target.maximumDisks) return [];
    return [
      finding("too-many-disks", {
        severity: "blocker",
        subject: { kind: "system", name: "" },
        effects: { block: "fails", file: "changed" },
        evidence: copied.slice(target.maximumDisks).flatMap((disk) => {
          const device = graph.device(disk.id);
          return device ? evidenceOf(device).slice(0, 1) : [];
        }),
        params: { count: copied.length, maximum: target.maximumDisks, target: target.title },
      }),
    ];
  },
};
