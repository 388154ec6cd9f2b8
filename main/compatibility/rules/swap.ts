import type { BlockDevice, Evidence } from "../../../common/domain/facts.ts";
import { finding, type Finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule, type RuleContext } from "../rule.ts";
import { isSwap } from "../storage-graph.ts";

/** Swap partitions and volumes. File replication makes them anew, where it is known how large they are. */
export const swap: Rule = {
  id: "swap",
  applies: (facts) => facts.os.family !== "windows",
  check(facts, { graph }) {
    const found = new Map<string, { sizeBytes: number | null; evidence: Evidence[] }>();
    for (const device of facts.storage.devices) {
      if (device.kind === "loop" || device.kind === "ram" || device.kind === "rom") continue;
      if (!isSwap(device, graph)) continue;
      found.set(device.id, { sizeBytes: device.sizeBytes, evidence: [...evidenceOf(device)] });
    }
    for (const active of facts.storage.swaps ?? []) {
      if (active.kind !== "partition") continue;
      const id = graph.device(active.path)?.id ?? active.path;
      const known = found.get(id);
      if (known) known.evidence.push(...active.evidence);
      else found.set(id, { sizeBytes: active.sizeBytes, evidence: [...active.evidence] });
    }
    for (const entry of facts.storage.fstab ?? []) {
      if (entry.type !== "swap" || entry.namedBy === "file") continue;
      const id = resolve(entry.what, graph)?.id;
      const known = id === undefined ? undefined : found.get(id);
      if (known) known.evidence.push(...entry.evidence);
      // A line that names a device that is not there counts only where no device is known at all.
      else if (id !== undefined || facts.storage.devices.length === 0) {
        found.set(id ?? entry.what, { sizeBytes: null, evidence: [...entry.evidence] });
      }
    }
    const findings: Finding[] = [];
    for (const [device, { sizeBytes, evidence }] of found) {
      findings.push(
        finding("swap", {
          severity: "warning",
          subject: { kind: "partition", name: device },
          effects: { block: "kept", file: sizeBytes === null ? "left-out" : "changed" },
          evidence,
          params: { device, sizeBytes },
        }),
      );
    }
    return findings;
  },
};

function resolve(what: string, graph: RuleContext["graph"]): BlockDevice | null {
  const direct = graph.device(what);
  if (direct) return direct;
  const tag = /^(UUID|LABEL|PARTUUID|PARTLABEL)="?([^"]*)"?$/i.exec(what);
  const value = (tag?.[2] ?? /^\/dev\/disk\/by-uuid\/(.+)$/.exec(what)?.[1])?.toLowerCase();
  if (value === undefined) return null;
  return (
    graph.storage.devices.find((device) =>
      [device.content?.uuid, device.content?.label, device.partition?.uuid, device.partition?.label].some(
        (name) => name?.toLowerCase() === value,
      ),
    ) ?? null
  );
}
