/** Images out of replicas or conversions; each is compared with what it was made of before it is handed out. */
import { stat, statfs } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ImageFile } from "../../common/domain/image.ts";
import { noted, told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Failure, type Result } from "../../common/result.ts";
import type { ReplicaFile, TaskImplementations } from "../tasks/implementations.ts";
import { formatRecipes, virtualBytesFor } from "./formats.ts";
import { storageFailure } from "../volume/storage-failure.ts";
import { describeImages, descriptionFileName } from "./describe-images.ts";
import { makeImage, type ImageOrder } from "./make-image.ts";

/** Images that are made side by side: while one is compared and hashed, another is written. */
const laneCount = 2;
/** Left free on the images' filesystem. */
const reserveBytes = 256 * 1024 ** 2;

type BuildOptions = Parameters<TaskImplementations["buildImages"]>[0];

/**
 * Makes an image of every disk in every format. An image appears under its name only when it is complete and proved
 * equal; whatever an earlier, interrupted try left is made anew. Fails with `image-constraint`, `no-space`,
 * `tool-missing`, `image-failed`, `storage-failed` or `cancelled`, and then leaves no partial file.
 */
export const buildImages: TaskImplementations["buildImages"] = async (options) => {
  try {
    // Absolute: qemu-img takes what stands before a colon in anything else for a protocol.
    const outputDirectory = resolve(options.outputDirectory);
    return await buildAll({ ...options, outputDirectory });
  } catch (error) {
    return storageFailure(error, "write images", options.outputDirectory);
  }
};

async function buildAll(options: BuildOptions): Promise<Result<ImageFile[]>> {
  const { disks, formats, outputDirectory } = options;
  const orders = disks.flatMap((disk) =>
    formats.map((format): ImageOrder => {
      const recipe = formatRecipes[format];
      const path = join(outputDirectory, `disk-${disk.diskId}.${recipe.extension}`);
      const virtualBytes = virtualBytesFor(recipe, disk.sizeBytes);
      return { disk, source: sourceOf(disk), format, recipe, path, virtualBytes };
    }),
  );
  const possible = await checkBefore(orders, outputDirectory);
  if (!possible.ok) return possible;
  const made = await makeAll(orders, options);
  if (!made.ok) return made;
  await options.claim(join(outputDirectory, descriptionFileName));
  await describeImages(outputDirectory, disks, made.value);
  return made;
}

/** In the order of the orders. Where one fails, the others are stopped. */
async function makeAll(orders: readonly ImageOrder[], options: BuildOptions): Promise<Result<ImageFile[]>> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const total = orders.reduce((sum, { disk }) => sum + disk.sizeBytes, 0);
  const done = orders.map(() => 0);
  const files: (ImageFile | undefined)[] = [];
  const queue = [...orders.entries()];
  let failure: Failure | null = null;
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && failure === null; next = queue.shift()) {
      const [index, order] = next;
      const made = await makeImage(order, { ...options, signal }, (share, doing) => {
        done[index] = share * order.disk.sizeBytes;
        const sum = done.reduce((all, each) => all + each, 0);
        options.report({ done: Math.floor(sum), total, unit: "bytes", ...noted(doing) });
      });
      if (made.ok) files[index] = made.value;
      else {
        // The others fail because they are stopped.
        failure ??= made.failure;
        failed.abort();
      }
    }
  };
  const lanes = await Promise.allSettled(
    Array.from({ length: Math.min(laneCount, orders.length) }, () =>
      work().catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    ),
  );
  for (const lane of lanes) if (lane.status === "rejected") throw lane.reason;
  return failure === null ? ok(files.flatMap((file) => file ?? [])) : { ok: false, failure };
}

function sourceOf({ replicaPath, overlayPath }: ReplicaFile): ImageOrder["source"] {
  return overlayPath === undefined || overlayPath === null
    ? { path: resolve(replicaPath), format: "raw" }
    : { path: resolve(overlayPath), format: "qcow2" };
}

async function checkBefore(orders: readonly ImageOrder[], directory: string): Promise<Result<void>> {
  let needed = reserveBytes;
  for (const { disk, source, format, recipe, virtualBytes } of orders) {
    if (virtualBytes > recipe.maximumBytes) {
      return fail(
        "image-constraint",
        told({ kind: "image-holds-at-most", imageFormat: format, most: recipe.maximumBytes }),
        {
          format,
          diskBytes: virtualBytes,
          maximumBytes: recipe.maximumBytes,
        },
      );
    }
    // A sparse replica's image needs what the replica occupies, whatever the disk's size.
    needed += (await stat(disk.replicaPath)).blocks * 512;
    if (source.format === "qcow2") needed += (await stat(source.path)).blocks * 512;
  }
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < needed) {
    return fail(
      "no-space",
      told({ kind: "no-room-for-images", freeBytes: bavail * bsize, neededBytes: needed }),
      {
        directory,
        freeBytes: bavail * bsize,
        neededBytes: needed,
      },
    );
  }
  return ok();
}
