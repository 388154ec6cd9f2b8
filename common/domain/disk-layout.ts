/** Where the pieces of a disk lie in a bar of a given width. Pure: screens and reports draw from it. */
import type { DiskMap, InnerVolume, Region } from "./assessment.ts";
import { contentKindOf } from "./content-kinds.ts";
import { replicationModes, type ReplicationMode } from "./finding.ts";

/** Narrower than this a piece cannot be seen or hit; wide ones give way. */
const smallestWidth = 5;
/** Less than this left over in an extended partition is alignment. */
const smallestRemainderBytes = 4 * 1024 * 1024;

export type PieceClass = "free" | "boot" | "unknown" | "fs" | "swap" | "container";

export interface PlacedVolume {
  readonly volume: InnerVolume;
  readonly x: number;
  readonly width: number;
}

export interface PlacedRegion {
  readonly region: Region;
  readonly x: number;
  readonly width: number;
  readonly volumes: readonly PlacedVolume[];
}

export interface PlacedBar {
  readonly regions: readonly PlacedRegion[];
  /** The extended partition's frame around its logical ones. */
  readonly extended: { readonly x: number; readonly width: number; readonly region: Region } | null;
}

/** The regions of a disk on the target. */
export function targetRegions(disk: DiskMap, mode: ReplicationMode): readonly Region[] {
  return disk.treatment === "copied" ? disk.after[mode] : [];
}

/** One scale for all bars of a disk that are shown together, so that one that needs less is shorter. */
export function scaleBytesOf(disk: DiskMap, modes: readonly ReplicationMode[] = replicationModes): number {
  const sum = (regions: readonly Region[]) =>
    regions.reduce((all, region) => all + (region.kind === "extended" ? 0 : (region.sizeBytes ?? 0)), 0);
  const after = modes.map((mode) => sum(disk.after[mode]));
  return Math.max(1, disk.sizeBytes ?? 0, sum(disk.before), ...after);
}

export function placeRegions(regions: readonly Region[], scaleBytes: number, width: number): PlacedBar {
  const drawn = withExtendedRemainder(regions);
  // Where a size is not known, none is believed: every piece is as wide as the others.
  const isKnown = drawn.every((region) => region.sizeBytes !== null);
  const total = isKnown ? scaleBytes : Math.max(drawn.length, 1);
  const wanted = drawn.map((region) =>
    Math.max(smallestWidth, (((isKnown ? region.sizeBytes : 1) ?? 0) / total) * width),
  );
  const excess = Math.max(0, wanted.reduce((sum, each) => sum + each, 0) - width);
  const spare = wanted.reduce((sum, each) => sum + each - smallestWidth, 0);
  let x = 0;
  const placed = drawn.map((region, index): PlacedRegion => {
    const wide = wanted[index] ?? smallestWidth;
    const shrunk = spare > 0 ? wide - ((wide - smallestWidth) / spare) * excess : wide;
    const at = x;
    x += shrunk;
    return { region, x: at, width: shrunk, volumes: placeVolumes(region, at, shrunk) };
  });
  const container = regions.find((region) => region.kind === "extended" && !isDrawn(region, regions));
  const inside =
    container === undefined ? [] : placed.filter(({ region }) => isInside(region, container, regions));
  const [first, last] = [inside[0], inside.at(-1)];
  return {
    regions: placed,
    extended:
      container === undefined || first === undefined || last === undefined
        ? null
        : { region: container, x: first.x, width: last.x + last.width - first.x },
  };
}

function placeVolumes(region: Region, x: number, width: number): readonly PlacedVolume[] {
  const inner = region.volumes.filter((volume) => (volume.sizeBytes ?? 0) > 0);
  const sum = inner.reduce((all, volume) => all + (volume.sizeBytes ?? 0), 0);
  // Volumes may fill a part of their container only; thin ones may promise more than there is.
  const scale = Math.max(sum, region.sizeBytes ?? 0);
  const room = Math.max(0, width - 4);
  let at = x + 2;
  return inner.map((volume) => {
    const wide = ((volume.sizeBytes ?? 0) / scale) * room;
    const placed = { volume, x: at, width: wide };
    at += wide;
    return placed;
  });
}

