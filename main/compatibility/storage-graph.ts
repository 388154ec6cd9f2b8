/**
 * The block devices of a source as a graph that rules and plans can ask. Every question ends, whatever cycles or
 * dangling parents the input has.
 */
import type { BlockDevice, Mount, StorageFacts } from "../../common/domain/facts.ts";
import { canonicalType, contentKindOf } from "../../common/domain/content-kinds.ts";

export interface StorageGraph {
  readonly storage: StorageFacts;
  /** Physical and virtual disks, in the order in which the source lists them. */
  readonly disks: readonly BlockDevice[];
  /** Disks that are another path to a disk that comes earlier in the list. */
  readonly secondPaths: ReadonlySet<BlockDevice>;
  /** By id or alias. */
  device(idOrAlias: string): BlockDevice | null;
  children(device: BlockDevice): readonly BlockDevice[];
  /** Everything that lies on `device`, nearest first. */
  descendants(device: BlockDevice): readonly BlockDevice[];
  /** The disks that `device` lies on; a disk lies on itself. */
  disksUnder(device: BlockDevice): readonly BlockDevice[];
  /** Where it is mounted, by the device list and the mount table together. */
  mountPoints(device: BlockDevice): readonly string[];
  /** In libblkid's words, from the probe or else from the mount table; null where neither says. */
  contentType(device: BlockDevice): string | null;
  usedBytes(device: BlockDevice): number | null;
  /** Devices that hold data themselves instead of carrying other devices. */
  isLeaf(device: BlockDevice): boolean;
}

/** Devices that are no part of what a migration moves: memory, loops, drives without a medium. */
const passingKinds = new Set<BlockDevice["kind"]>(["loop", "rom", "ram", "tape"]);

export function buildStorageGraph(storage: StorageFacts): StorageGraph {
  const byName = new Map<string, BlockDevice>();
  for (const device of storage.devices) {
    for (const alias of device.aliases) if (!byName.has(alias)) byName.set(alias, device);
  }
  for (const device of storage.devices) byName.set(device.id, device);

  const childrenOf = new Map<string, BlockDevice[]>();
  for (const device of storage.devices) {
    if (passingKinds.has(device.kind)) continue;
    for (const parent of new Set(device.parents)) {
      const owner = byName.get(parent);
      if (!owner || owner === device) continue;
      const list = childrenOf.get(owner.id);
      if (list) list.push(device);
      else childrenOf.set(owner.id, [device]);
    }
  }

  const mountsOf = new Map<string, Mount[]>();
  for (const mount of storage.mounts) {
    const device = byName.get(mount.device ?? mount.what);
    if (!device) continue;
    const list = mountsOf.get(device.id);
    if (list) list.push(mount);
    else mountsOf.set(device.id, [mount]);
  }

  const rootsMemo = new Map<string, readonly BlockDevice[]>();
  const order = new Map(storage.devices.map((device, index) => [device.id, index]));

  const walkDown = (start: BlockDevice): BlockDevice[] => {
    const seen = new Set([start.id]);
    const found: BlockDevice[] = [];
    const queue = [start];
    for (let at = 0; at < queue.length; at++) {
      for (const child of childrenOf.get((queue[at] as BlockDevice).id) ?? []) {
        if (seen.has(child.id)) continue;
        seen.add(child.id);
        found.push(child);
        queue.push(child);
      }
    }
    return found;
  };

  const walkUp = (start: BlockDevice): readonly BlockDevice[] => {
    const memo = rootsMemo.get(start.id);
    if (memo) return memo;
    const seen = new Set([start.id]);
    const roots: BlockDevice[] = [];
    const queue = [start];
    for (let at = 0; at < queue.length; at++) {
      const device = queue[at] as BlockDevice;
      if (device.kind === "disk") roots.push(device);
      for (const name of device.parents) {
        const parent = byName.get(name);
        if (!parent || seen.has(parent.id)) continue;
        seen.add(parent.id);
        queue.push(parent);
      }
    }
    roots.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
    rootsMemo.set(start.id, roots);
    return roots;
  };

  const contentType = (device: BlockDevice): string | null => {
    if (device.content !== null) return canonicalType(device.content.type);
    const type = mountsOf.get(device.id)?.find((mount) => !mount.isNetwork)?.type;
    return type === undefined ? null : canonicalType(type);
  };

  const disks = storage.devices.filter((device) => device.kind === "disk");

  return {
    storage,
    disks,
    secondPaths: secondPathsAmong(disks, (disk) => childrenOf.get(disk.id) ?? [], contentType),
    device: (idOrAlias) => byName.get(idOrAlias) ?? null,
    children: (device) => childrenOf.get(device.id) ?? [],
    descendants: walkDown,
    disksUnder: walkUp,
    mountPoints: (device) => [
      ...new Set([...device.mountPoints, ...(mountsOf.get(device.id) ?? []).map((mount) => mount.where)]),
    ],
    contentType,
    usedBytes: (device) =>
      device.usage?.usedBytes ??
      mountsOf.get(device.id)?.find((mount) => mount.usage?.usedBytes != null)?.usage?.usedBytes ??
      null,
    isLeaf: (device) => {
      if (device.partition?.role === "extended") return false;
      const below = childrenOf.get(device.id) ?? [];
      // A snapshot lies on its origin, which goes on holding data of its own.
      return below.every((child) => child.layout === "snapshot");
    },
  };
}

