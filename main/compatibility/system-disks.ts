import type { BlockDevice } from "../../common/domain/facts.ts";
import type { StorageGraph } from "./storage-graph.ts";

const systemMounts = new Set(["/", "/boot", "C:", "C:\\"]);

/** The disks that the system starts from and runs on, as far as mount points tell. */
export function systemDisksOf(graph: StorageGraph): ReadonlySet<BlockDevice> {
  return new Set(
    graph.storage.devices
      .filter(
        (device) =>
          systemMounts.has(device.id.toUpperCase()) ||
          graph.mountPoints(device).some((where) => systemMounts.has(where)),
      )
      .flatMap((device) => graph.disksUnder(device)),
  );
}
