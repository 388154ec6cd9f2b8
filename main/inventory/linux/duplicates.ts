import type { BlockDevice, Duplicate } from "../../../common/domain/facts.ts";
import { canonicalType } from "../../../common/domain/content-kinds.ts";
import type { CommandCapture } from "../bundle-view.ts";
import { evidenceOf, linesOf } from "../capture.ts";

/** Contents whose identifier belongs to one device; those of btrfs, MD and ZFS belong to all of their members. */
const ownIdentifier = new Set(["LVM2_member", "ext2", "ext3", "ext4", "xfs", "swap", "crypto_LUKS", "ntfs"]);

/**
 * Disks and partitions that carry the same identifier: clones, or a storage's snapshot beside its original. Paths of
 * multipath and members of mirrors are none: they are one thing seen twice.
 */
export function duplicatesAmong(
  devices: readonly BlockDevice[],
  lvmCommands: readonly CommandCapture[],
): Duplicate[] {
  const seesPaths = devices.some(
    (device) => device.kind === "multipath" || device.content?.type === "mpath_member",
  );
  if (seesPaths) return [];
  const found = new Map<string, Duplicate>();
  const add = (
    type: string,
    uuid: string,
    more: readonly string[],
    evidence: Duplicate["evidence"],
  ): void => {
    const key = uuid.replaceAll("-", "").toLowerCase();
    const known = found.get(key);
    found.set(key, {
      type: known?.type ?? type,
      uuid: known?.uuid ?? uuid,
      devices: [...new Set([...(known?.devices ?? []), ...more])].sort(),
      evidence: [...(known?.evidence ?? []), ...evidence].slice(0, 6),
    });
  };
  const carriers = carriersOf(devices);
  for (const device of devices) {
    if (device.kind !== "disk" && device.kind !== "partition") continue;
    const uuid = device.content?.uuid ?? null;
    const type = device.content === null ? null : canonicalType(device.content.type);
    if (uuid === null || type === null || !ownIdentifier.has(type) || carriers.has(device.id)) continue;
    add(type, uuid, [device.id], device.evidence.slice(0, 1));
  }
  for (const command of lvmCommands) {
    const warnings = { source: `${command.commandLine} (stderr)`, text: command.stderr };
    for (const capture of [command.output, warnings]) {
      for (const line of linesOf(capture)) {
        const warning = duplicateWarning(line.text);
        // A disk beside an array or a map made of it is one that LVM's filter should hide, and no copy.
        if (warning && !warning.devices.some((name) => /^\/dev\/(md|dm-|mapper\/|drbd)/.test(name)))
          add("LVM2_member", warning.uuid, warning.devices, [evidenceOf(capture, line)]);
      }
    }
  }
  return [...found.values()].filter((duplicate) => duplicate.devices.length > 1);
}

/** Devices that carry something other than their own volumes: their content is the carried device's. */
function carriersOf(devices: readonly BlockDevice[]): ReadonlySet<string> {
  const names = new Map(
    devices.flatMap((device) => [device.id, ...device.aliases].map((name) => [name, device.id])),
  );
  return new Set(
    devices
      .filter((device) => device.kind !== "lvm" && device.kind !== "crypt")
      .flatMap((device) => device.parents.map((parent) => names.get(parent) ?? parent)),
  );
}

/** LVM's words since 2.02.50; it writes the identifier with its hyphens or without. */
function duplicateWarning(
  text: string,
): { readonly uuid: string; readonly devices: readonly string[] } | null {
  const match =
    /Found duplicate PV (\S+): using (\/dev\/\S+) not (\/dev\/\S+)/.exec(text) ??
    /PV (\S+) on (\/dev\/\S+) was already found on (\/dev\/\S+?)\.?$/.exec(text.trim()) ??
    /Not using (?:duplicate )?(?:device|PV) (\/dev\/\S+) for PV (\S+?)\.?$/.exec(text.trim());
  if (!match) return null;
  const words = match.slice(1);
  return {
    uuid: words.find((word) => !word.startsWith("/")) ?? "",
    devices: words.filter((word) => word.startsWith("/")),
  };
}
