/** Makes basic disks of dynamic ones in the overlays of a conversion; the replicas are read and never written. */
import { open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Told } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import { runTool } from "../../qemu/run-tool.ts";
import type { ReplicaFile, TaskContext } from "../../tasks/implementations.ts";
import { findGroups, readerOf } from "./find-groups.ts";
import type { Patch } from "./partition-table.ts";
import { disksThatGoTogether, planLayout, type BasicLayout, type LaidOutVolume } from "./plan-layout.ts";

export interface LayoutPlan {
  readonly layouts: readonly BasicLayout[];
  /** Why groups stay as they are. */
  readonly notes: readonly Told[];
}

/** Looks for dynamic disks. The overlay of a disk is made with {@link sizeInLayout}. */
export async function planBasicDisks(replicas: readonly ReplicaFile[]): Promise<LayoutPlan> {
  const layouts: BasicLayout[] = [];
  const notes: Told[] = [];
  for (const { name, disks, database } of await findGroups(replicas)) {
    if (database === null) {
      notes.push(told({ kind: "dynamic-database-unreadable", group: name }));
      continue;
    }
    const possible: BasicLayout[] = [];
    const sets = disksThatGoTogether(disks, database);
    for (const set of sets) {
      const planned = planLayout(set, database);
      if (planned.isPossible) possible.push(planned.layout);
      else {
        const { because } = planned;
        notes.push(told({ kind: "dynamic-disks-stay", group: name, disks: set.length, because }));
      }
    }
    // An empty disk is worth nothing as a basic one, and to those that stay dynamic it would be missing.
    const isWhole = possible.length === sets.length;
    layouts.push(...possible.filter(({ volumes }) => isWhole || volumes.length > 0));
  }
  return { layouts, notes };
}

export function sizeInLayout({ layouts }: LayoutPlan, { diskId, sizeBytes }: ReplicaFile): number {
  const disks = layouts.flatMap((layout) => layout.disks);
  return disks.find((disk) => disk.diskId === diskId)?.sizeBytes ?? sizeBytes;
}

type Overlay = ReplicaFile & { readonly overlayPath: string };

export interface LayOutOptions extends Pick<TaskContext, "claim" | "signal"> {
  readonly plan: LayoutPlan;
  readonly disks: readonly Overlay[];
  readonly workDirectory: string;
}

/** What was done with each volume. `tool-missing`, `conversion-failed`, `cancelled`. */
export async function layOutBasicDisks(
  options: LayOutOptions,
): Promise<Result<(Told & { readonly disk: number })[]>> {
  const { plan, disks, workDirectory, claim } = options;
  const patchPath = join(workDirectory, "patch.raw");
  if (plan.layouts.length > 0) await claim(patchPath);
  const done: (Told & { readonly disk: number })[] = [];
  try {
    for (const layout of plan.layouts) {
      const find = (diskId: number): Overlay => {
        const disk = disks.find((each) => each.diskId === diskId);
        if (disk === undefined) throw new Error(`disk ${diskId} has no overlay`);
        return disk;
      };
      for (const laidOut of layout.volumes) {
        let at = laidOut.partition.startBytes;
        for (const run of laidOut.from) {
          const { replicaPath } = find(run.diskId);
          const source = {
            ...raw(run.startBytes, run.sizeBytes),
            file: { driver: "file", filename: replicaPath },
          };
          const copied = await write(
            source,
            find(laidOut.diskId).overlayPath,
            at,
            run.sizeBytes,
            options.signal,
          );
          if (!copied.ok) return copied;
          at += run.sizeBytes;
        }
        done.push({ disk: laidOut.diskId, ...remarkOn(laidOut) });
      }
      const patches = [
        ...layout.disks.flatMap(({ diskId, patches: own }) => own.map((patch) => ({ diskId, patch }))),
        ...(await bootSectorPatches(layout.volumes, disks)),
      ];
      for (const { diskId, patch } of patches) {
        await writeFile(patchPath, patch.bytes);
        const source = { driver: "raw", file: { driver: "file", filename: patchPath } };
        const target = find(diskId).overlayPath;
        const written = await write(source, target, patch.offset, patch.bytes.length, options.signal);
        if (!written.ok) return written;
      }
    }
    return ok(done);
  } finally {
    await rm(patchPath, { force: true });
  }
}

