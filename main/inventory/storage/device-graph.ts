import type {
  BlockDevice,
  BlockDeviceKind,
  ContentFacts,
  Evidence,
  PartitionFacts,
  PartitionTableKind,
  UsageFacts,
} from "../../../common/domain/facts.ts";
import type { ParsedSize } from "../sizes.ts";
import { devicePath, kindFromName, splitPartitionName } from "./device-names.ts";

/** What one line of one tool says of a device. Absent fields say nothing. */
export interface DeviceClaim {
  readonly kind?: BlockDeviceKind | null;
  readonly size?: ParsedSize | null;
  readonly parents?: readonly string[];
  readonly aliases?: readonly string[];
  readonly majorMinor?: string | null;
  readonly partitionTable?: PartitionTableKind | null;
  readonly partition?: Partial<PartitionFacts>;
  readonly content?: Partial<ContentFacts> | null;
  readonly mountPoints?: readonly string[];
  readonly usage?: UsageFacts | null;
  readonly isDynamic?: boolean | null;
  readonly layout?: string | null;
  readonly state?: string | null;
  readonly volumeGroup?: string | null;
  readonly model?: string | null;
  readonly serial?: string | null;
  readonly transport?: string | null;
  readonly logicalSectorBytes?: number | null;
  readonly isReadOnly?: boolean | null;
  readonly isRemovable?: boolean | null;
}

interface Draft {
  readonly names: Set<string>;
  kind: BlockDeviceKind | null;
  /** The kind was read off the name: any tool's word replaces it. */
  isKindGuessed: boolean;
  size: ParsedSize | null;
  readonly parents: Set<string>;
  partitionTable: PartitionTableKind | null;
  partition: PartitionFacts | null;
  content: ContentFacts | null;
  readonly mountPoints: Set<string>;
  usage: UsageFacts | null;
  readonly texts: Map<TextField, string>;
  readonly flags: Map<FlagField, boolean>;
  logicalSectorBytes: number | null;
  readonly evidence: Evidence[];
}

const textFields = ["majorMinor", "layout", "state", "volumeGroup", "model", "serial", "transport"] as const;
const flagFields = ["isDynamic", "isReadOnly", "isRemovable"] as const;
type TextField = (typeof textFields)[number];
type FlagField = (typeof flagFields)[number];

const maxDevices = 20_000;
const maxEvidencePerDevice = 16;

