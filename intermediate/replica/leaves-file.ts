/**
 * A leaves file: the hash of every chunk of a disk's content, beside the images, so that a difference can be located
 * later. Whoever has the signed tree hash can check the file itself, so it needs no signature. Little-endian:
 *
 * | offset | size | field                          |
 * |--------|------|--------------------------------|
 * | 0      | 8    | magic, the bytes `SMALEAF1`    |
 * | 8      | 4    | chunk size                     |
 * | 12     | 4    | zeros                          |
 * | 16     | 8    | disk size                      |
 * | 24     | 32 n | SHA-256 of chunk n             |
 */
import { open, readFile, stat } from "node:fs/promises";
import { fail, ok, type Result } from "../../common/result.ts";
import type { Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { storageFailure } from "../volume/storage-failure.ts";
import { chunkCount, type Geometry } from "./geometry.ts";
import { leafBytes, TreeHasher } from "./tree-hash.ts";

const magic = "SMALEAF1";
const headerBytes = 24;

/** Beside an image or receipt. */
export const leavesFileName = (diskId: number): string => `disk-${diskId}.leaves`;

export interface LeavesWriter {
  add(leaf: Buffer): Promise<void>;
  /** The tree hash; the file is whole and durable. */
  finish(): Promise<Buffer>;
  close(): Promise<void>;
}

const bufferedLeaves = 32_768;

/** Writes `path` anew. System errors are thrown. */
export async function writeLeaves(path: string, geometry: Geometry): Promise<LeavesWriter> {
  const file = await open(path, "w", 0o600);
  const header = Buffer.alloc(headerBytes);
  header.write(magic, 0, "latin1");
  header.writeUInt32LE(geometry.chunkBytes, 8);
  header.writeBigUInt64LE(BigInt(geometry.diskBytes), 16);
  await file.writeFile(header);
  const tree = new TreeHasher(geometry);
  const pending = Buffer.alloc(bufferedLeaves * leafBytes);
  let filled = 0;
  const drain = async (): Promise<void> => {
    await file.writeFile(pending.subarray(0, filled));
    filled = 0;
  };
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await file.close();
  };
  return {
    async add(leaf) {
      tree.addLeaf(leaf);
      filled += leaf.copy(pending, filled, 0, leafBytes);
      if (filled === pending.length) await drain();
    },
    async finish() {
      await drain();
      await file.sync();
      await close();
      return tree.finish();
    },
    close,
  };
}

export interface Leaves {
  readonly geometry: Geometry;
  /** The tree hash over what the file holds. */
  readonly treeHash: string;
  leaf(chunk: number): Buffer;
}

/** Reads a leaves file; `state-damaged` where it is none. Its tree hash still has to be compared with a signed one. */
export async function readLeaves(path: string): Promise<Result<Leaves>> {
  try {
    const bytes = (await stat(path)).size < headerBytes ? Buffer.alloc(0) : await readFile(path);
    const damaged = (why: Told): Result<Leaves> =>
      fail(
        "state-damaged",
        told({ kind: "no-leaves-file", path, why }),
        { path },
        told({ kind: "get-it-again" }),
      );
    if (bytes.toString("latin1", 0, 8) !== magic) return damaged(told({ kind: "begins-otherwise" }));
    const geometry = {
      chunkBytes: bytes.readUInt32LE(8),
      diskBytes: Number(bytes.readBigUInt64LE(16)),
    };
    const count = geometry.chunkBytes === 0 ? -1 : chunkCount(geometry);
    if (bytes.length !== headerBytes + count * leafBytes) return damaged(told({ kind: "length-wrong" }));
    const leaf = (chunk: number): Buffer =>
      bytes.subarray(headerBytes + chunk * leafBytes, headerBytes + (chunk + 1) * leafBytes);
    const tree = new TreeHasher(geometry);
    for (let chunk = 0; chunk < count; chunk += 1) tree.addLeaf(leaf(chunk));
    return ok({ geometry, treeHash: tree.finish().toString("hex"), leaf });
  } catch (error) {
    return storageFailure(error, "read", path);
  }
}
