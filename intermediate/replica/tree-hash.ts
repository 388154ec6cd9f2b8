/** The tree hash of docs/PROTOCOL.md, "Tree hash". */
import { createHash, hash } from "node:crypto";
import { isZero, zeros } from "../volume/aligned-memory.ts";
import { chunkCount, type Geometry } from "./geometry.ts";

export const leafBytes = 32;
export const leavesPerGroup = 1_024;

const groupPrefix = Buffer.of(0x01);
const treePrefix = Buffer.of(0x02);

export function leafOf(chunk: Buffer): Buffer {
  return hash("sha256", chunk, "buffer");
}

const zeroLeaves = new Map<number, Buffer>();

/** The leaf of `length` zero bytes; computed once for each length. */
export function zeroLeaf(length: number): Buffer {
  let leaf = zeroLeaves.get(length);
  if (leaf === undefined) {
    const digest = createHash("sha256");
    for (let done = 0; done < length; done += zeros.length) {
      digest.update(zeros.subarray(0, Math.min(zeros.length, length - done)));
    }
    leaf = digest.digest();
    zeroLeaves.set(length, leaf);
  }
  return leaf;
}

/** As `leafOf`, but a zero chunk costs a comparison instead of a hash. */
export function leafOfMaybeZero(chunk: Buffer): Buffer {
  return isZero(chunk) ? zeroLeaf(chunk.length) : leafOf(chunk);
}

/** Takes a disk's leaves in order and gives the tree hash. Memory: one group. */
export class TreeHasher {
  readonly #geometry: Geometry;
  readonly #tree = createHash("sha256");
  readonly #group = Buffer.alloc(leavesPerGroup * leafBytes);
  #groupLeaves = 0;
  #leaves = 0;

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
    const head = Buffer.alloc(12);
    head.writeBigUInt64LE(BigInt(geometry.diskBytes), 0);
    head.writeUInt32LE(geometry.chunkBytes, 8);
    this.#tree.update(treePrefix).update(head);
  }

  addLeaf(leaf: Buffer): void {
    leaf.copy(this.#group, this.#groupLeaves * leafBytes, 0, leafBytes);
    this.#groupLeaves += 1;
    this.#leaves += 1;
    if (this.#groupLeaves === leavesPerGroup) this.#closeGroup();
  }

  /** Every leaf of the disk must have been added. */
  finish(): Buffer {
    const expected = chunkCount(this.#geometry);
    if (this.#leaves !== expected) throw new Error(`${this.#leaves} leaves of ${expected} were added`);
    if (this.#groupLeaves > 0) this.#closeGroup();
    return this.#tree.digest();
  }

  #closeGroup(): void {
    const leaves = this.#group.subarray(0, this.#groupLeaves * leafBytes);
    this.#tree.update(createHash("sha256").update(groupPrefix).update(leaves).digest());
    this.#groupLeaves = 0;
  }
}