const raw = (offset: number, size: number) => ({ driver: "raw", offset, size });

/** Writes a block node's bytes into the overlay, at an offset of the disk in it. */
async function write(
  source: object,
  overlayPath: string,
  offset: number,
  length: number,
  signal: AbortSignal,
): Promise<Result<void>> {
  const overlay = { driver: "qcow2", file: { driver: "file", filename: overlayPath } };
  const nodes = [source, { ...raw(offset, length), file: overlay }].map(
    (node) => `json:${JSON.stringify(node)}`,
  );
  const ran = await runTool("qemu-img", ["convert", "-n", ...nodes], { signal });
  if (!ran.ok) return ran;
  if (ran.value.exitCode === 0) return ok();
  const context = { tool: "qemu-img", path: overlayPath, output: ran.value.stderr.trim() };
  return fail("conversion-failed", told({ kind: "dynamic-volume-unplaced" }), context);
}

function remarkOn({ volume, partition, from }: LaidOutVolume): Told {
  const name = volume.hint === "" ? volume.name : `${volume.name} (${volume.hint})`;
  return from.length === 0
    ? told({ kind: "volume-basic", volume: name })
    : told({
        kind: "volume-gathered",
        volume: name,
        pieces: from.length,
        sizeBytes: partition.sizeBytes,
      });
}

/** Boot sectors say how many sectors lie before their partition; both copies must be true of the new place. */
async function bootSectorPatches(
  volumes: readonly LaidOutVolume[],
  disks: readonly Overlay[],
): Promise<{ readonly diskId: number; readonly patch: Patch }[]> {
  const patches: { diskId: number; patch: Patch }[] = [];
  for (const laidOut of volumes) {
    const { diskId, partition } = laidOut;
    const sectors = partition.startBytes / 512;
    if (sectors > 0xffff_ffff) continue;
    const boot = await readVolume(laidOut, disks, 0);
    if (boot === null || !hasHiddenSectors(boot)) continue;
    for (const at of [0, backupOf(boot)]) {
      const copy = at === 0 ? boot : at === null ? null : await readVolume(laidOut, disks, at);
      if (at === null || copy === null || !hasHiddenSectors(copy)) continue;
      if (copy.readUInt32LE(hiddenSectorsAt) === sectors) continue;
      const bytes = Buffer.from(copy);
      bytes.writeUInt32LE(sectors, hiddenSectorsAt);
      patches.push({ diskId, patch: { offset: partition.startBytes + at, bytes } });
    }
  }
  return patches;
}

const hiddenSectorsAt = 28;

function hasHiddenSectors(boot: Buffer): boolean {
  const isNtfs = boot.toString("latin1", 3, 11) === "NTFS    ";
  const isFat = boot.toString("latin1", 54, 57) === "FAT" || boot.toString("latin1", 82, 87) === "FAT32";
  return boot.readUInt16LE(510) === 0xaa55 && (isNtfs || isFat);
}

/** NTFS keeps it behind its last sector, FAT32 where it says. */
function backupOf(boot: Buffer): number | null {
  const sectorBytes = boot.readUInt16LE(11);
  if (boot.toString("latin1", 3, 7) === "NTFS") {
    const bytes = boot.readBigUInt64LE(40) * BigInt(sectorBytes);
    return bytes < BigInt(Number.MAX_SAFE_INTEGER) ? Number(bytes) : null;
  }
  return boot.toString("latin1", 82, 87) === "FAT32" ? boot.readUInt16LE(50) * sectorBytes : null;
}

/** A sector of the volume, from the replica that has it. */
async function readVolume(
  { partition, diskId, from }: LaidOutVolume,
  disks: readonly Overlay[],
  offset: number,
): Promise<Buffer | null> {
  const runs =
    from.length > 0 ? from : [{ diskId, startBytes: partition.startBytes, sizeBytes: partition.sizeBytes }];
  let before = 0;
  for (const run of runs) {
    if (offset < before + run.sizeBytes) {
      const disk = disks.find((each) => each.diskId === run.diskId);
      if (disk === undefined) return null;
      const file = await open(disk.replicaPath, "r");
      try {
        return await readerOf(file, disk.sizeBytes)(run.startBytes + offset - before, 512);
      } finally {
        await file.close();
      }
    }
    before += run.sizeBytes;
  }
  return null;
}
