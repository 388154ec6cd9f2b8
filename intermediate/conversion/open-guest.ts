/** Finds the system on the overlays and mounts its filesystems in the appliance. */
import type { Remark, Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, FailureError, unwrap } from "../../common/result.ts";
import type { ReplicaFile } from "../tasks/implementations.ts";
import type { Appliance } from "./appliance.ts";
import { resolveDevice } from "./fstab.ts";
import { GuestTree, shellWord } from "./guest-tree.ts";
import type { GuestKernel, LinuxGuest } from "./guest.ts";
import { inspectScript } from "./inspect-script.ts";
import {
  chooseSystem,
  familyOf,
  parseInspection,
  withSourceNames,
  type BlockDevice,
  type FoundSystem,
  type Inspection,
} from "./inspect.ts";

/** Filesystems that a conversion works on; data filesystems stay untouched. */
const systemMounts = new Set(["/boot", "/boot/efi", "/efi", "/usr", "/var"]);

export interface OpenedGuest {
  readonly guest: LinuxGuest;
  readonly notes: readonly Told[];
}

/** What is on the overlays' disks, which are in the order of `disks`; nothing is mounted afterwards. */
export async function inspect(
  appliance: Appliance,
  disks: readonly Pick<ReplicaFile, "sourcePath">[],
  report: (doing: Remark) => void,
): Promise<Inspection> {
  report({ kind: "looking-for-system" });
  const found = parseInspection(await appliance.shell(inspectScript));
  return withSourceNames(
    found,
    disks.map(({ sourcePath }) => sourcePath),
  );
}

/** Throws a FailureError: `guest-unsupported`, `conversion-failed`, `cancelled`. */
export async function openGuest(
  appliance: Appliance,
  inspection: Inspection,
  scratchPath: string,
  report: (doing: Remark) => void,
): Promise<OpenedGuest> {
  const system = unwrap(chooseSystem(inspection));
  const { devices } = inspection;
  report({ kind: "mounting-system", system: nameOf(system) });
  const notes: Told[] = [];
  const options = system.subvolume === null ? "" : `subvol=${system.subvolume}`;
  notes.push(...(await mount(appliance, system.device, "/", options)));
  const mounted = new Map<string, BlockDevice>();
  const byDepth = system.fstab.toSorted((a, b) => a.mountPoint.length - b.mountPoint.length);
  for (const entry of byDepth.filter(({ mountPoint }) => systemMounts.has(mountPoint))) {
    const device = resolveDevice(entry.device, devices);
    if (device === undefined || device.type === null) {
      notes.push(told({ kind: "fstab-unknown", device: entry.device, mountPoint: entry.mountPoint }));
      continue;
    }
    const subvolume = entry.options.find((option) => option.startsWith("subvol=")) ?? "";
    notes.push(...(await mount(appliance, device, entry.mountPoint, subvolume)));
    mounted.set(entry.mountPoint, device);
  }
  const tree = await GuestTree.read(appliance);
  const kernels = await kernelsOf(appliance, tree);
  if (kernels.length === 0) {
    throw new FailureError(
      fail(
        "guest-unsupported",
        notes.length === 0
          ? told({ kind: "no-kernel-in-boot" })
          : told({ kind: "no-kernel-in-boot-and", notes }),
        { system: nameOf(system) },
        told({ kind: "bring-kernels" }),
      ).failure,
    );
  }
  const family = familyOf(system.release);
  if (family === "other") notes.push(told({ kind: "system-unknown", system: nameOf(system) }));
  const summary = {
    platform: "linux" as const,
    name: nameOf(system),
    distribution: system.release["ID"] ?? "unknown",
    rootDevice: system.device.volume === null ? system.device.path : `/dev/${system.device.volume}`,
    rootFilesystem: system.device.type ?? "unknown",
    rootSubvolume: system.subvolume,
    kernel: kernels[0]?.version ?? null,
  };
  const guest = {
    appliance,
    tree,
    devices,
    family,
    summary,
    kernels,
    mounted,
    scratchPath,
    root: system.device,
    subvolume: system.subvolume,
    fstab: system.fstab,
  };
  return { guest, notes };
}

const nameOf = ({ release }: FoundSystem): string => release["PRETTY_NAME"] ?? "an unknown Linux";

/** Mounting replays a journal, on the overlay. What cannot be mounted is checked and repaired first. */
async function mount(
  appliance: Appliance,
  device: BlockDevice,
  mountPoint: string,
  options: string,
): Promise<Told[]> {
  const tried = await appliance.command("mount-options", options, device.path, mountPoint);
  if (tried.ok) return [];
  const kind = device.type ?? "";
  const checked = /^ext[234]$/.test(kind)
    ? await appliance.command("e2fsck", device.path, "correct:true")
    : kind === "xfs"
      ? await appliance.command("xfs-repair", device.path, "forcelogzero:true")
      : tried;
  const again = checked.ok
    ? await appliance.command("mount-options", options, device.path, mountPoint)
    : checked;
  if (again.ok) return [told({ kind: "filesystem-repaired", mountPoint })];
  throw new FailureError(
    appliance.failureOf(`mounting ${device.path} (${kind}) on ${mountPoint}`, tried.error),
  );
}

/** Newest first. */
export async function kernelsOf(appliance: Appliance, tree: GuestTree): Promise<GuestKernel[]> {
  const versions = tree
    .paths(/^\/boot\/vmlinu[zx]-/)
    .map((path) => ({ imagePath: path, version: path.slice(path.indexOf("-") + 1) }))
    .filter(({ version }) => !/rescue|\.old$|\.bak$/.test(version))
    .toSorted((a, b) => compareVersions(b.version, a.version));
  const kernels: GuestKernel[] = [];
  for (const { imagePath, version } of versions) {
    const initramfsPath =
      [`/boot/initrd.img-${version}`, `/boot/initramfs-${version}.img`, `/boot/initrd-${version}`].find(
        (path) => tree.has(path),
      ) ?? null;
    // Only the newest one is looked into.
    const builtin = new Set<string>();
    if (kernels.length === 0) {
      const path = shellWord(`/sysroot/lib/modules/${version}/modules.builtin`);
      const text = await appliance.shell(`grep virtio ${path} 2>/dev/null || true`);
      for (const [, name = ""] of text.matchAll(/([^/\n]+)\.ko/g)) builtin.add(name.replaceAll("-", "_"));
    }
    kernels.push({ version, imagePath, initramfsPath, builtin });
  }
  return kernels;
}

/** By their numbers, as `sort -V` does for kernels. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) =>
    version.split(/[^0-9A-Za-z]+|(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)/),
  );
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index += 1) {
    const [x = "", y = ""] = [left?.[index], right?.[index]];
    const [n, m] = [Number(x), Number(y)];
    if (Number.isFinite(n) && Number.isFinite(m) && x !== "" && y !== "") {
      if (n !== m) return n - m;
    } else if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
