import type { BlockDevice } from "../../../common/domain/facts.ts";
import { finding } from "../../../common/domain/finding.ts";
import { contentKindOf } from "../../../common/domain/content-kinds.ts";
import { evidenceOf, type Rule } from "../rule.ts";
import { isBootArea, isStorageSpaces, isSwap, saysDynamic, type StorageGraph } from "../storage-graph.ts";

const silentKinds = new Set<BlockDevice["kind"]>(["loop", "rom", "ram", "tape", "disk", "multipath"]);

/** Partitions and volumes of which nobody could tell what they hold. Whole disks have a rule of their own. */
export const contentUndetermined: Rule = {
  id: "content-undetermined",
  applies: (facts) => facts.storage.devices.length > 0,
  check: (facts, { graph, disks }) => {
    const away = new Set(disks.filter((disk) => disk.treatment !== "copied").map((disk) => disk.id));
    return facts.storage.devices
      .filter((device) => !silentKinds.has(device.kind) && isUnexplained(device, graph))
      .filter((device) => {
        const under = graph.disksUnder(device);
        return under.length === 0 || under.some((disk) => !away.has(disk.id));
      })
      .map((device) =>
        finding("content-undetermined", {
          severity: "info",
          subject: { kind: device.kind === "partition" ? "partition" : "volume", name: device.id },
          effects: { block: "kept", file: "unknown" },
          evidence: evidenceOf(device),
          params: { device: device.id },
        }),
      );
  },
};

/** Partitions whose type says what they hold: the firmware's FAT, Windows' recovery environment, ZFS' reserve. */
const explainingTypes = new Set([
  "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
  "de94bba4-06d1-4d40-a16a-bfd50179d6ac",
  "6a945a3b-1dd2-11b2-99a6-080020736631",
]);

function isUnexplained(device: BlockDevice, graph: StorageGraph): boolean {
  return (
    contentKindOf(graph.contentType(device)) === "unknown" &&
    device.sizeBytes !== 0 &&
    !/^\/dev\/fd\d+$/.test(device.id) &&
    graph.isLeaf(device) &&
    !isBootArea(device) &&
    !explainingTypes.has(device.partition?.type?.toLowerCase() ?? "") &&
    !/^unused$/i.test(device.partition?.typeName ?? "") &&
    !isSwap(device, graph) &&
    !isStorageSpaces(device) &&
    !holdsVolumesOnly(device) &&
    !saysDynamic(device, graph)
  );
}

/** A thin or cache pool of LVM: what it holds shows as volumes of their own. */
function holdsVolumesOnly(device: BlockDevice): boolean {
  return device.kind === "lvm" && /\bpool\b/.test(device.layout ?? "");
}
