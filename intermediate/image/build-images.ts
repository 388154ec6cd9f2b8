/** Images out of replicas or conversions, through qemu-img; each is compared with what it was made of before it is handed out. */
import { createHash } from "node:crypto";
import { open, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { ImageFile, ImageFormat } from "../../common/domain/image.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { ReplicaFile, TaskContext, TaskImplementations } from "../tasks/implementations.ts";
import { formatRecipes, virtualBytesFor, type FormatRecipe } from "./formats.ts";
import { storageFailure } from "../volume/storage-failure.ts";
import { describeImages, descriptionFileName } from "./describe-images.ts";
import { runQemuImg } from "./qemu-img.ts";

/** Making an image, comparing it with what it was made of, and hashing it: the last two at once. */
const stages = 3;
const hashBytes = 1024 ** 2;
/** Left free on the images' filesystem. */
const reserveBytes = 256 * 1024 ** 2;

type BuildOptions = Parameters<TaskImplementations["buildImages"]>[0];

interface Work {
  readonly disk: ReplicaFile;
  /** What the image is made of. */
  readonly source: { readonly path: string; readonly format: "raw" | "qcow2" };
  readonly format: ImageFormat;
  readonly recipe: FormatRecipe;
  readonly path: string;
  readonly virtualBytes: number;
}

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
  const works = options.disks.flatMap((disk) =>
    options.formats.map((format): Work => {
      const recipe = formatRecipes[format];
      const path = join(options.outputDirectory, `disk-${disk.diskId}.${recipe.extension}`);
      return {
        disk,
        source: sourceOf(disk),
        format,
        recipe,
        path,
        virtualBytes: virtualBytesFor(recipe, disk.sizeBytes),
      };
    }),
  );
  const possible = await checkBefore(works, options.outputDirectory);
  if (!possible.ok) return possible;

  const total = works.reduce((sum, { disk }) => sum + disk.sizeBytes * stages, 0);
  let before = 0;
  const files: ImageFile[] = [];
  for (const work of works) {
    const report: StageReport = (stage, share, note) => {
      const done = before + (stage + share) * work.disk.sizeBytes;
      options.report({ done: Math.floor(done), total, unit: "bytes", note });
    };
    const made = await buildImage(work, options, report);
    if (!made.ok) return made;
    files.push(made.value);
    before += work.disk.sizeBytes * stages;
  }
  await options.claim(join(options.outputDirectory, descriptionFileName));
  await describeImages(options.outputDirectory, options.disks, files);
  return ok(files);
}

function sourceOf({ replicaPath, overlayPath }: ReplicaFile): Work["source"] {
  return overlayPath === undefined || overlayPath === null
    ? { path: resolve(replicaPath), format: "raw" }
    : { path: resolve(overlayPath), format: "qcow2" };
}

async function checkBefore(works: readonly Work[], directory: string): Promise<Result<void>> {
  let needed = reserveBytes;
  for (const { disk, source, format, recipe, virtualBytes } of works) {
    if (virtualBytes > recipe.maximumBytes) {
      return fail("image-constraint", `a ${format} image holds at most ${recipe.maximumBytes} bytes`, {
        format,
        diskBytes: virtualBytes,
        maximumBytes: recipe.maximumBytes,
      });
    }
    // A sparse replica's image needs what the replica occupies, whatever the disk's size.
    needed += (await stat(disk.replicaPath)).blocks * 512;
    if (source.format === "qcow2") needed += (await stat(source.path)).blocks * 512;
  }
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < needed) {
    return fail("no-space", "there is not enough room for the images", {
      directory,
      freeBytes: bavail * bsize,
      neededBytes: needed,
    });
  }
  return ok();
}

async function buildImage(work: Work, context: TaskContext, report: StageReport): Promise<Result<ImageFile>> {
  const { path } = work;
  const partial = `${path}.partial`;
  await context.claim(partial);
  await context.claim(path);
  await rm(partial, { force: true });
  try {
    return await buildClaimed(work, partial, context, report);
  } finally {
    // Renamed by now, unless something went wrong.
    await rm(partial, { force: true });
  }
}

