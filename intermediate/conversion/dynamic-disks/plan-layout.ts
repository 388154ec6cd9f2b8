/**
 * How dynamic disks look as basic ones: a volume in one piece stays where it is and gets an ordinary partition; one in
 * several pieces is put together behind the end of the disk with its first piece, which grows by it. Nothing is read or
 * written here.
 */
import type { Remark, Told } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { LdmDatabase, LdmHeader } from "./ldm-database.ts";
import type { LdmVolume } from "./ldm-records.ts";
import {
  gptPatches,
  gptSectors,
  ldmMbrType,
  ldmTypes,
  logicalLeadBytes,
  mbrPatches,
  sectorBytes,
  swapGuid,
  type GptTable,
  type MbrTable,
  type NewPartition,
  type Patch,
} from "./partition-table.ts";

export interface DynamicDisk {
  readonly diskId: number;
  readonly sizeBytes: number;
  readonly table: MbrTable | GptTable;
  readonly header: LdmHeader;
}

export interface Run {
  readonly diskId: number;
  readonly startBytes: number;
  readonly sizeBytes: number;
}

/** A volume and its partition on the new disk. */
export interface LaidOutVolume {
  readonly volume: LdmVolume;
  readonly diskId: number;
  readonly partition: NewPartition;
  /** Where its data are now, one behind the other; empty where they stay. */
  readonly from: readonly Run[];
}

export interface LaidOutDisk {
  readonly diskId: number;
  readonly sizeBytes: number;
  readonly patches: readonly Patch[];
}

export interface BasicLayout {
  readonly disks: readonly LaidOutDisk[];
  readonly volumes: readonly LaidOutVolume[];
}

/** Something that was worked out, or why there is none. */
export type Possible<T> =
  { readonly isPossible: true; readonly layout: T } | { readonly isPossible: false; readonly because: Told };

const alignment = 1024 * 1024;
const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
const mostMbrBytes = 0xffff_ffff * sectorBytes;

interface PlacedVolume {
  readonly volume: LdmVolume;
  readonly runs: readonly Run[];
}

/** A group's disks in sets that share no volume: each can become basic, or not, without the others. */
export function disksThatGoTogether(disks: readonly DynamicDisk[], database: LdmDatabase): DynamicDisk[][] {
  let sets = disks.map((disk) => [disk]);
  for (const volume of database.volumes) {
    const under = disksUnder(volume, disks, database);
    const touched = sets.filter((set) => set.some((disk) => under.includes(disk)));
    if (touched.length > 1) sets = [...sets.filter((set) => !touched.includes(set)), touched.flat()];
  }
  return sets;
}

function disksUnder(volume: LdmVolume, disks: readonly DynamicDisk[], database: LdmDatabase): DynamicDisk[] {
  const components = database.components.filter(({ volumeId }) => volumeId === volume.id);
  const pieces = database.pieces.filter(({ componentId }) => components.some(({ id }) => id === componentId));
  const guids = pieces.map(({ diskId }) => database.disks.find(({ id }) => id === diskId)?.guid);
  return disks.filter(({ header }) => guids.includes(header.diskGuid));
}

/** With a reason that names the volume, where these disks cannot become basic ones as a whole. */
export function planLayout(disks: readonly DynamicDisk[], database: LdmDatabase): Possible<BasicLayout> {
  if (!database.isConsistent || database.unreadable > 0) return no({ kind: "dynamic-in-change" });
  const placed: PlacedVolume[] = [];
  for (const volume of database.volumes.filter((each) => disksUnder(each, disks, database).length > 0)) {
    const runs = runsOf(volume, disks, database);
    if (!runs.isPossible) return runs;
    placed.push({ volume, runs: runs.layout });
  }
  const all = placed.flatMap(({ runs }) => runs);
  for (const [index, run] of all.entries()) {
    const other = all.slice(index + 1).find((each) => each.diskId === run.diskId && overlap(run, each));
    if (other !== undefined) return no({ kind: "dynamic-same-bytes" });
  }
  const results = disks.map((disk) =>
    layOutDisk(
      disk,
      placed.filter(({ runs }) => runs[0]?.diskId === disk.diskId),
    ),
  );
  const failed = results.find((result) => !result.isPossible);
  if (failed !== undefined && !failed.isPossible) return failed;
  const done = results.flatMap((result) => (result.isPossible ? [result.layout] : []));
  return possible({
    disks: done.map(({ disk }) => disk),
    volumes: done.flatMap(({ volumes }) => volumes),
  });
}

const no = (why: Remark): Possible<never> => ({ isPossible: false, because: told(why) });
const possible = <T>(layout: T): Possible<T> => ({ isPossible: true, layout });

type VolumeProblem = Extract<Remark, { kind: "dynamic-volume" }>["problem"];
type Stretch = Pick<Run, "startBytes" | "sizeBytes">;

const overlap = (one: Stretch, other: Stretch): boolean =>
  one.startBytes < other.startBytes + other.sizeBytes && other.startBytes < one.startBytes + one.sizeBytes;

