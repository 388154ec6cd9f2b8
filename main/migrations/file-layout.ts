/** File replication's part of a job: its layout, what is left out, and where the source's devices went. */
import { randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MovedDevices } from "../../common/domain/conversion.ts";
import { checkLayout, settleLayout } from "../../common/domain/check-layout.ts";
import { deriveLayout, layoutBasisOf } from "../../common/domain/derive-layout.ts";
import { excludeListName } from "../../common/domain/exclude-list.ts";
import type { Facts } from "../../common/domain/facts.ts";
import {
  partitionFor,
  type FilePlan,
  type LayoutBasis,
  type TargetLayout,
  type TargetPartition,
} from "../../common/domain/target-layout.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";

export interface SettledLayout {
  readonly layout: TargetLayout;
  readonly basis: LayoutBasis;
}

/** The layout of a job's first run, or that of the earlier runs where the files still fit into it. */
export function planLayout(
  facts: Facts,
  plan: { readonly diskPaths: readonly string[]; readonly files: FilePlan },
  earlier: TargetLayout | null,
): Result<SettledLayout> {
  if (facts.os.family === "windows")
    return fail("input-invalid", told({ kind: "files-only-linux" }), {
      field: "replication",
    });
  const basis = layoutBasisOf(facts, plan.diskPaths);
  if (earlier !== null) {
    const [problem] = checkLayout(earlier, basis);
    if (problem === undefined) return ok({ layout: earlier, basis });
    return fail("input-invalid", told({ kind: "outgrown-layout", because: problem.message }), {
      field: `files.layout.${problem.field}`,
    });
  }
  const settled = settleLayout(deriveLayout(facts, basis), plan.files, basis);
  return settled.ok ? ok({ layout: named(settled.value), basis }) : settled;
}

/** Every filesystem gets a UUID now, so that whatever speaks of it can be written before it is made. */
function named(layout: TargetLayout): TargetLayout {
  const withName = (partition: TargetPartition): TargetPartition => {
    if (partition.role === "bios-boot" || partition.uuid !== null) return partition;
    const short = randomBytes(4).toString("hex").toUpperCase();
    const uuid = partition.role === "esp" ? `${short.slice(0, 4)}-${short.slice(4)}` : randomUUID();
    return { ...partition, uuid };
  };
  return { disks: layout.disks.map((disk) => ({ ...disk, partitions: disk.partitions.map(withName) })) };
}

/** What became of each device that the source's files may name. */
export function movedDevices({ layout, basis }: SettledLayout): MovedDevices {
  const swaps = layout.disks.flatMap(({ partitions }) => partitions).filter(({ role }) => role === "swap");
  const name = (partition: TargetPartition | null | undefined): string | null =>
    partition == null || partition.role === "bios-boot" || partition.uuid === null
      ? null
      : `UUID=${partition.uuid}`;
  return [
    ...basis.volumes.map(({ names, mountPoint }) => {
      const partition = partitionFor(layout, mountPoint);
      const isOwn = partition?.mountPoint === mountPoint;
      const type = partition?.role === "data" ? partition.filesystem : "vfat";
      return { names, mountPoint, name: isOwn ? name(partition) : null, type };
    }),
    ...basis.swaps.map(({ names, uuid }, index) => ({
      names,
      mountPoint: null,
      type: "swap",
      name: name(swaps.find((each) => "uuid" in each && each.uuid === uuid) ?? swaps[index]),
    })),
  ];
}

export interface VolumeExcludes {
  readonly mountPoint: string;
  readonly text: string;
  /** `own`: the plan gives it; `product`: it comes along. */
  readonly origin: "own" | "product";
}

/**
 * What is left out of each volume: the plan's list for it; otherwise the lists of the system's volume and of the disk,
 * each the plan's or the product's.
 */
export async function excludesFor(
  { basis }: Pick<SettledLayout, "basis">,
  { excludes, excludeLists }: Pick<FilePlan, "excludes" | "excludeLists">,
  folder: string,
): Promise<VolumeExcludes[]> {
  const read = (dataDisk: number | null): Promise<string> =>
    readFile(join(folder, excludeListName("linux", dataDisk)), "utf8").catch(() => "");
  const system = excludeLists.system ?? (await read(null));
  const root = basis.volumes.find(({ mountPoint }) => mountPoint === "/");
  const dataDisks = [...new Set(basis.volumes.map(({ disk }) => disk))].filter((disk) => disk !== root?.disk);
  return Promise.all(
    basis.volumes.map(async ({ mountPoint, disk }): Promise<VolumeExcludes> => {
      const given = excludes.find((each) => each.mountPoint === mountPoint);
      if (given !== undefined) return { mountPoint, text: given.text, origin: "own" };
      const dataDisk = dataDisks.indexOf(disk) + 1;
      const ofDisk = excludeLists.disks.find((each) => each.disk === dataDisk);
      const additional = dataDisk === 0 ? "" : (ofDisk?.text ?? (await read(dataDisk)));
      const isOwn = ofDisk !== undefined || excludeLists.system !== null;
      const text = [rebasedExcludes(system, mountPoint), additional].filter((part) => part !== "").join("\n");
      return { mountPoint, text, origin: isOwn ? "own" : "product" };
    }),
  );
}

/** The lines of the root's list that are about a filesystem further down, from its own root. Pure. */
export function rebasedExcludes(text: string, mountPoint: string): string {
  if (mountPoint === "/") return text;
  return text
    .split("\n")
    .flatMap((line) => {
      const [, sign = "", pattern = ""] = /^([-+] )?(.*)$/.exec(line) ?? [];
      return pattern.startsWith(`${mountPoint}/`) ? [`${sign}${pattern.slice(mountPoint.length)}`] : [];
    })
    .join("\n");
}
