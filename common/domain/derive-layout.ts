/** File replication's proposal: every mounted local filesystem of a source as a standard partition. Pure. */
import { contentKindOf } from "./content-kinds.ts";
import {
  descendantsOf,
  disksOf,
  type BlockDevice,
  type Facts,
  type Mount,
  type StorageFacts,
} from "./facts.ts";
import { leastPartitionBytes } from "./partition-capacity.ts";
import {
  diskMarginBytes,
  mebibyte,
  type LayoutBasis,
  type SourceSwap,
  type SourceVolume,
  type TargetDisk,
  type TargetLayout,
  type TargetPartition,
  utf8Length,
} from "./target-layout.ts";

const biosBootBytes = mebibyte;
const newEspBytes = 256 * mebibyte;
const largestMbrBytes = 2 ** 41;

const roundUp = (bytes: number): number => Math.ceil(bytes / mebibyte) * mebibyte;

/** What file replication has to go by; `diskPaths` empty: all disks. */
export function layoutBasisOf(facts: Facts, diskPaths: readonly string[] = []): LayoutBasis {
  const { storage } = facts;
  const diskOf = diskFinder(storage);
  const isChosen = (disk: string | null): boolean =>
    diskPaths.length === 0 || (disk !== null && diskPaths.includes(disk));
  return {
    firmware: facts.firmware.kind === "uefi" ? "uefi" : "bios",
    volumes: volumesIn(storage, diskOf).filter(({ disk }) => isChosen(disk)),
    swaps: swapsIn(storage, diskOf).filter(({ disk }) => isChosen(disk)),
  };
}

/** The disk at the bottom of a device; the first where there are several. */
function diskFinder(storage: StorageFacts): (device: string) => string | null {
  const disks = new Map<string, string>();
  for (const { id } of disksOf(storage)) {
    for (const each of [{ id }, ...descendantsOf(storage, id)])
      if (!disks.has(each.id)) disks.set(each.id, id);
  }
  return (device) => disks.get(device) ?? null;
}

function deviceOf(storage: StorageFacts, mount: Mount): BlockDevice | undefined {
  const name = mount.device ?? mount.what;
  return storage.devices.find(({ id, aliases }) => id === name || aliases.includes(name));
}

function namesOf(device: BlockDevice): string[] {
  const { id, aliases, content, partition } = device;
  const tags = [
    ["UUID", content?.uuid],
    ["LABEL", content?.label],
    ["PARTUUID", partition?.uuid],
    ["PARTLABEL", partition?.label],
  ].flatMap(([tag, value]) => {
    if (typeof value !== "string" || value === "") return [];
    return [`${tag}=${value}`, `/dev/disk/by-${String(tag).toLowerCase()}/${value}`];
  });
  // /dev/mapper/vg-root is /dev/vg/root to some.
  const mapped = /^\/dev\/mapper\/((?:[^-]|--)+)-((?:[^-]|--)+)$/.exec(id);
  const volume =
    mapped === null
      ? []
      : [`/dev/${(mapped[1] ?? "").replaceAll("--", "-")}/${(mapped[2] ?? "").replaceAll("--", "-")}`];
  return [...new Set([id, ...aliases, ...volume, ...tags])];
}

/** Mounts of filesystems on this machine's own disks, each directory once: bind mounts show the same files again. */
function volumesIn(storage: StorageFacts, diskOf: (device: string) => string | null): SourceVolume[] {
  const volumes: SourceVolume[] = [];
  const seen = new Set<string>();
  const byDepth = storage.mounts.toSorted((a, b) => a.where.length - b.where.length);
  for (const mount of byDepth) {
    const device = deviceOf(storage, mount);
    if (device === undefined || mount.isNetwork || ["loop", "rom", "ram"].includes(device.kind)) continue;
    if (!["filesystem", "convertible"].includes(contentKindOf(mount.type))) continue;
    const key = `${device.id} ${subvolumeName(mount)}`;
    if (seen.has(key) || volumes.some(({ mountPoint }) => mountPoint === mount.where)) continue;
    seen.add(key);
    const usage = mount.usage ?? device.usage;
    volumes.push({
      mountPoint: mount.where,
      filesystem: mount.type,
      device: device.id,
      names: namesOf(device),
      disk: diskOf(device.id),
      subvolume: /^subvol=\/?(.+)$/.exec(subvolumeName(mount))?.[1] ?? null,
      sizeBytes: device.sizeBytes ?? usage?.totalBytes ?? null,
      usedBytes: usage?.usedBytes ?? null,
      inodesUsed: usage?.inodesUsed ?? null,
    });
  }
  return volumes;
}

const subvolumeName = (mount: Mount): string =>
  mount.options.find((option) => option.startsWith("subvol=")) ?? "";

