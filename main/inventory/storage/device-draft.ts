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
import { devicePath, kindFromName } from "./device-names.ts";

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

/** A device while it is being put together. */
export interface Draft {
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

export const maxEvidencePerDevice = 16;

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

/** A device of which only a name is known. */
export function newDraft(path: string): Draft {
  return {
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

/** Adds to a draft what a claim says and the draft does not know yet. */
export function apply(draft: Draft, claim: DeviceClaim): void {
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
  if (size && (draft.size === null || (size.isExact && !draft.size.isExact) || isTokenSize(draft.size)))
    draft.size = size;
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

/**
 * The kernel shows an extended partition as two sectors of its own making, however large it is: nobody is to write
 * into it as a whole.
 */
export function isTokenSize(size: ParsedSize | null): boolean {
  return size !== null && size.bytes > 0 && size.bytes <= 4096;
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

/** Two drafts turned out to be one device. */
export function merge(into: Draft, from: Draft): void {
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

/** The name of a draft that people know best. */
export function idOf(draft: Draft): string {
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

/** The device that a draft has become. */
export function finish(draft: Draft, id: string, parents: readonly string[]): BlockDevice {
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
