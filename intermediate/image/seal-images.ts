/**
 * What stands beside finished images: the leaves and tree hash of what they hold, and their description. Only what
 * conversion changed is read again: every other chunk is the replica's, and its hash is in the manifest.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ImageFacts, ImageFile } from "../../common/domain/image.ts";
import type { SealedDisk } from "../../common/api/intermediate-tasks.ts";
import { noted, told } from "../../common/domain/report-text/told.ts";
import { attempt, fail, FailureError, unwrap, type Result } from "../../common/result.ts";
import { readBlockMap } from "../qemu/block-map.ts";
import { openContent, type BlockNode, type DiskContent } from "../qemu/nbd-content.ts";
import { bytesOfRange, chunkCount, lengthOfChunk, rangeOfBytes } from "../replica/geometry.ts";
import { leavesFileName, writeLeaves } from "../replica/leaves-file.ts";
import type { Manifest } from "../replica/manifest.ts";
import { leafOfMaybeZero } from "../replica/tree-hash.ts";
import { expectedLeaves } from "../replica/verify.ts";
import type { ReplicaFile, TaskContext } from "../tasks/implementations.ts";
import { describeImages, descriptionFileName } from "./describe-images.ts";

/** Chunks whose records are fetched at once. */
const windowChunks = 1_024;

export interface SealedSource extends ReplicaFile {
  /** The conversion's overlay over the replica; null where the images are of the bare replica. */
  readonly overlayPath: string | null;
  /** Of the disk in the images; more than the replica's where the conversion made it larger. */
  readonly contentBytes: number;
  /** The caller closes it. */
  readonly manifest: Manifest;
}

export interface SealOptions extends TaskContext {
  readonly disks: readonly SealedSource[];
  readonly images: readonly ImageFile[];
  readonly facts: ImageFacts;
  readonly directory: string;
}

/**
 * Fails with `manifest-damaged` where a chunk is unknown, `job-state` where one arrived unhashed and was not read back
 * since, `image-failed`, `storage-failed` or `cancelled`.
 */
export async function sealImages(options: SealOptions): Promise<Result<SealedDisk[]>> {
  return attempt(async () => {
    const { directory, disks, images, facts } = options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const total = disks.reduce((sum, disk) => sum + disk.contentBytes, 0);
    const sealed: SealedDisk[] = [];
    let before = 0;
    for (const disk of disks) {
      const path = join(directory, leavesFileName(disk.diskId));
      await options.claim(path);
      const report = (doneBytes: number): void =>
        options.report({
          done: before + doneBytes,
          total,
          unit: "bytes",
          ...noted({ kind: "hashing-images" }),
        });
      const { treeHash, changedBytes } = await sealDisk(disk, path, options.signal, report);
      const grown = disk.contentBytes === disk.sizeBytes ? {} : { contentBytes: disk.contentBytes };
      sealed.push({ diskId: disk.diskId, contentTreeHash: treeHash, changedBytes, ...grown });
      before += disk.contentBytes;
    }
    await options.claim(join(directory, descriptionFileName));
    const contents = disks.map((disk) => ({ ...disk, sizeBytes: disk.contentBytes }));
    await describeImages(directory, contents, images, { facts, sealed });
    return sealed;
  });
}

async function sealDisk(
  disk: SealedSource,
  path: string,
  signal: AbortSignal,
  report: (doneBytes: number) => void,
): Promise<{ treeHash: string; changedBytes: number }> {
  const { manifest, overlayPath } = disk;
  const geometry = { diskBytes: disk.contentBytes, chunkBytes: manifest.geometry.chunkBytes };
  const overlay = overlayPath === null ? null : unwrap(await openOverlay(overlayPath, disk, signal));
  const changed = overlayPath === null ? new Set<number>() : await changedChunks(overlayPath, disk, signal);
  const leaves = await writeLeaves(path, geometry);
  const buffer = Buffer.alloc(geometry.chunkBytes);
  let changedBytes = 0;
  try {
    for (let first = 0; first < chunkCount(geometry); first += windowChunks) {
      if (signal.aborted)
        throw new FailureError(fail("cancelled", told({ kind: "sealing-stopped" })).failure);
      const range = { first, count: Math.min(windowChunks, chunkCount(geometry) - first) };
      const inReplica = Math.max(0, Math.min(range.count, manifest.chunkCount - first));
      // A seal vouches for its hashes: none may be what an agent said and nobody looked at.
      const unchecked = unwrap(await manifest.countUnchecked({ first, count: inReplica }));
      if (unchecked > 0) {
        const why = told({ kind: "parts-not-hashed", disk: disk.diskId });
        throw new FailureError(fail("job-state", why, { disk: disk.diskId, first, unchecked }).failure);
      }
      const expected = unwrap(await expectedLeaves(manifest, { first, count: inReplica }));
      for (let index = 0; index < range.count; index += 1) {
        const chunk = first + index;
        const known = expected[index];
        const isBeyond = index >= inReplica;
        if (known === undefined && !isBeyond) {
          throw new FailureError(
            fail("manifest-damaged", told({ kind: "chunk-of-disk-unknown", chunk, disk: disk.diskId }), {})
              .failure,
          );
        }
        const length = lengthOfChunk(geometry, chunk);
        const isOfReplica = !isBeyond && length === lengthOfChunk(manifest.geometry, chunk);
        if (known !== undefined && isOfReplica && (overlay === null || !changed.has(chunk))) {
          await leaves.add(known);
          continue;
        }
        if (overlay === null) throw new Error("a bare replica's images are as large as it is");
        const part = buffer.subarray(0, length);
        unwrap(await overlay.read(chunk * geometry.chunkBytes, part));
        const leaf = leafOfMaybeZero(part);
        if (known === undefined || !leaf.equals(known)) changedBytes += part.length;
        await leaves.add(leaf);
      }
      const { offset, length } = bytesOfRange(geometry, range);
      report(offset + length);
    }
    return { treeHash: (await leaves.finish()).toString("hex"), changedBytes };
  } finally {
    await leaves.close();
    await overlay?.close();
  }
}

/** The overlay on the replica that it was made for, whatever its header says. */
function overlayNode(overlayPath: string, disk: ReplicaFile): BlockNode {
  return {
    driver: "qcow2",
    file: { driver: "file", filename: overlayPath },
    backing: { driver: "raw", file: { driver: "file", filename: disk.replicaPath } },
  };
}

async function openOverlay(
  overlayPath: string,
  disk: SealedSource,
  signal: AbortSignal,
): Promise<Result<DiskContent>> {
  const opened = await openContent(overlayNode(overlayPath, disk), signal);
  if (!opened.ok || opened.value.sizeBytes >= disk.contentBytes) return opened;
  await opened.value.close();
  return fail("image-failed", told({ kind: "overlay-too-short" }), { path: overlayPath });
}

/** Chunks of which the overlay itself, and not the replica under it, has a part. */
async function changedChunks(
  overlayPath: string,
  disk: SealedSource,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const node = `json:${JSON.stringify(overlayNode(overlayPath, disk))}`;
  const chunks = new Set<number>();
  unwrap(
    await readBlockMap([node], signal, ({ start, length, depth }) => {
      if (depth > 0 || start >= disk.sizeBytes) return;
      const range = rangeOfBytes(disk.manifest.geometry, start, Math.min(length, disk.sizeBytes - start));
      for (let index = 0; index < range.count; index += 1) chunks.add(range.first + index);
    }),
  );
  return chunks;
}
