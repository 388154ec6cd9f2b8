import type { Evidence } from "../../../common/domain/facts.ts";
import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";

/** ZFS pools: kept block by block; file replication does not know their datasets. */
export const zfs: Rule = {
  id: "zfs",
  applies: (facts) =>
    facts.storage.devices.length > 0 || facts.storage.zfsPools.length > 0 || facts.storage.mounts.length > 0,
  check(facts, { graph }) {
    const pools = new Map<string, Evidence[]>();
    for (const pool of facts.storage.zfsPools) pools.set(pool.name, [...pool.evidence]);
    for (const device of facts.storage.devices) {
      if (graph.contentType(device) !== "zfs_member" && device.kind !== "zvol") continue;
      const pool = device.content?.label ?? null;
      const known = pool === null ? undefined : pools.get(pool);
      if (known) known.push(...evidenceOf(device));
      // Without a label the device belongs to some pool; a pool that is listed has spoken for it.
      else if (pool !== null || facts.storage.zfsPools.length === 0) {
        pools.set(pool ?? device.id, [...evidenceOf(device)]);
      }
    }
    if (pools.size === 0) {
      for (const mount of facts.storage.mounts) {
        if (mount.type !== "zfs") continue;
        const pool = mount.what.split("/")[0] ?? mount.what;
        pools.set(pool, [...(pools.get(pool) ?? []), ...mount.evidence]);
      }
    }
    return [...pools].map(([pool, evidence]) =>
      finding("zfs", {
        severity: "warning",
        subject: { kind: "volume", name: pool },
        effects: { block: "kept", file: "left-out" },
        evidence,
        params: { pool },
      }),
    );
  },
};
