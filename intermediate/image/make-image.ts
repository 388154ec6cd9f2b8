import { createHash } from "node:crypto";
import { open, rename, rm, stat, truncate } from "node:fs/promises";
import type { ImageFile, ImageFormat } from "../../common/domain/image.ts";
import type { Remark } from "../../common/domain/remark.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { syncDirectoryOf } from "../durable-file.ts";
import type { ReplicaFile, TaskContext } from "../tasks/implementations.ts";
import { fillImage } from "./fill-image.ts";
import type { FormatRecipe, LaidOutImage } from "./formats.ts";
import { runQemuImg } from "../qemu/qemu-img.ts";
import { sourceExtents } from "./source-extents.ts";

const hashBytes = 1024 ** 2;

/** One image to be made. */
export interface ImageOrder {
  readonly disk: ReplicaFile;
  /** What the image is made of. */
  readonly source: { readonly path: string; readonly format: "raw" | "qcow2" };
  readonly format: ImageFormat;
  readonly recipe: FormatRecipe;
  readonly path: string;
  readonly virtualBytes: number;
}

type ReportShare = (share: number, doing: Remark) => void;

/**
 * Makes one image. It has its name only when it was compared with what it was made of, hashed, and is on the disk.
 * System errors are thrown; nothing is left then, nor after a failure.
 */
export async function makeImage(
  order: ImageOrder,
  { claim, signal }: Pick<TaskContext, "claim" | "signal">,
  report: ReportShare,
): Promise<Result<ImageFile>> {
  const { disk, format, path, virtualBytes } = order;
  const partial = `${path}.partial`;
  await claim(partial);
  await claim(path);
  await rm(partial, { force: true });
  try {
    const sha256 = await fill(order, partial, signal, report);
    if (!sha256.ok) return sha256;
    await rename(partial, path);
    await syncDirectoryOf(path);
    const { size } = await stat(path);
    return ok({ diskId: disk.diskId, format, path, fileBytes: size, virtualBytes, sha256: sha256.value });
  } finally {
    // Renamed by now, unless something went wrong.
    await rm(partial, { force: true });
  }
}

/** Gives the SHA-256 of an image that is proved equal and on the disk. */
async function fill(
  order: ImageOrder,
  partial: string,
  signal: AbortSignal,
  report: ReportShare,
): Promise<Result<string>> {
  const { disk, source, recipe, virtualBytes } = order;
  const settings = recipe.options.length === 0 ? [] : ["-o", recipe.options.join(",")];
  const create = ["create", "-q", "-f", recipe.driver, ...settings, partial, String(virtualBytes)];
  const created = await runQemuImg(create, { signal });
  if (!created.ok) return created;
  const extents = recipe.laidOut === null ? ok(null) : await sourceExtents(disk, source, signal);
  if (!extents.ok) return extents;
  return recipe.laidOut === null || extents.value === null
    ? convert(order, partial, signal, report)
    : copy(order, recipe.laidOut(virtualBytes, extents.value), partial, signal, report);
}

/** Everything is read once and hashed as it is written; whether it is what it should be in its format, qemu-img says. */
async function copy(
  order: ImageOrder,
  { parts, zerosTo, fileBytes }: LaidOutImage,
  imagePath: string,
  signal: AbortSignal,
  report: ReportShare,
): Promise<Result<string>> {
  const { format } = order;
  if (fileBytes !== null) {
    // Nothing of what was there before.
    await truncate(imagePath, 0);
    await truncate(imagePath, fileBytes);
  }
  const filled = await fillImage({
    parts,
    imagePath,
    zerosTo,
    signal,
    onProgress: (share) => report(share * 0.8, { kind: "making-image", format }),
  });
  if (!filled.ok) return filled;
  const compared = await besideSync(imagePath, () =>
    compare(order, imagePath, signal, (share) => report(0.8 + share * 0.2, comparing(order))),
  );
  return compared.ok ? filled : compared;
}

/** qemu-img makes the image; then it is compared and hashed at once, so that the second finds it in memory. */
async function convert(
  order: ImageOrder,
  imagePath: string,
  signal: AbortSignal,
  report: ReportShare,
): Promise<Result<string>> {
  const { source, format, recipe } = order;
  // Into the image just made, which may be larger than the disk, and is all zeros so far.
  const argv = ["convert", "-p", "-n", "--target-is-zero", "-W", "-f", source.format, "-O", recipe.driver];
  const filled = await runQemuImg([...argv, source.path, imagePath], {
    signal,
    onProgress: (share) => report(share / 3, { kind: "making-image", format }),
  });
  if (!filled.ok) return filled;

  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const shares = { compared: 0, hashed: 0 };
  const tell = (share: Partial<typeof shares>): void => {
    const { compared, hashed } = Object.assign(shares, share);
    report((1 + compared + hashed) / 3, comparing(order));
  };
  const stopOther = <T>(result: Result<T>): Result<T> => {
    if (!result.ok) failed.abort();
    return result;
  };
  const [compared, hashed] = await besideSync(imagePath, () =>
    Promise.all([
      compare(order, imagePath, either, (share) => tell({ compared: share })).then(stopOther),
      hashFile(imagePath, either, (share) => tell({ hashed: share })).then(stopOther),
    ]),
  );
  // Where one failed, the other was only stopped.
  if (!hashed.ok && hashed.failure.code !== "cancelled") return hashed;
  return compared.ok ? hashed : compared;
}

const comparing = ({ format }: ImageOrder): Remark => ({ kind: "comparing-image", format });

async function compare(
  { source, format, recipe }: ImageOrder,
  imagePath: string,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<Result<void>> {
  const argv = ["compare", "-p", "-f", source.format, "-F", recipe.driver, source.path, imagePath];
  const compared = await runQemuImg(argv, { signal, onProgress });
  if (!compared.ok) return compared;
  return compared.value === 0
    ? ok()
    : fail("image-failed", told({ kind: "image-not-equal", format }), { format });
}

async function hashFile(
  path: string,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<Result<string>> {
  const hash = createHash("sha256");
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    // One buffer is read into while the other is hashed.
    const buffers = [Buffer.allocUnsafe(hashBytes), Buffer.allocUnsafe(hashBytes)] as const;
    let done = 0;
    let reading = file.read(buffers[0], 0, hashBytes, 0);
    for (let turn = 1; ; turn += 1) {
      const { bytesRead, buffer } = await reading;
      if (bytesRead === 0) return ok(hash.digest("hex"));
      if (signal.aborted) return fail("cancelled", told({ kind: "image-stopped" }));
      done += bytesRead;
      reading = file.read(buffers[turn % 2 === 0 ? 0 : 1], 0, hashBytes, done);
      hash.update(buffer.subarray(0, bytesRead));
      onProgress(done / size);
    }
  } finally {
    await file.close();
  }
}

/** While `act` reads it, the image goes to the disk; it is there once this resolves, and a disk's error is thrown. */
async function besideSync<T>(path: string, act: () => Promise<T>): Promise<T> {
  const file = await open(path, "r+");
  try {
    const [result] = await Promise.all([act(), file.sync()]);
    return result;
  } finally {
    await file.close();
  }
}
