/** Changing the metadata of a volume group where they stand on a disk, with their checksums, as no tool of LVM would. */
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";

const areaAt = 4096;
const areaHeader = 512;
const start = 0xf597a6cf;

/** LVM inverts neither the beginning nor the end. */
const lvmSum = (bytes: Buffer): number => ~crc32(bytes, ~start >>> 0) >>> 0;

/** Replaces a part of the newest metadata by one of the same length. */
export async function changeMetadata(disk: string, from: string, to: string): Promise<void> {
  if (from.length !== to.length) throw new Error("another length");
  const file = await open(disk, "r+");
  try {
    const header = Buffer.alloc(areaHeader);
    await file.read(header, 0, areaHeader, areaAt);
    const [offset, length] = [Number(header.readBigUInt64LE(40)), Number(header.readBigUInt64LE(48))];
    const text = Buffer.alloc(length);
    await file.read(text, 0, length, areaAt + offset);
    if (lvmSum(text) !== header.readUInt32LE(56)) throw new Error("the metadata are elsewhere");
    const changed = Buffer.from(text.toString("latin1").replace(from, to), "latin1");
    if (changed.equals(text)) throw new Error(`${from} is not in the metadata`);
    header.writeUInt32LE(lvmSum(changed), 56);
    header.writeUInt32LE(lvmSum(header.subarray(4)), 0);
    await file.write(changed, 0, length, areaAt + offset);
    await file.write(header, 0, areaHeader, areaAt);
  } finally {
    await file.close();
  }
}