/** Where a volume's data are, neighbours joined. */
function runsOf(
  volume: LdmVolume,
  disks: readonly DynamicDisk[],
  database: LdmDatabase,
): Possible<readonly Run[]> {
  const name = volume.hint === "" ? volume.name : `${volume.name} (${volume.hint})`;
  const cannot = (problem: VolumeProblem): Possible<never> =>
    no({ kind: "dynamic-volume", volume: name, problem });
  const components = database.components.filter(({ volumeId }) => volumeId === volume.id);
  const [component, ...others] = components;
  if (component === undefined) return cannot("no-parts");
  if (others.length > 0) return cannot("mirrored");
  if (component.layout === "striped" || component.layout === "raid5") return cannot(component.layout);
  if (component.layout !== "concatenated") return cannot("unknown-layout");
  const pieces = database.pieces
    .filter(({ componentId }) => componentId === component.id)
    .toSorted((a, b) => a.volumeOffsetBytes - b.volumeOffsetBytes);
  const runs: Run[] = [];
  let at = 0;
  for (const piece of pieces) {
    const guid = database.disks.find(({ id }) => id === piece.diskId)?.guid;
    const disk = disks.find(({ header }) => header.diskGuid === guid);
    if (disk === undefined) return cannot("other-disk");
    const startBytes = disk.header.dataStart + piece.startBytes;
    const isInside =
      piece.startBytes + piece.sizeBytes <= disk.header.dataBytes &&
      startBytes >= (disk.table.kind === "mbr" ? sectorBytes : (1 + gptSectors) * sectorBytes);
    if (piece.volumeOffsetBytes !== at || piece.sizeBytes === 0 || !isInside) return cannot("impossible");
    at += piece.sizeBytes;
    const last = runs.at(-1);
    const sizeBytes = piece.sizeBytes;
    if (last?.diskId === disk.diskId && last.startBytes + last.sizeBytes === startBytes)
      runs[runs.length - 1] = { ...last, sizeBytes: last.sizeBytes + sizeBytes };
    else runs.push({ diskId: disk.diskId, startBytes, sizeBytes });
  }
  return at >= volume.sizeBytes && at > 0 ? possible(runs) : cannot("incomplete");
}

function layOutDisk(
  disk: DynamicDisk,
  placed: readonly PlacedVolume[],
): Possible<{ disk: LaidOutDisk; volumes: LaidOutVolume[] }> {
  const { table, header, diskId } = disk;
  const active = table.kind === "mbr" ? table.entries.find(({ isActive }) => isActive) : undefined;
  const isActive = ({ runs }: PlacedVolume): boolean =>
    active !== undefined && runs.length === 1 && runs[0]?.startBytes === active.startBytes;
  // The one that the machine starts from first, so that it is never among those that have to move.
  const staying = placed
    .filter(({ runs }) => runs.length === 1)
    .toSorted((a, b) => Number(isActive(b)) - Number(isActive(a)) || startOf(a) - startOf(b));
  const moving = placed.filter(({ runs }) => runs.length > 1);
  const kept = table.kind === "mbr" ? table.entries.filter(({ type }) => type !== ldmMbrType).length : 0;
  const fits = table.kind === "gpt" || kept + placed.length <= 4;
  const primaries = fits ? placed.length : Math.max(0, 3 - kept);
  const volumes: LaidOutVolume[] = [];
  let end = disk.sizeBytes;
  for (const [index, one] of [...staying, ...moving].entries()) {
    const isLogical = index >= primaries;
    const [first] = one.runs;
    const stays = one.runs.length === 1 && !isLogical && first !== undefined;
    const sizeBytes = one.runs.reduce((sum, run) => sum + run.sizeBytes, 0);
    const startBytes = stays ? first.startBytes : aligned(end) + (isLogical ? logicalLeadBytes : 0);
    if (!stays) end = startBytes + sizeBytes;
    const type = one.volume.partitionType === 0 ? 0x07 : one.volume.partitionType;
    const guid = swapGuid(one.volume.guid);
    const partition = { startBytes, sizeBytes, type, isActive: isActive(one), isLogical, guid };
    volumes.push({ volume: one.volume, diskId, partition, from: stays ? [] : one.runs });
  }
  const hasGrown = end > disk.sizeBytes;
  // Behind the last partition there must be room for the second copy of a GPT.
  const sizeBytes = hasGrown ? aligned(end) + (table.kind === "gpt" ? alignment : 0) : disk.sizeBytes;
  const partitions = volumes
    .map(({ partition }) => partition)
    .toSorted((a, b) => a.startBytes - b.startBytes);
  if (table.kind === "mbr" && sizeBytes > mostMbrBytes) return no({ kind: "dynamic-too-large" });
  const zeros = (offset: number, length: number): Patch => ({ offset, bytes: Buffer.alloc(length) });
  const patches: Patch[] = [
    zeros(header.at, sectorBytes),
    zeros(header.databaseStart, header.databaseBytes),
    ...(hasGrown && table.kind === "gpt"
      ? [
          zeros(
            (Math.floor(disk.sizeBytes / sectorBytes) - gptSectors) * sectorBytes,
            gptSectors * sectorBytes,
          ),
        ]
      : []),
  ];
  if (
    volumes.some(
      ({ from, partition }) =>
        from.length === 0 &&
        patches.some(({ offset, bytes }) =>
          overlap(partition, { startBytes: offset, sizeBytes: bytes.length }),
        ),
    )
  )
    return no({ kind: "dynamic-database-inside" });
  patches.push(
    ...(table.kind === "mbr"
      ? mbrPatches(
          table,
          table.entries.filter(({ type }) => type !== ldmMbrType),
          partitions,
        )
      : gptPatches(
          table,
          table.entries.filter(({ type }) => type !== ldmTypes.data && type !== ldmTypes.metadata),
          partitions,
          sizeBytes,
        )),
  );
  return possible({ disk: { diskId, sizeBytes, patches }, volumes });
}

function startOf({ runs }: PlacedVolume): number {
  return runs[0]?.startBytes ?? 0;
}
