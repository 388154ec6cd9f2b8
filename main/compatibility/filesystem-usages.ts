import type { Evidence, UsageFacts } from "../../common/domain/facts.ts";
import { evidenceOf } from "./rule.ts";
import type { StorageGraph } from "./storage-graph.ts";

export interface FilesystemUsage {
  /** Mount point, or the drive on Windows. */
  readonly where: string;
  readonly usage: UsageFacts;
  readonly evidence: readonly Evidence[];
}

/** Media that are written once have no room left, and need none. */
function isFullByNature(type: string): boolean {
  return /^(iso9660|udf|squashfs|erofs|cramfs|romfs)$/.test(type);
}

/** Usage by mount point: from the mount table, else from the device. Network filesystems are left out. */
export function filesystemUsages(graph: StorageGraph): readonly FilesystemUsage[] {
  const found = new Map<string, FilesystemUsage>();
  for (const mount of graph.storage.mounts) {
    if (mount.isNetwork || mount.usage === null || isFullByNature(mount.type)) continue;
    found.set(mount.where, { where: mount.where, usage: mount.usage, evidence: mount.evidence });
  }
  for (const device of graph.storage.devices) {
    if (device.usage === null || device.kind === "rom" || isFullByNature(graph.contentType(device) ?? ""))
      continue;
    for (const where of graph.mountPoints(device)) {
      if (!found.has(where)) found.set(where, { where, usage: device.usage, evidence: evidenceOf(device) });
    }
  }
  return [...found.values()];
}
