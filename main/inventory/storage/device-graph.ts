import type { BlockDevice, BlockDeviceKind, Evidence } from "../../../common/domain/facts.ts";
import {
  apply,
  type DeviceClaim,
  type Draft,
  emptyPartition,
  finish,
  idOf,
  isTokenSize,
  maxEvidencePerDevice,
  merge,
  newDraft,
  numberedPath,
} from "./device-draft.ts";
import { devicePath, kindFromName, splitPartitionName } from "./device-names.ts";
import { wordTable } from "../../../common/word-table.ts";

const maxDevices = 20_000;

/**
 * Puts together what many tools say of the same devices under many names. The first tool to state a fact keeps it,
 * so feed exact sources first; sizes are the exception: an exact one replaces a rounded one.
 */
export class DeviceGraph {
  readonly #byName = new Map<string, Draft>();
  readonly #drafts = new Set<Draft>();
  #overflow = 0;

  /** Devices that were not taken in because there were too many. */
  get overflow(): number {
    return this.#overflow;
  }

  has(name: string): boolean {
    return this.#byName.has(devicePath(name));
  }

  /** Records `claim` about the device called `name`, which comes into being if it is new. */
  claim(name: string, claim: DeviceClaim, evidence: Evidence | null): void {
    const draft = this.#draft(devicePath(name));
    if (!draft) return;
    for (const alias of claim.aliases ?? []) this.#name(draft, devicePath(alias));
    // Device-mapper tables name what they lie on by its numbers.
    if (claim.majorMinor && !claim.majorMinor.startsWith("0:"))
      this.#name(draft, numberedPath(claim.majorMinor));
    const target = this.#byName.get(devicePath(name)) ?? draft;
    apply(target, claim);
    if (evidence && target.evidence.length < maxEvidencePerDevice) {
      const isKnown = target.evidence.some(
        (known) => known.source === evidence.source && known.text === evidence.text,
      );
      if (!isKnown) target.evidence.push(evidence);
    }
  }

  /** Adds to a device only if something else has said that it exists. */
  claimIfKnown(name: string, claim: DeviceClaim, evidence: Evidence | null): boolean {
    if (!this.has(name)) return false;
    this.claim(name, claim, evidence);
    return true;
  }

  /** The finished devices: disks first, then by layers, each after its parents. */
  build(): readonly BlockDevice[] {
    this.#joinMapperPartitions();
    this.#inferDisksOfPartitions();
    this.#inferKindsFromContainers();
    const ids = new Map<Draft, string>();
    for (const draft of this.#drafts) ids.set(draft, idOf(draft));
    const devices = new Map<string, BlockDevice>();
    for (const draft of this.#drafts) {
      const id = ids.get(draft) ?? "";
      const parents = new Set<string>();
      for (const parent of draft.parents) {
        const parentDraft = this.#byName.get(parent);
        const parentId = parentDraft && ids.get(parentDraft);
        if (parentId !== undefined && parentId !== id) parents.add(parentId);
      }
      devices.set(id, finish(draft, id, [...parents]));
    }
    return inLayers([...devices.values()]);
  }

  #draft(path: string): Draft | null {
    const known = this.#byName.get(path);
    if (known) return known;
    if (this.#drafts.size >= maxDevices) {
      this.#overflow++;
      return null;
    }
    const draft = newDraft(path);
    this.#drafts.add(draft);
    this.#byName.set(path, draft);
    return draft;
  }

