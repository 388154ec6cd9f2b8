import type {
  BlockDevice,
  Gap,
  Mount,
  StorageFacts,
  Swap,
  UsageFacts,
  VolumeGroup,
} from "../../../common/domain/facts.ts";
import type { BundleView, CommandCapture } from "../bundle-view.ts";
import { evidenceOf, isJsonCutShort } from "../capture.ts";
import { DeviceGraph } from "../storage/device-graph.ts";
import { devicePath, kindFromName, volumeOfMapperName } from "../storage/device-names.ts";
import { tellGraph } from "../storage/statement.ts";
import { parseBlkid, parseUdevadm } from "./blkid.ts";
import { parseCryptsetup, parseDmraid, parseDmsetup, parseMultipath } from "./device-mapper.ts";
import { type DfRow, parseDf } from "./df.ts";
import { mergeGroup, uniquePools, withImpliedGroups } from "./groups-and-pools.ts";
import { parseLsblk } from "./lsblk.ts";
import { parseLvm } from "./lvm.ts";
import { parseMdadm } from "./mdadm.ts";
import { parseMdstat } from "./mdstat.ts";
import { parseCrypttab, parseFstab, parseMounts, parseSwaps } from "./mount-tables.ts";
import { duplicatesAmong } from "./duplicates.ts";
import { parseFdisk, parseGdisk } from "./fdisk.ts";
import { parseParted } from "./parted.ts";
import { parseSfdiskDump } from "./sfdisk.ts";
import { parseBtrfsShow, parseZpool } from "./pools.ts";
import { parseProcPartitions } from "./proc-partitions.ts";
import { parseDeviceLinks, parseSysBlock } from "./sysfs.ts";

const lvmTools = [
  "pvs",
  "vgs",
  "lvs",
  "pvdisplay",
  "vgdisplay",
  "lvdisplay",
  "pvscan",
  "vgscan",
  "lvscan",
  "lvm",
] as const;

