/** Reads and rewrites fstab and the device names in boot loaders' configuration. Pure. */
import type { BlockDevice } from "./inspect.ts";

export interface FstabEntry {
  /** Index of its line in the file. */
  readonly line: number;
  readonly device: string;
  readonly mountPoint: string;
  readonly type: string;
  readonly options: readonly string[];
}

export function parseFstab(text: string): FstabEntry[] {
  return text.split("\n").flatMap((content, line): FstabEntry[] => {
    if (/^\s*(#|$)/.test(content)) return [];
    const [device, mountPoint, type = "auto", options = "defaults"] = content.trim().split(/\s+/);
    if (device === undefined || mountPoint === undefined) return [];
    return [
      { line, device: unescape(device), mountPoint: unescape(mountPoint), type, options: options.split(",") },
    ];
  });
}

/** Spaces and the like are written as octal. */
function unescape(word: string): string {
  return word.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Replaces fields of one line and keeps everything else of the file as it is. */
export function replaceEntry(
  text: string,
  { line, options }: FstabEntry,
  change: { readonly device?: string; readonly addOptions?: readonly string[] },
): string {
  const lines = text.split("\n");
  const parts = /^(\s*)(\S+)(\s+\S+)(?:(\s+\S+)(?:(\s+)(\S+)(.*))?)?$/.exec(lines[line] ?? "");
  if (parts === null) return text;
  const [, indent = "", device = "", mountPoint = "", type = " auto", space = " ", , rest = ""] = parts;
  const all = [...options, ...(change.addOptions ?? []).filter((option) => !options.includes(option))];
  const kept =
    change.addOptions === undefined
      ? options
      : all.filter((option) => option !== "defaults" || all.length === 1);
  lines[line] = `${indent}${change.device ?? device}${mountPoint}${type}${space}${kept.join(",")}${rest}`;
  return lines.join("\n");
}

/** Names that depend on the machine: disks and partitions by controller, position or hardware identity. */
const volatileName =
  /^\/dev\/(?:(?:sd|hd|vd|xvd)([a-z]+)(\d*)|nvme(\d+)n\d+(?:p(\d+))?|mmcblk\d+(?:p(\d+))?|cciss\/c\d+d(\d+)(?:p(\d+))?|disk\/by-(?:id|path)\/.+)$/;

export const isVolatile = (name: string): boolean => volatileName.test(name);

/** Disk index and partition number that a volatile name speaks of; null where the name alone does not tell. */
export function positionOf(name: string): { readonly disk: number; readonly partition: number } | null {
  const match = volatileName.exec(name);
  if (match === null) return null;
  const [, letters, number, nvme, nvmePart, , cciss, ccissPart] = match;
  if (letters !== undefined) {
    const disk = [...letters].reduce((sum, letter) => sum * 26 + (letter.charCodeAt(0) - 96), 0) - 1;
    return { disk, partition: Number(number === "" ? "0" : number) };
  }
  if (nvme !== undefined) return { disk: Number(nvme), partition: Number(nvmePart ?? "0") };
  if (cciss !== undefined) return { disk: Number(cciss), partition: Number(ccissPart ?? "0") };
  return null;
}

/**
 * The device of the disks at hand that an fstab or root= name means; undefined where there is none. Without the
 * source's own names, or where the name is of another driver's time, the place among the disks counts.
 */
export function resolveDevice(name: string, devices: readonly BlockDevice[]): BlockDevice | undefined {
  const tag = /^(UUID|LABEL|PARTUUID)=\\?"?([^"\\]*)\\?"?$/.exec(name);
  if (tag !== null) {
    const [, kind, value = ""] = tag;
    const same = (known: string | null): boolean => known?.toLowerCase() === value.toLowerCase();
    if (kind === "UUID") return devices.find(({ uuid }) => same(uuid));
    if (kind === "PARTUUID") return devices.find(({ partitionUuid }) => same(partitionUuid));
    return devices.find(({ label }) => label === value);
  }
  const by = /^\/dev\/disk\/by-(uuid|label|partuuid)\/(.+)$/.exec(name);
  if (by !== null) return resolveDevice(`${(by[1] ?? "").toUpperCase()}=${by[2] ?? ""}`, devices);
  const volume = /^\/dev\/([^/]+)\/([^/]+)$/.exec(name);
  if (volume !== null && volume[1] !== "mapper" && volume[1] !== "disk") {
    const found = devices.find((device) => device.volume === `${volume[1]}/${volume[2]}`);
    if (found !== undefined) return found;
  }
  const position = positionOf(name);
  if (position === null) return devices.find(({ path }) => path === name);
  const own = devices.find(({ sourceName }) => sourceName === name);
  if (own !== undefined) return own;
  // A disk of the kind of those at hand, and none of them: it was not migrated, and its letter tells nothing of others.
  if (devices.some(({ sourceName }) => sourceName !== undefined && driverOf(sourceName) === driverOf(name)))
    return undefined;
  const path = `${diskName(position.disk)}${position.partition === 0 ? "" : position.partition}`;
  return devices.find((device) => device.path === path);
}

/** `sd` of /dev/sda1: disks of one driver are lettered or numbered among themselves. */
const driverOf = (name: string): string | undefined =>
  /^\/dev\/(sd|hd|vd|xvd|nvme|mmcblk|cciss)/.exec(name)?.[1];

/** `/dev/sda` for the first. */
export const diskName = (disk: number): string => `/dev/sd${letters(disk)}`;

function letters(disk: number): string {
  return disk < 26 ? String.fromCharCode(97 + disk) : letters(Math.floor(disk / 26) - 1) + letters(disk % 26);
}

/** What names a device wherever it is: its UUID, or the volume's own name. */
export function stableName(device: BlockDevice): string | null {
  if (device.volume !== null) return device.path;
  if (device.uuid !== null) return `UUID=${device.uuid}`;
  return device.partitionUuid === null ? null : `PARTUUID=${device.partitionUuid}`;
}