/** More specific kinds win over what a plain tool takes the device for. */
const kindWeight: Readonly<Record<BlockDeviceKind, number>> = {
  other: 0,
  disk: 1,
  ram: 2,
  loop: 2,
  rom: 2,
  tape: 2,
  network: 2,
  partition: 3,
  volume: 3,
  zvol: 3,
  raid: 4,
  dmraid: 4,
  lvm: 4,
  crypt: 4,
  multipath: 4,
  bcache: 4,
};

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

  names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  /** The device's kind as known so far. */
  kindOf(name: string): BlockDeviceKind | null {
    return this.#byName.get(devicePath(name))?.kind ?? null;
  }

  contentTypeOf(name: string): string | null {
    return this.#byName.get(devicePath(name))?.content?.type ?? null;
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
    const draft: Draft = {
      names: new Set([path]),
      kind: kindFromName(path),
      isKindGuessed: true,
      size: null,
      parents: new Set(),
      partitionTable: null,
      partition: null,
      content: null,
      mountPoints: new Set(),
      usage: null,
      texts: new Map(),
      flags: new Map(),
      logicalSectorBytes: null,
      evidence: [],
    };
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

/** Names that exist only to find a device again. */
function isInternalName(name: string): boolean {
  return name.startsWith("/dev/block/") || /^Disk \d+ offset \d+$/.test(name);
}

/** The name of a Windows partition by its place, under which WMI and the storage cmdlets meet. */
export function partitionByOffset(disk: number, offsetBytes: number): string {
  return `Disk ${disk} offset ${offsetBytes}`;
}

/** The path that stands for a device's numbers, as under /dev/block. */
export function numberedPath(majorMinor: string): string {
  return `/dev/block/${majorMinor}`;
}

export function emptyPartition(): PartitionFacts {
  return {
    number: null,
    role: null,
    type: null,
    typeName: null,
    startBytes: null,
    label: null,
    uuid: null,
    isActive: null,
  };
}

function apply(draft: Draft, claim: DeviceClaim): void {
  const kind = claim.kind ?? null;
  const isGuessReplaced = draft.isKindGuessed && kind !== "other";
  if (
    kind !== null &&
    (draft.kind === null || isGuessReplaced || kindWeight[kind] >= kindWeight[draft.kind])
  ) {
    draft.kind = kind;
    draft.isKindGuessed = false;
  }
  const size = claim.size ?? null;
  if (size && (draft.size === null || (size.isExact && !draft.size.isExact))) draft.size = size;
  for (const parent of claim.parents ?? []) draft.parents.add(devicePath(parent));
  for (const mountPoint of claim.mountPoints ?? []) draft.mountPoints.add(mountPoint);
  draft.usage = fillNulls(draft.usage, claim.usage ?? null);
  draft.logicalSectorBytes ??= claim.logicalSectorBytes ?? null;
  for (const field of textFields) {
    const value = claim[field];
    if (value !== null && value !== undefined && value !== "" && !draft.texts.has(field))
      draft.texts.set(field, value);
  }
  for (const field of flagFields) {
    const value = claim[field];
    if (value === null || value === undefined) continue;
    // One tool that sees a dynamic disk is enough; another that cannot see it says nothing.
    if (!draft.flags.has(field) || (field === "isDynamic" && value)) draft.flags.set(field, value);
  }
  if (claim.partitionTable && !weakerTable(claim.partitionTable, draft.partitionTable)) {
    draft.partitionTable = claim.partitionTable;
  }
  if (claim.partition) {
    draft.partition = fillNulls(draft.partition, { ...emptyPartition(), ...claim.partition });
  }
  if (claim.content?.type !== undefined && claim.content.type !== "") {
    const content: ContentFacts = {
      version: null,
      label: null,
      uuid: null,
      ...claim.content,
      type: claim.content.type,
    };
    if (draft.content === null || draft.content.type === "none") draft.content = content;
    else if (draft.content.type === content.type) draft.content = fillNulls(draft.content, content);
  }
}

/** `hybrid` beats `gpt` and `mbr`; anything seen beats `none`; otherwise the first word stands. */
function weakerTable(candidate: PartitionTableKind, known: PartitionTableKind | null): boolean {
  if (known === null) return false;
  if (candidate === "hybrid") return false;
  return known !== "none" && known !== "other";
}

function fillNulls<T extends object>(known: T | null, more: T | null): T | null {
  if (known === null || more === null) return known ?? more;
  const filled = { ...known };
  for (const key of Object.keys(more) as (keyof T)[]) {
    if (filled[key] === null || filled[key] === undefined) filled[key] = more[key];
  }
  return filled;
}

function merge(into: Draft, from: Draft): void {
  const claim: DeviceClaim = {
    kind: from.kind,
    size: from.size,
    parents: [...from.parents],
    mountPoints: [...from.mountPoints],
    usage: from.usage,
    partitionTable: from.partitionTable,
    content: from.content,
    logicalSectorBytes: from.logicalSectorBytes,
    ...(from.partition ? { partition: from.partition } : {}),
    ...Object.fromEntries(from.texts),
    ...Object.fromEntries(from.flags),
  };
  apply(into, claim);
  into.evidence.push(...from.evidence.slice(0, Math.max(0, maxEvidencePerDevice - into.evidence.length)));
}

function idOf(draft: Draft): string {
  let best = "";
  let bestRank = -1;
  for (const name of draft.names) {
    const rank = nameRank(name);
    if (rank > bestRank) [best, bestRank] = [name, rank];
  }
  return best;
}

function nameRank(name: string): number {
  if (/^\/dev\/mapper\//.test(name)) return 4;
  if (/^\/dev\/dm-\d+$/.test(name)) return 1;
  if (isInternalName(name)) return 0;
  if (name.startsWith("Disk #")) return 2;
  if (/^\/dev\/disk\//.test(name) || /^\/dev\/\d+:\d+$/.test(name)) return 0;
  if (/^\/dev\/md\//.test(name)) return 2;
  return /^\/dev\/[^/]+\/[^/]+$/.test(name) && !/^\/dev\/(cciss|ida|rd|zvol)\//.test(name) ? 2 : 3;
}

function finish(draft: Draft, id: string, parents: readonly string[]): BlockDevice {
  const text = (field: TextField): string | null => draft.texts.get(field) ?? null;
  const flag = (field: FlagField): boolean | null => draft.flags.get(field) ?? null;
  return {
    id,
    aliases: [...draft.names].filter((name) => name !== id && !isInternalName(name)),
    kind: draft.kind ?? "other",
    sizeBytes: draft.size?.bytes ?? null,
    parents: [...parents],
    majorMinor: text("majorMinor"),
    partitionTable: draft.partitionTable,
    partition: draft.partition,
    content: draft.content,
    mountPoints: [...draft.mountPoints],
    usage: draft.usage,
    isDynamic: flag("isDynamic"),
    layout: text("layout"),
    state: text("state"),
    volumeGroup: text("volumeGroup"),
    model: text("model"),
    serial: text("serial"),
    transport: text("transport"),
    logicalSectorBytes: draft.logicalSectorBytes,
    isReadOnly: flag("isReadOnly"),
    isRemovable: flag("isRemovable"),
    evidence: draft.evidence,
  };
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
