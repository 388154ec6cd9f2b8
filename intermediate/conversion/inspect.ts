/** Understands what the inspection script printed. Pure. */
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { diskName, parseFstab, positionOf, type FstabEntry } from "./fstab.ts";

/** A disk, partition or volume as the appliance sees it. */
export interface BlockDevice {
  /** Its name by the order of the disks, which libguestfs' commands take: /dev/sda1, /dev/mapper/lab-root. */
  readonly path: string;
  /** What the appliance's kernel calls it in this session: for programs that run there. */
  readonly node: string;
  /** What is on it, as blkid calls it; null where nothing is known. */
  readonly type: string | null;
  readonly uuid: string | null;
  readonly label: string | null;
  readonly partitionUuid: string | null;
  readonly partitionType: string | null;
  readonly partitionNumber: number | null;
  /** What the source calls it (/dev/nvme0n1p2), where that is known. */
  readonly sourceName?: string;
  /** `group/volume` of a logical volume. */
  readonly volume: string | null;
  /** The disk's partition table, `gpt` or `dos`. */
  readonly table: string | null;
  /** The first 440 bytes of a disk with a partition table; null for everything else. */
  readonly bootCode: Buffer | null;
}

/**
 * The disk that a BIOS starts: the first whose boot code is not empty, or the first with a partition table where all
 * are.
 */
export function bootDisk(devices: readonly BlockDevice[]): BlockDevice | undefined {
  const disks = devices.filter(({ bootCode }) => bootCode !== null);
  return disks.find((disk) => !hasEmptyBootCode(disk)) ?? disks[0];
}

export function hasEmptyBootCode({ bootCode }: BlockDevice): boolean {
  return bootCode !== null && bootCode.every((byte) => byte === 0);
}

export interface FoundSystem {
  readonly device: BlockDevice;
  /** The btrfs subvolume that is its root; null for the filesystem's own. */
  readonly subvolume: string | null;
  readonly fstab: readonly FstabEntry[];
  readonly fstabText: string;
  readonly release: Readonly<Record<string, string>>;
  readonly hasKernel: boolean;
}

export interface Inspection {
  readonly devices: readonly BlockDevice[];
  readonly systems: readonly FoundSystem[];
  /** Devices with a Windows system. */
  readonly windows: readonly string[];
}

export type Family = "debian" | "redhat" | "suse" | "other";

export function parseInspection(text: string): Inspection {
  const devices: BlockDevice[] = [];
  const systems: FoundSystem[] = [];
  const windows: string[] = [];
  const nameOf = diskNames(text);
  for (const block of text.split(/^(?=device |system |windows |end)/m)) {
    const [head = "", ...lines] = block.split("\n");
    const [kind = "", node = "", subvolume = "-"] = head.split(" ");
    const name = nameOf(node);
    if (name === null) continue;
    const values = (key: string): string[] =>
      lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
    const value = (key: string): string | null => values(key)[0] ?? null;
    if (kind === "device") {
      const number = value("PART_ENTRY_NUMBER");
      const table = value("PTTYPE");
      const code = table === null ? null : value("bootcode");
      devices.push({
        path: name,
        node,
        type: value("TYPE"),
        uuid: value("UUID"),
        label: value("LABEL"),
        partitionUuid: value("PART_ENTRY_UUID"),
        partitionType: value("PART_ENTRY_TYPE"),
        partitionNumber: number === null ? null : Number(number),
        volume: value("volume"),
        table,
        bootCode: code === null ? null : Buffer.from(code, "base64"),
      });
    } else if (kind === "system") {
      const device = devices.find(({ path }) => path === name);
      if (device === undefined) continue;
      const files = new Map(
        values("file").map((line) => {
          const [path = "", content = ""] = line.split(" ");
          return [path, Buffer.from(content, "base64").toString("utf8")] as const;
        }),
      );
      const fstabText = files.get("etc/fstab") ?? "";
      systems.push({
        device,
        subvolume: subvolume === "-" ? null : subvolume,
        fstab: parseFstab(fstabText),
        fstabText,
        release: parseRelease(files),
        hasKernel: values("kernel").length > 0,
      });
    } else if (kind === "windows") windows.push(name);
  }
  return { devices, systems, windows };
}

