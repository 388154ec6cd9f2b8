/** One file against a receipt: is it an image that the receipt names, does it hold the same disk, and if not, where not? */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ImageFormat } from "../../common/domain/image.ts";
import type { Receipt, ReceiptDisk, ReceiptFileCheck } from "../../common/domain/receipt.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { DiskContent } from "../../intermediate/qemu/nbd-content.ts";
import {
  bytesOfRange,
  chunkCount,
  lengthOfChunk,
  RangeCollector,
  type ChunkRange,
} from "../../intermediate/replica/geometry.ts";
import { leavesFileName, readLeaves, type Leaves } from "../../intermediate/replica/leaves-file.ts";
import { leafOfMaybeZero, TreeHasher } from "../../intermediate/replica/tree-hash.ts";
import { isZero } from "../../intermediate/volume/aligned-memory.ts";
import { formatOf, openImage } from "./image-content.ts";
import { nameFiles } from "./name-files.ts";

export interface CheckOptions {
  readonly receipt: Receipt;
  readonly path: string;
  /** Which of the receipt's disks it should be; null: by name, checksum or size. */
  readonly diskId: number | null;
  /** Where leaves files may lie besides the file's own folder. */
  readonly folders: readonly string[];
  /** The agent's binary for this machine, which reads partition tables; null where there is none. */
  readonly agentPath: string | null;
  readonly signal: AbortSignal;
  onProgress?(note: string, doneBytes: number, totalBytes: number): void;
}

const extentsMost = 1_000;

/** Reads the file once or twice. Fails where it cannot be read at all; that it differs is a value. */
export async function checkFile(options: CheckOptions): Promise<Result<ReceiptFileCheck>> {
  const { receipt, path } = options;
  const size = await stat(path).then(
    (status) => status.size,
    () => null,
  );
  if (size === null)
    return fail("not-found", told({ kind: "no-file", path }), { path }, told({ kind: "check-file" }));
  const file = basename(path);
  const bySize = receipt.images.filter((image) => image.fileBytes === size);
  if (bySize.length > 0) {
    const sha256 = await hashOf(options, size);
    if (!sha256.ok) return sha256;
    const same = bySize.find((image) => image.sha256 === sha256.value);
    if (same !== undefined) {
      const says = `${file} is, byte for byte, the ${same.format} image of disk ${same.diskId}`;
      return ok({ file, diskId: same.diskId, verdict: "same-file", says, extents: [], files: [] });
    }
  }
  const format = await formatOf(path);
  if (!format.ok) return format;
  const content = await openImage(path, format.value, options.signal);
  if (!content.ok) return content;
  try {
    const disk = diskFor(options, content.value.sizeBytes);
    if (disk === null) {
      const says = `${file} holds a disk of ${content.value.sizeBytes} bytes, which none of the receipt's disks has`;
      return ok({ file, diskId: null, verdict: "unrelated", says, extents: [], files: [] });
    }
    return await compare(options, format.value, content.value, disk);
  } finally {
    await content.value.close();
  }
}

/** Of the disk that the images hold. */
const bytesIn = ({ contentBytes, sizeBytes }: ReceiptDisk): number => contentBytes ?? sizeBytes;

/** The disk that a file claims to be: as told, as the receipt names it, or the only one of that size. */
function diskFor({ receipt, path, diskId }: CheckOptions, contentBytes: number): ReceiptDisk | null {
  const byId = (id: number | undefined): ReceiptDisk | undefined =>
    receipt.disks.find((disk) => disk.id === id && bytesIn(disk) <= contentBytes);
  if (diskId !== null) return byId(diskId) ?? null;
  const named = byId(receipt.images.find((image) => image.file === basename(path))?.diskId);
  if (named !== undefined) return named;
  const inName = /^disk-(\d+)\./.exec(basename(path))?.[1];
  const fitting = receipt.disks.filter(
    (disk) => contentBytes - bytesIn(disk) < 1_048_576 && bytesIn(disk) <= contentBytes,
  );
  return (
    fitting.find((disk) => String(disk.id) === inName) ?? (fitting.length === 1 ? (fitting[0] ?? null) : null)
  );
}

