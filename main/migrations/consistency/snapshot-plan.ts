/** Which logical volumes of a source can be read from snapshots, and which bytes of its disks those stand for. Pure. */
import type { Remark, Told } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";

/** A linear piece of a logical volume: the kernel's own table, in bytes. */
export interface VolumePiece {
  readonly start: number;
  readonly length: number;
  /** `MAJOR:MINOR` of what it lies on, and where. */
  readonly device: string;
  readonly deviceStart: number;
}

export interface LogicalVolume {
  readonly group: string;
  readonly name: string;
  readonly bytes: number;
  readonly device: string;
  /** Null where some of it is not linear: striped, mirrored, thin, cached … */
  readonly pieces: readonly VolumePiece[] | null;
}

export interface VolumeGroup {
  readonly name: string;
  readonly freeBytes: number;
  readonly extentBytes: number;
  /** Other machines may change it too. */
  readonly isShared: boolean;
}

export interface PhysicalVolume {
  readonly path: string;
  readonly device: string;
  readonly group: string;
  readonly bytes: number;
  /** Where its extents begin, and how many it has. */
  readonly dataStart: number;
  readonly extents: number;
}

/** What the source said of itself; see `surveyVolumes`. */
export interface VolumeFacts {
  /** Of every filesystem that is mounted for writing. */
  readonly mounts: readonly { readonly device: string; readonly point: string }[];
  /** Of each block device on the job's disks: which disk, and where on it. A disk is on itself, at 0. */
  readonly places: readonly { readonly device: string; readonly disk: string; readonly start: number }[];
  readonly volumes: readonly LogicalVolume[];
  readonly groups: readonly VolumeGroup[];
  readonly physical: readonly PhysicalVolume[];
}

export interface PlannedSnapshot {
  readonly group: string;
  readonly volume: string;
  readonly name: string;
  readonly extents: number;
  readonly mountPoint: string;
}

/** Bytes that are kept as they were before the snapshots: LVM's metadata, which would tell of them. */
export interface SavedRange {
  readonly path: string;
  readonly start: number;
  readonly length: number;
  readonly file: string;
}

/** A line of `agent.parts`; a `source` without a slash is a saved range's file. */
export interface DiskPart {
  readonly disk: string;
  readonly offset: number;
  readonly length: number;
  readonly start: number;
  readonly source: string;
}

export interface SnapshotPlan {
  readonly snapshots: readonly PlannedSnapshot[];
  readonly saved: readonly SavedRange[];
  readonly parts: readonly DiskPart[];
  /** Filesystems on the disks that are read as they are, and why. */
  readonly uncovered: readonly { readonly point: string; readonly why: Told }[];
}

const mebi = 1_048_576;
/** A snapshot that holds less than this share of its volume would overflow on a busy source. */
const leastShare = 0.05;
const leastBytes = 8 * mebi;
/** Of what is free; the rest is left for the source's own needs. */
const usableShare = 0.75;
/** What the agent takes of `agent.parts`, and a sane amount of memory on the source. */
const mostParts = 1000;
const mostSavedBytes = 64 * mebi;

export type SnapshotChoice =
  { readonly possible: true; readonly plan: SnapshotPlan } | { readonly possible: false; readonly why: Told };