/** The same with the source's names of devices, as far as its disks' paths, in the order of the disks, tell them. */
export function withSourceNames(
  inspection: Inspection,
  diskPaths: readonly (string | undefined)[],
): Inspection {
  const devices = inspection.devices.map((device): BlockDevice => {
    const position = positionOf(device.path);
    const disk = position === null ? undefined : diskPaths[position.disk];
    if (position === null || disk?.startsWith("/dev/") !== true) return device;
    const between = /\d$/.test(disk) ? "p" : "";
    const sourceName = position.partition === 0 ? disk : `${disk}${between}${position.partition}`;
    return { ...device, sourceName };
  });
  const systems = inspection.systems.map((system) => ({
    ...system,
    device: devices.find(({ path }) => path === system.device.path) ?? system.device,
  }));
  return { ...inspection, devices, systems };
}

/**
 * The appliance's kernel names disks in the order in which it happens to find them, its own among them. What lasts is
 * the order of their SCSI targets: the names that this order gives are those that libguestfs' commands take. Null for
 * devices of the appliance's own disk.
 */
function diskNames(text: string): (node: string) => string | null {
  const own = /^own (\S+)$/m.exec(text)?.[1];
  const names = new Map<string, string | null>();
  for (const [, node = "", target = "", number = ""] of text.matchAll(
    /^disk (\S+) \d+:\d+:(\d+):\d+ (\S+)$/gm,
  )) {
    names.set(node, number === own ? null : diskName(Number(target)));
  }
  return (path) => {
    const [, disk = "", partition = ""] = /^\/dev\/(sd[a-z]+)(\d*)$/.exec(path) ?? [];
    const name = names.get(disk);
    return name === undefined ? path : name === null ? null : `${name}${partition}`;
  };
}

/** os-release; where there is none, what the older files say. */
function parseRelease(files: ReadonlyMap<string, string>): Record<string, string> {
  const text = files.get("etc/os-release") ?? files.get("usr/lib/os-release");
  if (text !== undefined) {
    const pairs = [...text.matchAll(/^([A-Z_]+)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\n]*))$/gm)];
    return Object.fromEntries(pairs.map(([, key = "", ...forms]) => [key, forms.find((form) => form) ?? ""]));
  }
  const redhat = files.get("etc/redhat-release")?.trim();
  if (redhat !== undefined) return { ID: "rhel", PRETTY_NAME: redhat };
  const debian = files.get("etc/debian_version")?.trim();
  return debian === undefined ? {} : { ID: "debian", PRETTY_NAME: `Debian ${debian}` };
}

export function familyOf(release: Readonly<Record<string, string>>): Family {
  const words = [release["ID"] ?? "", ...(release["ID_LIKE"] ?? "").split(" ")];
  if (words.some((word) => ["debian", "ubuntu"].includes(word))) return "debian";
  if (words.some((word) => ["rhel", "fedora", "centos", "anolis", "alinux"].includes(word))) return "redhat";
  if (words.some((word) => word === "suse" || word.startsWith("opensuse") || word.startsWith("sles")))
    return "suse";
  return "other";
}

/** The one Linux system that a conversion is about; `guest-unsupported` where there is none or no telling which. */
export function chooseSystem({ devices, systems }: Inspection): Result<FoundSystem> {
  const bootable = systems.filter(({ hasKernel }) => hasKernel);
  // A copy of a system, or a container's, is none that boots.
  const [only, ...others] = systems.length > 1 && bootable.length > 0 ? bootable : systems;
  if (only !== undefined && others.length === 0) return ok(only);
  if (only !== undefined) {
    const names = [only, ...others].map(
      ({ device, release }) => `${release["PRETTY_NAME"] ?? "Linux"} on ${device.path}`,
    );
    return fail("guest-unsupported", told({ kind: "several-systems", systems: names }), {
      systems: names,
    });
  }
  const encrypted = devices.filter(({ type }) => type === "crypto_LUKS").map(({ path }) => path);
  if (encrypted.length > 0) {
    return fail(
      "guest-unsupported",
      told({ kind: "system-encrypted" }),
      { volumes: encrypted },
      told({ kind: "encrypted-ways-on" }),
    );
  }
  return fail("guest-unsupported", told({ kind: "no-system-found" }), {
    devices: devices.map(({ path, type }) => `${path}: ${type ?? "unknown"}`),
  });
}
