import { rm } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { ok, type Result } from "../../common/result.ts";
import { putInPlace } from "../durable-file.ts";
import { createOverlay } from "../qemu/overlay.ts";
import type { ReplicaFile, TaskContext } from "../tasks/implementations.ts";

/** The overlays of a conversion under way: under other names until it is complete. */
export interface OverlaySet {
  /** In the order of the disks, with the `overlayPath` that is written now. */
  readonly disks: readonly (ReplicaFile & { readonly overlayPath: string })[];
  /** Puts them in their places. */
  publish(): Promise<void>;
  /** Removes what is not published. */
  discard(): Promise<void>;
}

/**
 * New, empty overlays; those of an earlier conversion are removed first, so that nobody takes them for the new ones.
 * Each is as large as its disk, or as large as `sizeOf` wants it.
 */
export async function createOverlays(
  disks: readonly ReplicaFile[],
  workDirectory: string,
  { claim, signal }: Pick<TaskContext, "claim" | "signal">,
  sizeOf: (disk: ReplicaFile) => number = ({ sizeBytes }) => sizeBytes,
): Promise<Result<OverlaySet>> {
  const directory = resolve(workDirectory);
  const places = disks.map((disk) => {
    const path = join(directory, `disk-${disk.diskId}.qcow2`);
    return { disk: { ...disk, overlayPath: `${path}.partial` }, path };
  });
  const discard = async (): Promise<void> => {
    for (const { disk } of places) await rm(disk.overlayPath, { force: true });
  };
  for (const { disk, path } of places) {
    await claim(path);
    await claim(disk.overlayPath);
    await rm(path, { force: true });
    await rm(disk.overlayPath, { force: true });
  }
  for (const { disk } of places) {
    const relativePath = join(
      relative(directory, resolve(disk.replicaPath, "..")),
      basename(disk.replicaPath),
    );
    const created = await createOverlay({
      path: disk.overlayPath,
      sizeBytes: sizeOf(disk),
      backing: { relativePath, format: "raw" },
      signal,
    });
    if (created.ok) continue;
    await discard();
    return created;
  }
  return ok({
    disks: places.map(({ disk }) => disk),
    publish: async () => {
      for (const { disk, path } of places) await putInPlace(disk.overlayPath, path);
    },
    discard,
  });
}