async function buildClaimed(
  work: Work,
  partial: string,
  context: TaskContext,
  report: StageReport,
): Promise<Result<ImageFile>> {
  const { disk, format, path, virtualBytes } = work;
  const filled = await fill(work, partial, context.signal, report);
  if (!filled.ok) return filled;
  const sha256 = await compareAndHash(work, partial, context.signal, report);
  if (!sha256.ok) return sha256;
  await putInPlace(partial, path);
  const { size } = await stat(path);
  return ok({ diskId: disk.diskId, format, path, fileBytes: size, virtualBytes, sha256: sha256.value });
}

type StageReport = (stage: number, share: number, note: string) => void;

async function fill(
  { source, format, recipe, virtualBytes }: Work,
  partial: string,
  signal: AbortSignal,
  report: StageReport,
): Promise<Result<void>> {
  const { driver } = recipe;
  const settings = recipe.options.length === 0 ? [] : ["-o", recipe.options.join(",")];
  const created = await runQemuImg(
    ["create", "-q", "-f", driver, ...settings, partial, String(virtualBytes)],
    { signal },
  );
  if (!created.ok) return created;
  // Into the image just made, which may be larger than the disk, and is all zeros so far.
  const order = recipe.writesOutOfOrder ? ["-W"] : [];
  const convert = [
    "convert",
    "-p",
    "-n",
    "--target-is-zero",
    ...order,
    "-f",
    source.format,
    "-O",
    driver,
    source.path,
    partial,
  ];
  const filled = await runQemuImg(convert, {
    signal,
    onProgress: (share) => report(0, share, `making the ${format} image`),
  });
  return filled.ok ? ok() : filled;
}

/**
 * Both read the image that was just written: side by side, the second finds it in memory, and meanwhile it goes to the
 * disk. Gives its SHA-256.
 */
async function compareAndHash(
  { source, format, recipe }: Work,
  partial: string,
  signal: AbortSignal,
  report: StageReport,
): Promise<Result<string>> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const shares = { compared: 0, hashed: 0 };
  const tell = (share: Partial<typeof shares>): void => {
    const { compared, hashed } = Object.assign(shares, share);
    report(1, compared + hashed, `comparing the ${format} image with what it was made of`);
  };
  const stopOther = <T>(result: Result<T>): Result<T> => {
    if (!result.ok) failed.abort();
    return result;
  };
  const compare = ["compare", "-p", "-f", source.format, "-F", recipe.driver, source.path, partial];
  const [compared, hashed] = await Promise.all([
    runQemuImg(compare, { signal: either, onProgress: (share) => tell({ compared: share }) })
      .then((result) =>
        result.ok && result.value !== 0
          ? fail("image-failed", `the ${format} image is not equal to what it was made of`, { format })
          : result,
      )
      .then(stopOther),
    hashFile(partial, either, (share) => tell({ hashed: share })).then(stopOther),
    // Whether it got there is asked again when the image gets its name.
    makeDurable(partial).catch(() => undefined),
  ]);
  // Where one failed, the other was only stopped.
  if (!hashed.ok && hashed.failure.code !== "cancelled") return hashed;
  return compared.ok ? hashed : compared;
}

async function hashFile(
  path: string,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<Result<string>> {
  const hash = createHash("sha256");
  let done = 0;
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      // One buffer is read into while the other is hashed.
      const buffers = [Buffer.allocUnsafe(hashBytes), Buffer.allocUnsafe(hashBytes)] as const;
      let reading = file.read(buffers[0], 0, hashBytes, 0);
      for (let turn = 1; ; turn += 1) {
        const { bytesRead, buffer } = await reading;
        if (bytesRead === 0) break;
        if (signal.aborted) return fail("cancelled", "the image was cancelled");
        done += bytesRead;
        reading = file.read(buffers[turn % 2 === 0 ? 0 : 1], 0, hashBytes, done);
        hash.update(buffer.subarray(0, bytesRead));
        onProgress(done / size);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    return fail("storage-failed", `the image cannot be read back: ${String(error)}`, { path });
  }
  return ok(hash.digest("hex"));
}

async function makeDurable(path: string): Promise<void> {
  const file = await open(path, "r+");
  await file.sync().finally(() => file.close());
}

/** Durable under its own name. */
async function putInPlace(partial: string, path: string): Promise<void> {
  await makeDurable(partial);
  await rename(partial, path);
  const directory = await open(dirname(path), "r");
  await directory.sync().finally(() => directory.close());
}