export function planSnapshots(facts: VolumeFacts, jobId: string): SnapshotChoice {
  const uncovered: { point: string; why: Told }[] = [];
  const cannot = (why: Remark): SnapshotChoice => ({ possible: false, why: told(why) });
  const wanted: { volume: LogicalVolume; pieces: readonly VolumePiece[]; point: string }[] = [];
  for (const { device, point } of facts.mounts) {
    const volume = facts.volumes.find((candidate) => candidate.device === device);
    if (volume === undefined) {
      if (placeOf(facts, device) !== undefined)
        uncovered.push({ point, why: told({ kind: "on-no-volume" }) });
      continue;
    }
    if (volume.pieces === null) {
      const name = `${volume.group}/${volume.name}`;
      uncovered.push({ point, why: told({ kind: "volume-not-linear", volume: name }) });
    } else if (volume.pieces.some((piece) => placeOf(facts, piece.device) !== undefined)) {
      wanted.push({ volume, pieces: volume.pieces, point });
    }
  }
  if (wanted.length === 0) return cannot({ kind: "no-linear-volume" });

  const snapshots: PlannedSnapshot[] = [];
  const groups = new Set(wanted.map(({ volume }) => volume.group));
  for (const name of groups) {
    const group = facts.groups.find((candidate) => candidate.name === name);
    if (group === undefined) return cannot({ kind: "group-unknown", group: name });
    if (group.isShared) return cannot({ kind: "group-shared", group: name });
    const members = wanted.filter(({ volume }) => volume.group === name);
    const extents = shareOut(
      members.map(({ volume }) => volume.bytes),
      group,
    );
    if (extents === null) {
      return cannot({ kind: "group-full", group: name, freeBytes: group.freeBytes });
    }
    for (const [index, { volume, point }] of members.entries()) {
      const number = snapshots.length;
      snapshots.push({
        group: name,
        volume: volume.name,
        name: `sma-${jobId}-${number}`,
        extents: extents[index] ?? 0,
        mountPoint: point,
      });
    }
  }

  const saved = savedRanges(facts, groups);
  if (saved.reduce((sum, { length }) => sum + length, 0) > mostSavedBytes) {
    return cannot({ kind: "metadata-large" });
  }
  const volumeParts = wanted.flatMap(({ volume, pieces }) => {
    const snapshot = snapshots.find(
      (candidate) => candidate.group === volume.group && candidate.volume === volume.name,
    );
    return snapshot === undefined ? [] : partsOfVolume(facts, pieces, deviceOf(snapshot));
  });
  const metadataParts = saved.flatMap((range) => {
    const physical = facts.physical.find(({ path }) => path === range.path);
    const place = physical === undefined ? undefined : placeOf(facts, physical.device);
    if (place === undefined) return [];
    const { disk, start } = place;
    return [{ disk, offset: start + range.start, length: range.length, start: 0, source: range.file }];
  });
  const parts = [...volumeParts, ...metadataParts];
  if (parts.length > mostParts) {
    return cannot({ kind: "volumes-in-pieces", pieces: parts.length });
  }
  return { possible: true, plan: { snapshots, saved, parts, uncovered } };
}

/** The device under which a snapshot can be read; device-mapper doubles hyphens in names. */
export function deviceOf({ group, name }: Pick<PlannedSnapshot, "group" | "name">): string {
  const escaped = (part: string): string => part.replaceAll("-", "--");
  return `/dev/mapper/${escaped(group)}-${escaped(name)}`;
}

/** Lines for `takeSnapshots`. */
export const snapshotsText = ({ snapshots }: SnapshotPlan): string =>
  snapshots.map(({ group, volume, name, extents }) => `${group} ${volume} ${name} ${extents}`).join("\n");

export const savedText = ({ saved }: SnapshotPlan): string =>
  saved.map(({ start, length, file, path }) => `${start} ${length} ${file} ${path}`).join("\n");

export const partsText = ({ parts }: SnapshotPlan): string =>
  parts
    .map(({ disk, offset, length, start, source }) =>
      [disk, offset, length, start, source.startsWith("/") ? source : `%saved%/${source}`].join("\t"),
    )
    .join("\n");

const placeOf = (facts: VolumeFacts, device: string) => facts.places.find((place) => place.device === device);

/** Extents for each volume's snapshot by the volumes' sizes; null where one would be too small to last. */
function shareOut(
  sizes: readonly number[],
  { freeBytes, extentBytes }: Pick<VolumeGroup, "freeBytes" | "extentBytes">,
): number[] | null {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const shares = sizes.map((size) => {
    // More than the volume itself, with the table of what was kept, is never needed.
    const most = Math.ceil((size * 1.02) / extentBytes) + 1;
    const given = Math.floor((freeBytes * usableShare * (size / total)) / extentBytes);
    return { extents: Math.min(most, given), least: Math.min(most, leastExtents(size, extentBytes)) };
  });
  return shares.some(({ extents, least }) => extents < least) ? null : shares.map(({ extents }) => extents);
}

const leastExtents = (size: number, extentBytes: number): number =>
  Math.ceil(Math.max(leastBytes, size * leastShare) / extentBytes);

function partsOfVolume(facts: VolumeFacts, pieces: readonly VolumePiece[], source: string): DiskPart[] {
  return pieces.flatMap((piece) => {
    const place = placeOf(facts, piece.device);
    if (place === undefined) return [];
    const offset = place.start + piece.deviceStart;
    return [{ disk: place.disk, offset, length: piece.length, start: piece.start, source }];
  });
}

/** What lies before and behind the extents of every physical volume of the groups that is on the job's disks. */
function savedRanges(facts: VolumeFacts, groups: ReadonlySet<string>): SavedRange[] {
  const ranges = facts.physical.flatMap(({ path, device, group, bytes, dataStart, extents }) => {
    const extentBytes = facts.groups.find(({ name }) => name === group)?.extentBytes;
    if (!groups.has(group) || extentBytes === undefined || placeOf(facts, device) === undefined) return [];
    const dataEnd = dataStart + extents * extentBytes;
    return [
      { path, start: 0, length: dataStart },
      { path, start: dataEnd, length: bytes - dataEnd },
    ].filter(({ length }) => length > 0);
  });
  return ranges.map((range, index) => ({ ...range, file: `saved-${index}` }));
}
