import type { Evidence } from "../../../common/domain/facts.ts";
import { finding } from "../../../common/domain/finding.ts";
import type { Rule } from "../rule.ts";

/** NFS, CIFS and other network filesystems: their data is not on this server's disks and does not travel. */
export const networkMount: Rule = {
  id: "network-mount",
  applies: (facts) => facts.storage.mounts.length > 0 || (facts.storage.fstab?.length ?? 0) > 0,
  check(facts) {
    const found = new Map<string, { what: string; type: string; evidence: Evidence[] }>();
    for (const mount of [...facts.storage.mounts, ...(facts.storage.fstab ?? [])]) {
      if (!mount.isNetwork) continue;
      const known = found.get(mount.where);
      if (known) known.evidence.push(...mount.evidence);
      else found.set(mount.where, { what: mount.what, type: mount.type, evidence: [...mount.evidence] });
    }
    return [...found].map(([where, { what, type, evidence }]) =>
      finding("network-mount", {
        severity: "warning",
        subject: { kind: "mount", name: where },
        effects: "left-out",
        evidence,
        params: { what, where, type },
      }),
    );
  },
};
