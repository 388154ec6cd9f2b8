import type { BlockDevice, StorageFacts, VolumeGroup } from "../../../common/domain/facts.ts";

/** Two tools' words on one volume group: the first word on each fact stands. */
export function mergeGroup(known: VolumeGroup | undefined, more: VolumeGroup): VolumeGroup {
  if (!known) return more;
  return {
    name: known.name,
    uuid: known.uuid ?? more.uuid,
    sizeBytes: known.sizeBytes ?? more.sizeBytes,
    freeBytes: known.freeBytes ?? more.freeBytes,
    attributes: known.attributes ?? more.attributes,
    evidence: known.evidence,
  };
}

/** Groups that only their volumes speak of are groups all the same. */
export function withImpliedGroups(
  groups: Map<string, VolumeGroup>,
  devices: readonly BlockDevice[],
): VolumeGroup[] {
  for (const device of devices) {
    if (device.volumeGroup === null || groups.has(device.volumeGroup)) continue;
    groups.set(device.volumeGroup, {
      name: device.volumeGroup,
      uuid: null,
      sizeBytes: null,
      freeBytes: null,
      attributes: null,
      evidence: device.evidence.slice(0, 1),
    });
  }
  return [...groups.values()];
}

/** One entry for each pool, from zpool's several outputs. */
export function uniquePools(pools: readonly StorageFacts["zfsPools"][number][]): StorageFacts["zfsPools"] {
  const byName = new Map<string, StorageFacts["zfsPools"][number]>();
  for (const pool of pools) {
    const known = byName.get(pool.name);
    byName.set(
      pool.name,
      known
        ? {
            ...known,
            state: known.state ?? pool.state,
            sizeBytes: known.sizeBytes ?? pool.sizeBytes,
            usedBytes: known.usedBytes ?? pool.usedBytes,
            devices: known.devices.length > 0 ? known.devices : pool.devices,
          }
        : pool,
    );
  }
  return [...byName.values()];
}