/** GPT type GUIDs and MBR types of areas that hold boot code or are reserved, and no files of the admin's. */
const bootAreaTypes = new Set([
  "21686148-6449-6e6f-744e-656564454649", // BIOS boot
  "9e1a2d38-c612-4316-aa26-8b49521e5a8b", // PowerPC PReP boot
  "e3c9e316-0b5c-4db8-817d-f92df00215ae", // Microsoft reserved
  "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", // LDM metadata
  "0x41", // PReP boot
]);

/** Windows' word for a disk that nobody on this machine may use; its number where WMI was asked. */
export function isOffline(disk: BlockDevice): boolean {
  return disk.kind === "disk" && /^offline\b/i.test(disk.state ?? "");
}

export function isBootArea(device: BlockDevice): boolean {
  const type = device.partition?.type?.toLowerCase();
  return type !== undefined && bootAreaTypes.has(type);
}

/** GPT's and MBR's types for swap: they count where nobody looked inside. */
const swapTypes = new Set(["0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", "0x82"]);

export function isSwap(device: BlockDevice, graph: StorageGraph): boolean {
  const type = graph.contentType(device);
  if (contentKindOf(type) === "swap") return true;
  return type === null && swapTypes.has(device.partition?.type?.toLowerCase() ?? "");
}

/** GUID of Microsoft Storage Spaces. */
const storageSpacesType = "e75caf8f-f680-4cee-afa3-b001e56efc2d";

/** A partition that is a pool's, or the disk that Windows makes of a pool. */
export function isStorageSpaces(device: BlockDevice): boolean {
  return (
    device.partition?.type?.toLowerCase() === storageSpacesType ||
    device.transport === "spaces" ||
    /^microsoft storage space device\b/i.test(device.model ?? "")
  );
}

const dynamicTypes = new Set([
  "0x42", // LDM on MBR
  "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", // LDM metadata on GPT
  "af9b60a0-1431-4f62-bc68-3311714a69ad", // LDM data on GPT
]);

/** True where the device itself says that it belongs to a Windows dynamic disk. */
export function saysDynamic(device: BlockDevice, graph: StorageGraph): boolean {
  if (device.isDynamic === true) return true;
  if (graph.contentType(device) === "LDM_member") return true;
  const type = device.partition?.type?.toLowerCase();
  return type !== undefined && dynamicTypes.has(type);
}

/** Mount points of media that come and go; Windows gives a letter to every stick, but C: to none. */
const passingMount = /^\/(media|run\/media|cdrom|mnt\/cdrom|rofs)(\/|$)|^[abd-z]:\\?$/i;

/** USB sticks, install media and card readers that are no part of the server. */
export function isRemovable(disk: BlockDevice, graph: StorageGraph): boolean {
  const medium = contentKindOf(graph.contentType(disk)) === "medium";
  if (!medium && disk.isRemovable !== true && disk.transport !== "usb") return false;
  const mounted = [disk, ...graph.descendants(disk)].flatMap((device) => graph.mountPoints(device));
  return !mounted.some((where) => !passingMount.test(where));
}

/** The multipath map on a disk, where the disk is one of its paths. */
export function multipathMapOf(disk: BlockDevice, graph: StorageGraph): BlockDevice | null {
  return graph.children(disk).find((child) => child.kind === "multipath") ?? null;
}

/** Paths of one multipath map, or, where no map was seen, multipath members with one serial number. */
function secondPathsAmong(
  disks: readonly BlockDevice[],
  childrenOf: (disk: BlockDevice) => readonly BlockDevice[],
  contentType: (disk: BlockDevice) => string | null,
): ReadonlySet<BlockDevice> {
  const seen = new Set<string>();
  const second = new Set<BlockDevice>();
  for (const disk of disks) {
    const map = childrenOf(disk).find((child) => child.kind === "multipath");
    const isMember = contentType(disk) === "mpath_member" && disk.serial !== null;
    const key = map ? `map ${map.id}` : isMember ? `serial ${disk.serial}` : null;
    if (key === null) continue;
    if (seen.has(key)) second.add(disk);
    seen.add(key);
  }
  return second;
}