function swapsIn(storage: StorageFacts, diskOf: (device: string) => string | null): SourceSwap[] {
  return storage.devices.flatMap((device): SourceSwap[] => {
    const { content, kind } = device;
    const isUsed = storage.swaps?.some(
      (swap) => swap.kind === "partition" && (swap.path === device.id || device.aliases.includes(swap.path)),
    );
    const isSwap = content?.type === "swap" || isUsed === true;
    if (!isSwap || device.sizeBytes === null || ["ram", "loop", "zvol"].includes(kind)) return [];
    return [
      {
        device: device.id,
        names: namesOf(device),
        disk: diskOf(device.id),
        sizeBytes: device.sizeBytes,
        label: content?.label ?? null,
        uuid: content?.uuid ?? null,
      },
    ];
  });
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
const fitting = (label: string | null, most: number): string | null =>
  label !== null && label !== "" && utf8Length(label) <= most && !/["'\\]/.test(label) ? label : null;

/** Tables as the source's disks have them; `table` null or unknown decides by firmware. */
export function deriveLayout(facts: Facts, basis: LayoutBasis): TargetLayout {
  const root = basis.volumes.find(({ mountPoint }) => mountPoint === "/");
  const boot = basis.volumes.find(({ mountPoint }) => mountPoint === "/boot") ?? root;
  const disks = [...new Set([...basis.volumes, ...basis.swaps].map(({ disk }) => disk))].toSorted(
    (a, b) => Number(b === (boot?.disk ?? null)) - Number(a === (boot?.disk ?? null)),
  );
  return {
    disks: disks.map((path, index) => targetDisk(facts, basis, path, index === 0)),
  };
}

function targetDisk(facts: Facts, basis: LayoutBasis, path: string | null, isFirst: boolean): TargetDisk {
  const { storage } = facts;
  const onDisk = basis.volumes.filter(({ disk }) => disk === path);
  const uuids = new Set<string>();
  const kept = (uuid: string | null | undefined): string | null => {
    if (typeof uuid !== "string" || uuids.has(uuid.toLowerCase())) return null;
    uuids.add(uuid.toLowerCase());
    return uuid;
  };
  const partitions: TargetPartition[] = [];
  const esps = onDisk.filter(({ mountPoint, filesystem }) => isEsp(mountPoint, filesystem, basis));
  for (const volume of esps) {
    const content = storage.devices.find(({ id }) => id === volume.device)?.content;
    const uuid = content?.uuid ?? "";
    partitions.push({
      role: "esp",
      mountPoint: volume.mountPoint,
      sizeBytes: roundUp(Math.max(volume.sizeBytes ?? newEspBytes, 64 * mebibyte)),
      label: fitting(content?.label ?? null, 11),
      uuid: /^[0-9A-F]{4}-[0-9A-F]{4}$/i.test(uuid) ? kept(uuid) : null,
    });
  }
  if (isFirst && basis.firmware === "uefi" && esps.length === 0)
    partitions.push({
      role: "esp",
      mountPoint: "/boot/efi",
      sizeBytes: newEspBytes,
      label: null,
      uuid: null,
    });
  const data = dataPartitions(onDisk, esps, storage, kept);
  const swaps = basis.swaps
    .filter(({ disk }) => disk === path)
    .map(({ sizeBytes, label, uuid }): TargetPartition => ({
      role: "swap",
      sizeBytes: roundUp(sizeBytes),
      label: fitting(label, 16),
      uuid: uuid !== null && isUuid(uuid) ? kept(uuid) : null,
    }));
  // What grows on a target with a larger disk is best last, and that is the largest.
  const inOrder = [
    ...data.filter(isBoot),
    ...swaps,
    ...data.filter((each) => !isBoot(each)).toSorted(bySize),
  ];
  partitions.push(...inOrder);
  const total = (list: readonly TargetPartition[]): number =>
    list.reduce((sum, { sizeBytes }) => sum + sizeBytes, 2 * diskMarginBytes);
  const own = storage.devices.find(({ id }) => id === path)?.partitionTable;
  const mustBeGpt = partitions.length > 4 || total(partitions) > largestMbrBytes || basis.firmware === "uefi";
  const table = own === "gpt" || mustBeGpt ? "gpt" : "mbr";
  if (table === "gpt" && isFirst && basis.firmware === "bios")
    partitions.unshift({ role: "bios-boot", sizeBytes: biosBootBytes });
  return { table, sizeBytes: total(partitions), partitions };
}

const isBoot = (partition: TargetPartition): boolean =>
  partition.role === "data" && partition.mountPoint === "/boot";
const bySize = (a: TargetPartition, b: TargetPartition): number => a.sizeBytes - b.sizeBytes;

function isEsp(mountPoint: string, filesystem: string, { firmware }: LayoutBasis): boolean {
  return firmware === "uefi" && filesystem === "vfat" && ["/boot/efi", "/efi", "/boot"].includes(mountPoint);
}

/** One partition a device: mounts of further subvolumes go where the first one goes. */
function dataPartitions(
  onDisk: readonly SourceVolume[],
  esps: readonly SourceVolume[],
  storage: StorageFacts,
  kept: (uuid: string | null | undefined) => string | null,
): TargetPartition[] {
  const done = new Set<string>();
  return onDisk.flatMap((volume): TargetPartition[] => {
    if (esps.includes(volume) || done.has(volume.device)) return [];
    done.add(volume.device);
    const content = storage.devices.find(({ id }) => id === volume.device)?.content;
    const filesystem = volume.filesystem === "xfs" ? ("xfs" as const) : ("ext4" as const);
    const least = leastPartitionBytes(filesystem, volume.usedBytes ?? 0, volume.inodesUsed);
    const uuid = content?.uuid ?? "";
    return [
      {
        role: "data",
        mountPoint: volume.mountPoint,
        filesystem,
        sizeBytes: roundUp(Math.max(volume.sizeBytes ?? 0, least)),
        label: fitting(content?.label ?? null, filesystem === "xfs" ? 12 : 16),
        uuid: isUuid(uuid) ? kept(uuid) : null,
      },
    ];
  });
}
