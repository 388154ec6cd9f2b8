/** Makes the replica as it was at the end of a run into an image of its own. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { noted, told } from "../../common/domain/report-text/told.ts";
import { attempt, fail, FailureError, unwrap, type Result } from "../../common/result.ts";
import { putInPlace } from "../durable-file.ts";
import { runQemuImg } from "../qemu/qemu-img.ts";
import { openContent, openWritable } from "../qemu/nbd-content.ts";
import { createOverlay } from "../qemu/overlay.ts";
import { chunkCount, lengthOfChunk, type Geometry } from "../replica/geometry.ts";
import { leafOfMaybeZero, TreeHasher } from "../replica/tree-hash.ts";
import type { TaskContext } from "../tasks/implementations.ts";
import { DeltaFile } from "./delta-file.ts";

export interface RestoreOptions extends TaskContext {
  readonly geometry: Geometry;
  readonly replicaPath: string;
  /** Newest first: an older delta has the last word about what it holds. */
  readonly deltaPaths: readonly string[];
  /** What the disk's tree hash was then; null where it was never proved. */
  readonly treeHash: string | null;
  /** Absolute; the result, a qcow2 that rests on nothing. */
  readonly outputPath: string;
}

/**
 * The deltas are laid over the replica in an overlay, which is then made into an image and removed. `content-differs`
 * where the result's tree hash is not the one of then; nothing but the finished image is left behind.
 */
export async function restoreSnapshot(options: RestoreOptions): Promise<Result<void>> {
  const { geometry, replicaPath, outputPath, signal, claim } = options;
  const overlay = `${outputPath}.overlay`;
  const partial = `${outputPath}.partial`;
  return attempt(async () => {
    for (const path of [overlay, partial, outputPath]) {
      await claim(path);
      if (path !== outputPath) await rm(path, { force: true });
    }
    try {
      unwrap(await createOverlay({ path: overlay, sizeBytes: geometry.diskBytes, signal }));
      const node = {
        driver: "qcow2",
        file: { driver: "file", filename: overlay },
        backing: {
          driver: "raw",
          "read-only": true,
          file: { driver: "file", filename: replicaPath, "read-only": true },
        },
      };
      await layOver(node, options);
      const treeHash = await hashOf(node, options);
      if (options.treeHash !== null && treeHash !== options.treeHash) {
        throw new FailureError(
          fail("content-differs", told({ kind: "restored-otherwise" }), {
            treeHash,
            expected: options.treeHash,
          }).failure,
        );
      }
      const source = `json:${JSON.stringify(node)}`;
      const onProgress = (share: number): void =>
        options.report({
          done: Math.floor(share * geometry.diskBytes),
          total: geometry.diskBytes,
          unit: "bytes",
          ...noted({ kind: "imaging-snapshot" }),
        });
      unwrap(
        await runQemuImg(["convert", "-p", "-W", "-O", "qcow2", source, partial], { signal, onProgress }),
      );
      await putInPlace(partial, outputPath);
    } finally {
      await rm(overlay, { force: true });
      await rm(partial, { force: true });
    }
  });
}

async function layOver(node: object, options: RestoreOptions): Promise<void> {
  const target = unwrap(await openWritable({ ...node }, options.signal));
  try {
    for (const path of options.deltaPaths) {
      // A disk that was not overwritten since has none.
      if (!existsSync(path)) continue;
      const delta = unwrap(await DeltaFile.open(path, options.geometry.diskBytes, () => undefined));
      try {
        unwrap(
          await delta.each(({ offset, length, data }) => target.write(offset, data ?? Buffer.alloc(length))),
        );
      } finally {
        await delta.close();
      }
    }
    unwrap(await target.flush());
  } finally {
    await target.close();
  }
}

async function hashOf(node: object, { geometry, signal, report }: RestoreOptions): Promise<string> {
  const content = unwrap(await openContent({ ...node }, signal));
  const tree = new TreeHasher(geometry);
  const buffer = Buffer.alloc(geometry.chunkBytes);
  try {
    for (let chunk = 0; chunk < chunkCount(geometry); chunk += 1) {
      if (signal.aborted)
        throw new FailureError(fail("cancelled", told({ kind: "restoring-stopped" })).failure);
      const part = buffer.subarray(0, lengthOfChunk(geometry, chunk));
      unwrap(await content.read(chunk * geometry.chunkBytes, part));
      tree.addLeaf(leafOfMaybeZero(part));
      report({
        done: chunk * geometry.chunkBytes,
        total: geometry.diskBytes,
        unit: "bytes",
        ...noted({ kind: "checking-snapshot" }),
      });
    }
    return tree.finish().toString("hex");
  } finally {
    await content.close();
  }
}
