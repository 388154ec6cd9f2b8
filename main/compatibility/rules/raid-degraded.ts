import type { BlockDevice, Evidence } from "../../../common/domain/facts.ts";
import { finding } from "../../../common/domain/finding.ts";
import { isFirmwareRaid } from "../../../common/domain/content-kinds.ts";
import { evidenceOf, type Rule, type RuleContext } from "../rule.ts";

/**
 * An array, a ZFS pool or a volume group that has lost a member or is rebuilding: reading it at full speed is the worst
 * moment for a second loss.
 */
export const raidDegraded: Rule = {
  id: "raid-degraded",
  applies: ({ storage }) =>
    storage.devices.some((device) => missesMembers(device) || isVolumeInPart(device)) ||
    storage.zfsPools.length + storage.volumeGroups.length > 0 ||
    storage.devices.some((device) => isArray(device) && device.state !== null),
  check: ({ storage }, { graph }) => [
    ...storage.devices
      .filter((device) => isIdle(device, graph))
      .map((device) =>
        finding("raid-degraded.inactive", {
          severity: "warning",
          subject: { kind: "volume", name: device.id },
          effects: { block: "kept", file: "left-out" },
          evidence: evidenceOf(device),
          params: { array: device.id },
        }),
      ),
    ...storage.devices
      .filter((device) => isArray(device) && isDegraded(device.state ?? ""))
      .map((device) => unhealthy("RAID", device.id, device.state ?? "", evidenceOf(device))),
    ...storage.devices
      .filter(missesMembers)
      .map((device) => unhealthy("btrfs", device.id, device.state ?? "", evidenceOf(device))),
    ...storage.zfsPools
      .filter(({ state }) => state !== null && state !== "ONLINE")
      .map(({ name, state, evidence }) => unhealthy("ZFS", name, state ?? "", evidence)),
    // vgs(8): the fourth attribute is p where physical volumes are missing.
    ...storage.volumeGroups
      .filter(({ attributes }) => /^...p/.test(attributes ?? ""))
      .map(({ name, attributes, evidence }) => unhealthy("LVM", name, attributes ?? "", evidence)),
    ...storage.devices
      .filter(isVolumeInPart)
      .map((device) => unhealthy("LVM", device.id, device.state ?? "", evidenceOf(device))),
  ],
};

/** A device of a btrfs that cannot find another one of its devices. */
function missesMembers(device: BlockDevice): boolean {
  return device.content?.type === "btrfs" && device.state === "devices missing";
}

/** lvs(8): the ninth attribute is p where a physical volume is missing, r where one came back and must be refreshed. */
function isVolumeInPart(device: BlockDevice): boolean {
  return device.kind === "lvm" && /^[-\w]{8}[pr]/.test(device.state ?? "");
}

/** An array that nothing runs. A container of the firmware's format is always inactive: its arrays run beside it. */
function isIdle(device: BlockDevice, graph: RuleContext["graph"]): boolean {
  if (device.kind !== "raid" || !/^inactive\b/.test(device.state ?? "")) return false;
  return !device.parents.some((name) => {
    const member = graph.device(name);
    return member !== null && isFirmwareRaid(graph.contentType(member));
  });
}

/** MD's arrays, and what Windows' dynamic disks make of several. */
function isArray(device: BlockDevice): boolean {
  return device.kind === "raid" || (device.isDynamic === true && device.layout !== null);
}

function unhealthy(kind: string, array: string, state: string, evidence: readonly Evidence[]) {
  return finding("raid-degraded", {
    severity: "warning",
    subject: { kind: "volume", name: array },
    effects: "at-risk",
    evidence,
    params: { kind, array, state },
  });
}

/** diskpart's "Failed Rd", "Failed" and "Rebuild" in the languages that it is known in; mdadm writes `clean, degraded, recovering`, /proc/mdstat `[2/1] [U_]`. */
function isDegraded(state: string): boolean {
  return (
    /degraded|fail|faulty|recover|rebuild|resync|reshap|broken|fehler|échec|erron|errat|сбой|ошиб|失敗|失败|エラー|障害|실패/i.test(
      state,
    ) || /\[[U_]*_[U_]*\]/.test(state)
  );
}