async function compare(
  options: CheckOptions,
  format: ImageFormat,
  content: DiskContent,
  disk: ReceiptDisk,
): Promise<Result<ReceiptFileCheck>> {
  const file = basename(options.path);
  const leaves = await findLeaves(options, disk);
  const read = await readContent(options, content, disk, leaves);
  if (!read.ok) return read;
  const { treeHash, differing, isPadded } = read.value;
  const about = { file, diskId: disk.id };
  if (isPadded && treeHash === disk.contentTreeHash) {
    const says = `${file} holds exactly the disk that the receipt's images of disk ${disk.id} hold`;
    return ok({ ...about, verdict: "same-content", says, extents: [], files: [] });
  }
  if (isPadded && treeHash === disk.replicaTreeHash) {
    const says = `${file} holds exactly the replica of ${disk.path}, as it was on the source`;
    return ok({ ...about, verdict: "replica", says, extents: [], files: [] });
  }
  if (leaves === null) {
    const says =
      `${file} does not hold what the receipt says of disk ${disk.id}; where it differs cannot be told ` +
      `without ${leavesFileName(disk.id)} beside it`;
    return ok({ ...about, verdict: "differs", says, extents: [], files: [] });
  }
  const geometry = { diskBytes: bytesIn(disk), chunkBytes: disk.chunkBytes };
  const extents = differing.map((range) => bytesOfRange(geometry, range));
  const bytes = extents.reduce((sum, extent) => sum + extent.length, 0);
  const named = await nameFiles({ ...options, format, content, extents, diskBytes: bytesIn(disk) });
  const where =
    extents.length === 0
      ? "beyond the disk's end"
      : `in ${extents.length} range(s), ${bytes} bytes of chunks`;
  const says = `${file} differs from the images of disk ${disk.id} ${where}`;
  return ok({ ...about, verdict: "differs", says, extents, files: named });
}

/** Leaves that the signed tree hash vouches for, or null. */
async function findLeaves(options: CheckOptions, disk: ReceiptDisk): Promise<Leaves | null> {
  for (const folder of [dirname(options.path), ...options.folders]) {
    const path = join(folder, leavesFileName(disk.id));
    if (!existsSync(path)) continue;
    const leaves = await readLeaves(path);
    if (leaves.ok && leaves.value.treeHash === disk.contentTreeHash) return leaves.value;
  }
  return null;
}

interface ReadBack {
  readonly treeHash: string;
  readonly differing: readonly ChunkRange[];
  /** What lies beyond the disk's own size is zeros. */
  readonly isPadded: boolean;
}

async function readContent(
  { signal, onProgress }: CheckOptions,
  content: DiskContent,
  disk: ReceiptDisk,
  leaves: Leaves | null,
): Promise<Result<ReadBack>> {
  const geometry = { diskBytes: bytesIn(disk), chunkBytes: disk.chunkBytes };
  const tree = new TreeHasher(geometry);
  const differing = new RangeCollector(extentsMost);
  const buffer = Buffer.alloc(disk.chunkBytes);
  for (let chunk = 0; chunk < chunkCount(geometry); chunk += 1) {
    if (signal.aborted) return fail("cancelled", told({ kind: "checking-stopped" }));
    const part = buffer.subarray(0, lengthOfChunk(geometry, chunk));
    const read = await content.read(chunk * disk.chunkBytes, part);
    if (!read.ok) return read;
    const leaf = leafOfMaybeZero(part);
    tree.addLeaf(leaf);
    if (leaves !== null && !leaves.leaf(chunk).equals(leaf)) differing.add(chunk);
    onProgress?.("reading the disk", chunk * disk.chunkBytes, bytesIn(disk));
  }
  const isPadded = await isZeroFrom(content, bytesIn(disk), signal);
  if (!isPadded.ok) return isPadded;
  const treeHash = tree.finish().toString("hex");
  return ok({ treeHash, differing: differing.ranges, isPadded: isPadded.value });
}

/** All that a file holds beyond its disk, however much that is. */
async function isZeroFrom(content: DiskContent, from: number, signal: AbortSignal): Promise<Result<boolean>> {
  const buffer = Buffer.alloc(1_048_576);
  for (let offset = from; offset < content.sizeBytes; offset += buffer.length) {
    if (signal.aborted) return fail("cancelled", told({ kind: "checking-stopped" }));
    const part = buffer.subarray(0, Math.min(buffer.length, content.sizeBytes - offset));
    const read = await content.read(offset, part);
    if (!read.ok) return read;
    if (!isZero(part)) return ok(false);
  }
  return ok(true);
}

async function hashOf({ path, signal, onProgress }: CheckOptions, size: number): Promise<Result<string>> {
  const hash = createHash("sha256");
  let done = 0;
  try {
    const stream = createReadStream(path, { highWaterMark: 1_048_576, signal });
    for await (const part of stream as AsyncIterable<Buffer>) {
      hash.update(part);
      done += part.length;
      onProgress?.("checksum of the file", done, size);
    }
    return ok(hash.digest("hex"));
  } catch (error) {
    if (signal.aborted) return fail("cancelled", told({ kind: "checking-stopped" }));
    return fail("storage-failed", told({ kind: "path-unread-why", path, text: String(error) }), { path });
  }
}
