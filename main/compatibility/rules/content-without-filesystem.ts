import type { BlockDevice } from "../../../common/domain/facts.ts";
import { finding } from "../../../common/domain/finding.ts";
import { contentKindOf } from "../../../common/domain/content-kinds.ts";
import { evidenceOf, type Rule } from "../rule.ts";
import { isBootArea } from "../storage-graph.ts";

const silentKinds = new Set<BlockDevice["kind"]>(["loop", "rom", "ram", "tape"]);

/**
 * Data in a format that is no filesystem (a database's raw volume, a Ceph store), or space in which nothing known was
 * found: only block replication carries it.
 */
export const contentWithoutFilesystem: Rule = {
  id: "content-without-filesystem",
  applies: (facts) => facts.storage.devices.length > 0,
  check: (facts, { graph, disks }) => {
    const away = new Set(disks.filter((disk) => disk.treatment !== "copied").map((disk) => disk.id));
    return facts.storage.devices.flatMap((device) => {
      if (silentKinds.has(device.kind) || !graph.isLeaf(device) || isBootArea(device)) return [];
      if (graph.disksUnder(device).some((disk) => away.has(disk.id))) return [];
      const type = graph.contentType(device);
      const kind = contentKindOf(type);
      // A pool whose volumes were not seen: nothing else speaks of it.
      const isUnseenPool = type === "stratis";
      if (kind !== "raw" && kind !== "none" && !isUnseenPool) return [];
      return [
        finding("content-without-filesystem", {
          severity: kind === "raw" || isUnseenPool ? "warning" : "info",
          subject: { kind: device.kind === "disk" ? "disk" : "volume", name: device.id },
          effects: { block: "kept", file: "left-out" },
          evidence: evidenceOf(device),
          params: { device: device.id, type: type ?? "none" },
        }),
      ];
    });
  },
};
