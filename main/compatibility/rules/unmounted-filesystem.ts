import { finding } from "../../../common/domain/finding.ts";
import { contentKindOf } from "../../../common/domain/content-kinds.ts";
import { evidenceOf, isLinux, type Rule } from "../rule.ts";

/** File replication reads what is mounted; a filesystem that is not needs the admin's word. */
export const unmountedFilesystem: Rule = {
  id: "unmounted-filesystem",
  applies: (facts) => isLinux(facts) && facts.storage.mounts.length > 0,
  check: (facts, { graph, disks }) => {
    const copied = new Set(disks.filter((disk) => disk.treatment === "copied").map((disk) => disk.id));
    return facts.storage.devices.flatMap((device) => {
      if (!graph.isLeaf(device) || /snapshot/.test(device.layout ?? "")) return [];
      if (!graph.disksUnder(device).some((disk) => copied.has(disk.id))) return [];
      const type = graph.contentType(device);
      const kind = contentKindOf(type);
      if (kind !== "filesystem" && kind !== "convertible") return [];
      if (graph.mountPoints(device).length > 0) return [];
      return [
        finding("unmounted-filesystem", {
          severity: "info",
          subject: { kind: "filesystem", name: device.id },
          effects: { block: "kept", file: "left-out" },
          evidence: evidenceOf(device),
          params: { device: device.id, type: type ?? "" },
        }),
      ];
    });
  },
};
