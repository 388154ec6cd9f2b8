import type { BlockDevice } from "../../../common/domain/facts.ts";
import { finding, type Finding } from "../../../common/domain/finding.ts";
import { isFirmwareRaid } from "../../../common/domain/content-kinds.ts";
import { evidenceOf, type Rule, type RuleContext } from "../rule.ts";

const partitionTypes = new Set(["0xfd", "a19d880f-05fc-4d3b-a006-743f0f84911e"]);

/** Software RAID (MD) and RAID that a mainboard's firmware makes. What a hardware controller hides is a plain disk. */
export const raid: Rule = {
  id: "raid",
  applies: (facts) => facts.storage.devices.length > 0,
  check(facts, context) {
    const { graph } = context;
    const findings: Finding[] = [];
    const arrays = facts.storage.devices.filter(
      (device) => device.kind === "raid" || device.kind === "dmraid",
    );
    const spoken = new Set<string>();
    for (const array of arrays) {
      for (const parent of array.parents) spoken.add(graph.device(parent)?.id ?? parent);
      // An IMSM or DDF container holds the arrays; it is no volume itself.
      if (graph.children(array).some((child) => child.kind === "raid")) continue;
      findings.push(arrayFinding(array, context));
    }
    for (const device of facts.storage.devices) {
      if (spoken.has(device.id) || arrays.includes(device) || !isMember(device, context)) continue;
      const format = graph.contentType(device) ?? "linux_raid_member";
      const parts = {
        severity: "warning",
        subject: { kind: device.kind === "disk" ? "disk" : "partition", name: device.id },
        evidence: evidenceOf(device),
        params: { device: device.id, format },
      } as const;
      findings.push(
        isFirmwareRaid(format)
          ? finding("raid.firmware", { ...parts, effects: { block: "at-risk", file: "changed" } })
          : finding("raid.member", { ...parts, effects: { block: "kept", file: "changed" } }),
      );
    }
    return findings;
  },
};

function arrayFinding(array: BlockDevice, { graph }: RuleContext): Finding {
  const parents = array.parents.map((name) => graph.device(name));
  const formats = ancestors(array, graph).map((device) => graph.contentType(device));
  const firmware = array.kind === "dmraid" ? "dmraid" : (formats.find(isFirmwareRaid) ?? null);
  const evidence = [...evidenceOf(array), ...parents.flatMap((parent) => (parent ? evidenceOf(parent) : []))];
  const subject = { kind: "volume", name: array.id } as const;
  return firmware !== null
    ? finding("raid.firmware", {
        severity: "warning",
        subject,
        effects: { block: "at-risk", file: "changed" },
        evidence,
        params: { device: array.id, format: firmware },
      })
    : finding("raid.software", {
        severity: "warning",
        subject,
        effects: { block: "kept", file: "changed" },
        evidence,
        params: { array: array.id, level: array.layout ?? "RAID", members: array.parents },
      });
}

function ancestors(device: BlockDevice, graph: RuleContext["graph"]): readonly BlockDevice[] {
  const seen = new Set([device.id]);
  const queue = [device];
  for (let at = 0; at < queue.length; at++) {
    for (const name of (queue[at] as BlockDevice).parents) {
      const parent = graph.device(name);
      if (!parent || seen.has(parent.id)) continue;
      seen.add(parent.id);
      queue.push(parent);
    }
  }
  return queue.slice(1);
}

function isMember(device: BlockDevice, { graph }: RuleContext): boolean {
  const type = graph.contentType(device);
  if (type === "linux_raid_member" || isFirmwareRaid(type)) return true;
  return type === null && partitionTypes.has(device.partition?.type?.toLowerCase() ?? "");
}
