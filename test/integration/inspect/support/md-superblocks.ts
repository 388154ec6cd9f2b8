/**
 * Superblocks of Linux MD arrays, for machines whose kernel has no md driver to make some: mdadm --examine is the
 * judge of whether they are right. Layout: the Linux RAID wiki, "RAID superblock formats".
 */
import { open } from "node:fs/promises";

const magic = 0xa92b4efc;

/** The sum of a block's little-endian words, carries added back in. */
function foldedSum(block: Buffer): number {
  let sum = 0n;
  for (let at = 0; at < block.length; at += 4) sum += BigInt(block.readUInt32LE(at));
  return Number(((sum & 0xffff_ffffn) + (sum >> 32n)) & 0xffff_ffffn);
}

export interface Version1Member {
  readonly minor: 0 | 1 | 2;
  readonly level: number;
  readonly devices: number;
  readonly role: number;
  readonly sizeBytes: number;
  readonly dataOffsetBytes: number;
  readonly shareBytes: number;
  readonly chunkBytes: number;
  readonly name: string;
}

async function writeAt(image: string, offset: number, bytes: Buffer): Promise<void> {
  const file = await open(image, "r+");
  await file.write(bytes, 0, bytes.length, offset);
  await file.close();
}

export async function writeVersion1(image: string, member: Version1Member): Promise<void> {
  const sector = 512;
  const roles = Math.max(member.devices, 2);
  const block = Buffer.alloc(256 + 2 * roles);
  const offset =
    member.minor === 0 ? Math.floor((member.sizeBytes - 8192) / 4096) * 4096 : member.minor === 1 ? 0 : 4096;
  block.writeUInt32LE(magic, 0);
  block.writeUInt32LE(1, 4);
  block.fill(0x5a, 16, 32);
  block.write(member.name, 32, 32, "utf8");
  block.writeInt32LE(member.level, 72);
  block.writeBigUInt64LE(BigInt(member.shareBytes / sector), 80);
  block.writeUInt32LE(member.chunkBytes / sector, 88);
  block.writeUInt32LE(member.devices, 92);
  block.writeBigUInt64LE(BigInt(member.dataOffsetBytes / sector), 128);
  block.writeBigUInt64LE(BigInt(member.shareBytes / sector), 136);
  block.writeBigUInt64LE(BigInt(offset / sector), 144);
  block.writeUInt32LE(member.role, 160);
  block.fill(0x77, 168, 184);
  block.writeBigUInt64LE(42n, 200);
  block.writeBigUInt64LE(0xffff_ffff_ffff_ffffn, 208);
  block.writeUInt32LE(roles, 220);
  for (let i = 0; i < roles; i++) block.writeUInt16LE(i < member.devices ? i : 0xffff, 256 + 2 * i);
  block.writeUInt32LE(
    foldedSum(block.length % 4 === 0 ? block : Buffer.concat([block, Buffer.alloc(2)])),
    216,
  );
  await writeAt(image, offset, block);
}

export interface Version0Member {
  readonly level: number;
  readonly devices: number;
  readonly role: number;
  readonly sizeBytes: number;
  readonly shareBytes: number;
  readonly chunkBytes: number;
}

export async function writeVersion0(image: string, member: Version0Member): Promise<void> {
  const block = Buffer.alloc(4096);
  const words: readonly (readonly [index: number, value: number])[] = [
    [0, magic],
    [2, 90],
    [5, 0x11111111],
    [7, member.level],
    [8, member.shareBytes / 1024],
    [9, member.devices],
    [10, member.devices],
    [13, 0x22222222],
    [14, 0x33333333],
    [15, 0x44444444],
    [33, 1],
    [34, member.devices],
    [35, member.devices],
    [39, 7],
    [65, member.chunkBytes],
    [992, member.role],
    [995, member.role],
    [996, 6],
  ];
  for (const [index, value] of words) block.writeUInt32LE(value, index * 4);
  for (let i = 0; i < member.devices; i++) {
    block.writeUInt32LE(i, (128 + 32 * i) * 4);
    block.writeUInt32LE(i, (128 + 32 * i + 3) * 4);
    block.writeUInt32LE(6, (128 + 32 * i + 4) * 4);
  }
  block.writeUInt32LE(foldedSum(block), 38 * 4);
  await writeAt(image, Math.floor(member.sizeBytes / 65536) * 65536 - 65536, block);
}