  #name(draft: Draft, alias: string): void {
    const other = this.#byName.get(alias);
    if (other === draft) return;
    if (!other) {
      draft.names.add(alias);
      draft.kind ??= kindFromName(alias);
      this.#byName.set(alias, draft);
      return;
    }
    merge(draft, other);
    for (const name of other.names) {
      draft.names.add(name);
      this.#byName.set(name, draft);
    }
    this.#drafts.delete(other);
  }

  /** Partitions of multipath and RAID sets are called set1, setp1, set-part1 or set_part1: one device each. */
  #joinMapperPartitions(): void {
    const seen = new Map<string, string>();
    for (const name of [...this.#byName.keys()]) {
      const match = /^(\/dev\/mapper\/.*?)(?:[-_]part|p)?(\d+)$/.exec(name);
      const base = match ? this.#byName.get(match[1] ?? "") : undefined;
      const draft = this.#byName.get(name);
      if (
        !match ||
        !draft ||
        !base ||
        base === draft ||
        (base.kind !== "multipath" && base.kind !== "dmraid")
      )
        continue;
      const number = Number(match[2]);
      this.claim(name, { kind: "partition", parents: [match[1] ?? ""], partition: { number } }, null);
      const key = `${match[1]} ${number}`;
      const first = seen.get(key);
      if (first === undefined) seen.set(key, name);
      else this.claim(first, { aliases: [name] }, null);
    }
  }

  #inferDisksOfPartitions(): void {
    for (const draft of [...this.#drafts]) {
      for (const name of draft.names) {
        const split = splitPartitionName(name);
        if (!split || (draft.kind !== "partition" && draft.kind !== null)) continue;
        draft.kind ??= "partition";
        draft.partition = {
          ...(draft.partition ?? emptyPartition()),
          number: draft.partition?.number ?? split.number,
        };
        if (draft.parents.size > 0) continue;
        const disk = this.#draft(split.disk);
        if (!disk) continue;
        draft.parents.add(split.disk);
        const first = draft.evidence[0];
        if (disk.evidence.length === 0 && first) disk.evidence.push(first);
      }
    }
    this.#tellDisksOfTheirPartitions();
  }

  /** What lies on a physical volume is a logical volume, what lies on a LUKS container its mapping. */
  #inferKindsFromContainers(): void {
    const kinds = wordTable<BlockDeviceKind>({
      LVM2_member: "lvm",
      crypto_LUKS: "crypt",
      linux_raid_member: "raid",
      mpath_member: "multipath",
    });
    for (const draft of this.#drafts) {
      // Device-mapper's own word on a mapping (integrity, snapshot) stands.
      const isOpen = (draft.kind === null || draft.kind === "other") && !draft.texts.has("layout");
      if (!isOpen) continue;
      for (const parent of draft.parents) {
        draft.kind = kinds[this.#byName.get(parent)?.content?.type ?? ""] ?? draft.kind;
      }
    }
  }

  /** What partitions say of the disk that holds them, and a dynamic disk of its partitions. */
  #tellDisksOfTheirPartitions(): void {
    const byDisk = new Map<Draft, Draft[]>();
    for (const draft of this.#drafts) {
      if (draft.kind !== "partition") continue;
      for (const parent of draft.parents) {
        const disk = this.#byName.get(parent);
        if (!disk) continue;
        const list = byDisk.get(disk);
        if (list) list.push(draft);
        else byDisk.set(disk, [draft]);
      }
    }
    for (const [disk, partitions] of byDisk) {
      if (disk.partitionTable === "none") disk.partitionTable = null;
      tellExtended(disk, partitions);
      if (!partitions.some((partition) => partition.flags.get("isDynamic") === true)) continue;
      disk.flags.set("isDynamic", true);
      for (const partition of partitions) {
        partition.flags.set("isDynamic", true);
        // The kernel numbers the volumes of a dynamic disk as it finds them: 5 and up are no logical partitions.
        if (partition.partition?.role === "logical")
          partition.partition = { ...partition.partition, role: null };
      }
    }
  }
}

/**
 * Tools that show no partition types still show an extended partition: it has a number below 5, a size of next to
 * nothing, and partitions from 5 on beside it.
 */
function tellExtended(disk: Draft, partitions: readonly Draft[]): void {
  const numberOf = ({ partition }: Draft): number => partition?.number ?? 0;
  if (disk.partitionTable !== "gpt" && disk.partitionTable !== "hybrid") {
    const containers = partitions.filter((each) => isTokenSize(each.size) && numberOf(each) < 5);
    if (containers.length > 0 && partitions.some((each) => numberOf(each) >= 5)) {
      disk.partitionTable ??= "mbr";
      for (const each of partitions) {
        if (each.partition === null || each.partition.role !== null) continue;
        const role = containers.includes(each) ? "extended" : numberOf(each) >= 5 ? "logical" : "primary";
        each.partition = { ...each.partition, role };
      }
    }
  }
  for (const each of partitions)
    if (each.partition?.role === "extended" && isTokenSize(each.size)) each.size = null;
}

function inLayers(devices: readonly BlockDevice[]): readonly BlockDevice[] {
  const byId = new Map(devices.map((device) => [device.id, device]));
  const depths = new Map<string, number>();
  const depthOf = (device: BlockDevice, trail: ReadonlySet<string>): number => {
    const known = depths.get(device.id);
    if (known !== undefined) return known;
    if (trail.has(device.id) || trail.size > 32) return 0;
    const deeper = new Set(trail).add(device.id);
    let depth = 0;
    for (const id of device.parents) {
      const parent = byId.get(id);
      if (parent) depth = Math.max(depth, depthOf(parent, deeper) + 1);
    }
    depths.set(device.id, depth);
    return depth;
  };
  const rank = (device: BlockDevice): number =>
    depthOf(device, new Set()) * 2 + (device.kind === "disk" ? 0 : 1);
  return [...devices].sort((a, b) => rank(a) - rank(b) || a.id.localeCompare(b.id, "en", { numeric: true }));
}