/** What the bundle's files and commands say of disks and what lies on them. */
export function linuxStorage(view: BundleView): {
  readonly storage: StorageFacts;
  readonly gaps: readonly Gap[];
} {
  const graph = new DeviceGraph();
  const gaps: Gap[] = [];
  const groups = new Map<string, VolumeGroup>();
  const each = (tools: readonly string[], tell: (command: CommandCapture) => void): void => {
    for (const command of view.commands(...tools)) if (command.output.text.trim() !== "") tell(command);
  };

  // Exact sources first: the graph keeps the first word on most facts.
  tellGraph(graph, parseSysBlock(view));
  const partitions = view.file("/proc/partitions") ?? catOf(view, "/proc/partitions");
  if (partitions) tellGraph(graph, parseProcPartitions(partitions));
  each(["dmsetup"], (command) => tellGraph(graph, parseDmsetup(command.output, command.args)));
  each(["lsblk"], (command) => tellGraph(graph, parseLsblk(command.output)));
  each(["udevadm"], (command) => tellGraph(graph, parseUdevadm(command.output, command.args)));
  each(["blkid"], (command) => tellGraph(graph, parseBlkid(command.output, command.args)));
  each(["sfdisk"], (command) =>
    tellGraph(
      graph,
      /start=/.test(command.output.text) || /"partitiontable"/.test(command.output.text)
        ? parseSfdiskDump(command.output)
        : parseFdisk(command.output),
    ),
  );
  each(["parted"], (command) => tellGraph(graph, parseParted(command.output, command.args)));
  each(["gdisk", "sgdisk"], (command) => tellGraph(graph, parseGdisk(command.output, command.args)));
  each(["fdisk"], (command) => tellGraph(graph, parseFdisk(command.output)));
  const mdstat = view.file("/proc/mdstat") ?? catOf(view, "/proc/mdstat");
  if (mdstat) tellGraph(graph, parseMdstat(mdstat));
  each(["mdadm"], (command) =>
    tellGraph(graph, parseMdadm(command.output, command.args.find((arg) => arg.startsWith("/dev/")) ?? null)),
  );
  each(["multipath", "multipathd"], (command) => tellGraph(graph, parseMultipath(command.output)));
  each(["dmraid"], (command) => tellGraph(graph, parseDmraid(command.output)));
  each(["cryptsetup"], (command) => tellGraph(graph, parseCryptsetup(command.output, command.args)));
  each(lvmTools, (command) => {
    const report = parseLvm(
      command.output,
      command.tool === "lvm" ? (command.args[0] ?? "lvm") : command.tool,
      command.args,
    );
    tellGraph(graph, report.statements);
    for (const group of report.groups) groups.set(group.name, mergeGroup(groups.get(group.name), group));
  });
  each(["btrfs"], (command) => tellGraph(graph, parseBtrfsShow(command.output)));
  const zfsPools = view.commands("zpool").flatMap((command) => parseZpool(command.output, command.args));

  const mounts = mountTable(view);
  const links = parseDeviceLinks(view);
  tellOfMounts(graph, mounts.length > 0 ? mounts : mountsOfDf(view), links);
  const swaps = swapsOf(view);
  for (const swap of swaps ?? []) {
    if (swap.kind !== "file")
      graph.claim(resolveLink(swap.path, links), { content: { type: "swap" } }, swap.evidence[0] ?? null);
  }
  for (const [link, target] of links)
    if (/^\/dev\/(mapper|md)\//.test(link)) graph.claimIfKnown(target, { aliases: [link] }, null);

  const usage = usageByMountPoint(view);
  const fstab = fstabOf(view);
  gaps.push(...(fstab?.gaps ?? []));
  for (const command of view.commands("lsblk", "sfdisk", "parted", "findmnt", ...lvmTools))
    if (isJsonCutShort(command.output.text))
      gaps.push({ what: command.commandLine, reason: "malformed", detail: "the output is cut short" });
  if (graph.overflow > 0)
    gaps.push({
      what: "block devices",
      reason: "too-large",
      detail: `${graph.overflow} more device names were left out`,
    });
  const crypttab = view.file("/etc/crypttab");
  const devices = addVolumeNames([...graph.build()]).map((device) => withUsage(device, usage));
  const idByName = new Map(
    devices.flatMap((device) => [device.id, ...device.aliases].map((name) => [name, device.id] as const)),
  );
  return {
    gaps,
    storage: {
      devices,
      volumeGroups: withImpliedGroups(groups, devices),
      zfsPools: uniquePools(zfsPools),
      mounts: mounts.map((mount) => ({
        ...mount,
        device: mount.what.startsWith("/dev/")
          ? (idByName.get(devicePath(resolveLink(mount.what, links))) ?? null)
          : null,
        usage: usage.get(mount.where) ?? null,
      })),
      fstab: fstab?.entries ? [...fstab.entries] : null,
      crypttab: crypttab ? [...parseCrypttab(crypttab)] : null,
      swaps: swaps ? [...swaps] : null,
      duplicates: duplicatesAmong(devices, view.commands(...lvmTools)),
      deduplicated: [],
      deviceListComplete: isComplete(view),
      dynamicDisksLookedFor: true,
    },
  };
}

/** `cat FILE` stands in for the file. */
export function catOf(view: BundleView, path: string): CommandCapture["output"] | null {
  return (
    view.commands("cat", "more", "less", "head", "tail").find((command) => command.args.includes(path))
      ?.output ?? null
  );
}

function isComplete(view: BundleView): boolean {
  const lists = view
    .commands("lsblk")
    .some(
      (command) =>
        !command.args.some((arg) => arg.startsWith("/dev/")) &&
        parseLsblk(command.output).length > 0 &&
        !isJsonCutShort(command.output.text),
    );
  return (
    lists ||
    view.file("/proc/partitions") !== null ||
    catOf(view, "/proc/partitions") !== null ||
    view
      .commands("ls")
      .some(
        (command) =>
          command.args.some((arg) => /^\/sys\/(class\/)?block\/?$/.test(arg)) &&
          command.output.text.trim() !== "",
      )
  );
}

function mountTable(view: BundleView): readonly Mount[] {
  for (const path of [
    "/proc/self/mountinfo",
    "/proc/1/mountinfo",
    "/proc/mounts",
    "/proc/self/mounts",
    "/etc/mtab",
  ]) {
    const capture = view.file(path) ?? catOf(view, path);
    const mounts = capture ? parseMounts(capture) : [];
    if (mounts.length > 0) return mounts;
  }
  for (const command of view.commands("findmnt", "mount")) {
    const mounts = parseMounts(command.output);
    if (mounts.length > 0) return mounts;
  }
  return [];
}

function swapsOf(view: BundleView): readonly Swap[] | null {
  const capture = view.file("/proc/swaps") ?? catOf(view, "/proc/swaps");
  if (capture) return parseSwaps(capture);
  const command = view.commands("swapon")[0];
  return command ? parseSwaps(command.output) : null;
}

function fstabOf(view: BundleView): ReturnType<typeof parseFstab> | null {
  const capture = view.file("/etc/fstab") ?? catOf(view, "/etc/fstab");
  return capture ? parseFstab(capture) : null;
}

function tellOfMounts(
  graph: DeviceGraph,
  mounts: readonly Mount[],
  links: ReadonlyMap<string, string>,
): void {
  for (const mount of mounts) {
    if (!mount.what.startsWith("/dev/") || /^\/dev\/(fuse|root|shm)$/.test(mount.what) || mount.isNetwork)
      continue;
    const name = resolveLink(mount.what, links);
    if (!graph.has(name) && kindFromName(name) === null && !/^\/dev\/(mapper\/|dm-|[^/]+\/[^/]+$)/.test(name))
      continue;
    graph.claim(
      name,
      {
        mountPoints: [mount.where],
        content: /^(fuseblk|fuse|auto|crypt|none|overlay)$/.test(mount.type)
          ? null
          : { type: mount.type === "ntfs3" ? "ntfs" : mount.type },
      },
      mount.evidence[0] ?? null,
    );
  }
}

function resolveLink(path: string, links: ReadonlyMap<string, string>): string {
  return path.startsWith("/dev/disk/") || path.startsWith("/dev/vg") ? (links.get(path) ?? path) : path;
}

/** A mapper device called vg-lv is also /dev/vg/lv. */
function addVolumeNames(devices: readonly BlockDevice[]): readonly BlockDevice[] {
  return devices.map((device) => {
    if (device.kind !== "lvm" || device.volumeGroup !== null) return device;
    const volume = volumeOfMapperName(device.id.replace(/^\/dev\/mapper\//, ""));
    return volume ? { ...device, volumeGroup: volume.group } : device;
  });
}

/** What df says of disks where no mount table was read: its device and place, its type only with -T. */
function mountsOfDf(view: BundleView): readonly Mount[] {
  return view.commands("df").flatMap((command) =>
    parseDf(command.output)
      .filter((row) => /^\/dev\/(?!loop|sr\d)/.test(row.filesystem))
      .map((row) => ({
        what: row.filesystem,
        where: row.mountPoint,
        type: row.type ?? "none",
        options: [],
        device: null,
        isNetwork: false,
        usage: null,
        evidence: [evidenceOf(command.output, row.line)],
      })),
  );
}

function usageByMountPoint(view: BundleView): ReadonlyMap<string, UsageFacts> {
  const usage = new Map<string, UsageFacts>();
  const rows: DfRow[] = view.commands("df").flatMap((command) => [...parseDf(command.output)]);
  for (const row of rows) {
    const known = usage.get(row.mountPoint);
    const merged = { ...row.usage };
    if (known)
      for (const key of Object.keys(merged) as (keyof UsageFacts)[]) merged[key] = known[key] ?? merged[key];
    usage.set(row.mountPoint, merged);
  }
  return usage;
}

function withUsage(device: BlockDevice, usage: ReadonlyMap<string, UsageFacts>): BlockDevice {
  if (device.mountPoints.length === 0) return device;
  for (const mountPoint of device.mountPoints) {
    const found = usage.get(mountPoint);
    if (found)
      return {
        ...device,
        usage: { ...found, totalBytes: found.totalBytes ?? device.usage?.totalBytes ?? null },
      };
  }
  return device;
}