/** An extended partition whose logical ones are not listed, as Windows' own tools tell of it, is a piece like others. */
function isDrawn(region: Region, regions: readonly Region[]): boolean {
  if (region.kind !== "extended") return true;
  return region.sizeBytes !== null && !regions.some((each) => isInside(each, region, regions));
}

/** The extended container is a frame around its logical partitions; what they leave of it is a piece of its own. */
function withExtendedRemainder(regions: readonly Region[]): readonly Region[] {
  return regions.flatMap((region, index) => {
    if (!isDrawn(region, regions)) return [];
    const container = regions.findLast((each, at) => at < index && each.kind === "extended");
    const isLast =
      container !== undefined &&
      isInside(region, container, regions) &&
      !regions.slice(index + 1).some((each) => isInside(each, container, regions));
    if (!isLast) return [region];
    const taken = regions
      .filter((each) => isInside(each, container, regions))
      .reduce((sum, each) => sum + (each.sizeBytes ?? 0), 0);
    const rest = (container.sizeBytes ?? 0) - taken;
    if (rest < smallestRemainderBytes) return [region];
    const remainder: Region = {
      name: "",
      kind: "free",
      startBytes: (region.startBytes ?? 0) + (region.sizeBytes ?? 0),
      sizeBytes: rest,
      content: null,
      mountPoints: [],
      usedBytes: null,
      effects: region.effects,
      volumes: [],
    };
    return [region, remainder];
  });
}

function isInside(region: Region, container: Region, regions: readonly Region[]): boolean {
  const { startBytes: start } = container;
  if (start === null || region.startBytes === null || region === container) return false;
  if (container.sizeBytes !== null)
    return region.startBytes >= start && region.startBytes < start + container.sizeBytes;
  // Linux tells of some extended partitions only where they begin; logical ones are numbered from five.
  const last = regions.findLast(
    (each) => (each.startBytes ?? 0) >= start && Number(/\d+$/.exec(each.name)?.[0] ?? 0) >= 5,
  );
  return last !== undefined && region.startBytes >= start && region.startBytes <= (last.startBytes ?? 0);
}

/** What a region is drawn as: one that is known by what lies on it alone holds that, whatever else it may be. */
export function classOfRegion({ kind, content, volumes }: Region): PieceClass {
  return content === null && volumes.length > 0 ? "container" : classOfPiece(kind, content);
}

export function classOfPiece(kind: Region["kind"] | "volume", content: string | null): PieceClass {
  if (kind === "free") return "free";
  if (kind === "boot-area") return "boot";
  if (kind === "extended") return "container";
  if (kind === "undetermined") return "unknown";
  switch (contentKindOf(content)) {
    case "filesystem":
    case "convertible":
      return "fs";
    case "swap":
      return "swap";
    case "container":
      return "container";
    case "unknown":
      return "unknown";
    default:
      return "boot";
  }
}

/** `sda1` for `/dev/sda1`, `vg-root` for `/dev/mapper/vg-root`. */
export function shortDeviceName(device: string): string {
  return device.replace(/^\/dev\/(mapper\/)?/, "").replace(/^\\\\\.\\/, "");
}

/**
 * A text's width in pixels at most, in the widest of the usual fonts and in bold: a label that may not fit is left to
 * the table rather than written into its neighbour.
 */
export function textWidth(text: string): number {
  let sum = 0;
  for (const character of text) {
    if ((character.codePointAt(0) ?? 0) > 0x2e80) sum += 12.5;
    else if (" .,:;·'|/\\-()ijlIft".includes(character)) sum += 5.2;
    else sum += "mwMW@%".includes(character) ? 12 : 8.6;
  }
  return sum;
}
