/** The tables of dynamic disks, and the ordinary ones that take their place. Sectors have 512 bytes. */
import { crc32 } from "node:zlib";

export const sectorBytes = 512;
const gptEntries = 128;
const gptEntryBytes = 128;
/** Of one copy: the entries' 32 sectors and the header. */
export const gptSectors = 33;

/** An entry that is none of the Logical Disk Manager's, kept as it is. */
export interface MbrEntry {
  readonly isActive: boolean;
  readonly type: number;
  readonly startBytes: number;
  readonly sizeBytes: number;
}

export interface MbrTable {
  readonly kind: "mbr";
  /** Sector 0: boot code and disk signature stay. */
  readonly sector: Buffer;
  readonly entries: readonly MbrEntry[];
}

export interface GptEntry {
  readonly type: string;
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** All 128 bytes of it. */
  readonly raw: Buffer;
}

export interface GptTable {
  readonly kind: "gpt";
  readonly sector: Buffer;
  readonly header: Buffer;
  readonly entries: readonly GptEntry[];
}

/** What is written to a disk, and where. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Buffer;
}

export const ldmTypes = {
  metadata: "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3",
  data: "af9b60a0-1431-4f62-bc68-3311714a69ad",
} as const;
const basicDataType = "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7";
export const ldmMbrType = 0x42;
const protectiveType = 0xee;
const extendedTypes = new Set([0x05, 0x0f, 0x85]);

/** Null where there is neither a table nor one of a form that is known here. `start` is a disk's first 34 sectors. */
export function readTable(start: Buffer): MbrTable | GptTable | null {
  const sector = start.subarray(0, sectorBytes);
  if (start.length < 34 * sectorBytes || sector.readUInt16LE(510) !== 0xaa55) return null;
  const entries = [0, 1, 2, 3].map((index) => mbrEntry(sector.subarray(446 + index * 16, 462 + index * 16)));
  const header = start.subarray(sectorBytes, 2 * sectorBytes);
  // A header without an entry that stands for it is left over from an earlier use of the disk.
  if (header.toString("latin1", 0, 8) === "EFI PART" && entries.some(({ type }) => type === protectiveType))
    return readGpt(sector, header, start.subarray(2 * sectorBytes));
  if (entries.some(({ type }) => extendedTypes.has(type))) return null;
  return { kind: "mbr", sector, entries: entries.filter(({ type }) => type !== 0) };
}

function mbrEntry(bytes: Buffer): MbrEntry {
  return {
    isActive: bytes.readUInt8(0) === 0x80,
    type: bytes.readUInt8(4),
    startBytes: bytes.readUInt32LE(8) * sectorBytes,
    sizeBytes: bytes.readUInt32LE(12) * sectorBytes,
  };
}

function readGpt(sector: Buffer, header: Buffer, entries: Buffer): GptTable | null {
  const isUsual =
    header.readUInt32LE(12) === 92 &&
    header.readBigUInt64LE(72) === 2n &&
    header.readUInt32LE(80) === gptEntries &&
    header.readUInt32LE(84) === gptEntryBytes;
  if (!isUsual) return null;
  const all = Array.from({ length: gptEntries }, (_, index) => {
    const raw = entries.subarray(index * gptEntryBytes, (index + 1) * gptEntryBytes);
    const [first, last] = [Number(raw.readBigUInt64LE(32)), Number(raw.readBigUInt64LE(40))];
    const type = guidFromBytes(raw.subarray(0, 16));
    return { type, startBytes: first * sectorBytes, sizeBytes: (last - first + 1) * sectorBytes, raw };
  });
  return {
    kind: "gpt",
    sector,
    header,
    entries: all.filter(({ raw }) => !raw.subarray(0, 16).every((byte) => byte === 0)),
  };
}

/** A GUID as Windows and GPT store it: the first three parts little-endian. */
export function guidFromBytes(bytes: Buffer): string {
  const swapped = swapGuid(bytes).toString("hex");
  return swapped.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Between the two orders of a GUID's bytes. */
export function swapGuid(bytes: Buffer): Buffer {
  const swapped = Buffer.from(bytes);
  swapped.subarray(0, 4).reverse();
  swapped.subarray(4, 6).reverse();
  swapped.subarray(6, 8).reverse();
  return swapped;
}

export interface NewPartition {
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** MBR. */
  readonly type: number;
  readonly isActive: boolean;
  /** Inside the extended partition, with a table of its own 1 MiB before it. */
  readonly isLogical: boolean;
  /** The partition's own GUID in GPT's order of bytes. */
  readonly guid: Buffer;
}

export const logicalLeadBytes = 1024 * 1024;

function putMbrEntry(
  sector: Buffer,
  index: number,
  entry: Pick<NewPartition, "type" | "isActive" | "startBytes" | "sizeBytes">,
  base = 0,
): void {
  const at = 446 + index * 16;
  sector.fill(0, at, at + 16);
  sector.writeUInt8(entry.isActive ? 0x80 : 0, at);
  // Cylinders and heads that say: count in sectors.
  sector.set([0xfe, 0xff, 0xff], at + 1);
  sector.writeUInt8(entry.type, at + 4);
  sector.set([0xfe, 0xff, 0xff], at + 5);
  sector.writeUInt32LE((entry.startBytes - base) / sectorBytes, at + 8);
  sector.writeUInt32LE(entry.sizeBytes / sectorBytes, at + 12);
}

/** Boot code and signature stay; `kept` are entries that were ordinary before. At most 4 of them with the extended one. */
export function mbrPatches(
  table: MbrTable,
  kept: readonly MbrEntry[],
  partitions: readonly NewPartition[],
): Patch[] {
  const sector = Buffer.from(table.sector);
  sector.fill(0, 446, 510);
  const logical = partitions.filter(({ isLogical }) => isLogical);
  const primary = [...kept, ...partitions.filter(({ isLogical }) => !isLogical)];
  for (const [index, entry] of primary.entries()) putMbrEntry(sector, index, entry);
  const [first, last] = [logical[0], logical.at(-1)];
  if (first === undefined || last === undefined) return [{ offset: 0, bytes: sector }];
  const base = first.startBytes - logicalLeadBytes;
  const extended = {
    type: 0x0f,
    isActive: false,
    startBytes: base,
    sizeBytes: last.startBytes + last.sizeBytes - base,
  };
  putMbrEntry(sector, primary.length, extended);
  const links = logical.map((partition, index) => {
    const own = Buffer.alloc(sectorBytes);
    own.writeUInt16LE(0xaa55, 510);
    const offset = partition.startBytes - logicalLeadBytes;
    putMbrEntry(own, 0, partition, offset);
    const next = logical[index + 1];
    if (next !== undefined) {
      const [startBytes, sizeBytes] = [next.startBytes - logicalLeadBytes, next.sizeBytes + logicalLeadBytes];
      putMbrEntry(own, 1, { type: 0x05, isActive: false, startBytes, sizeBytes }, base);
    }
    return { offset, bytes: own };
  });
  return [{ offset: 0, bytes: sector }, ...links];
}

/** Both copies, for a disk of this size; the disk's own GUID stays. */
export function gptPatches(
  table: GptTable,
  kept: readonly GptEntry[],
  partitions: readonly NewPartition[],
  diskBytes: number,
): Patch[] {
  const lastSector = Math.floor(diskBytes / sectorBytes) - 1;
  const entries = Buffer.alloc(gptEntries * gptEntryBytes);
  const own = partitions.map((partition) => {
    const raw = Buffer.alloc(gptEntryBytes);
    swapGuid(Buffer.from(basicDataType.replaceAll("-", ""), "hex")).copy(raw, 0);
    partition.guid.copy(raw, 16);
    raw.writeBigUInt64LE(BigInt(partition.startBytes / sectorBytes), 32);
    raw.writeBigUInt64LE(BigInt((partition.startBytes + partition.sizeBytes) / sectorBytes - 1), 40);
    raw.write("Basic data partition", 56, "utf16le");
    return { raw, startBytes: partition.startBytes };
  });
  const all = [...kept, ...own].toSorted((a, b) => a.startBytes - b.startBytes);
  for (const [index, { raw }] of all.entries()) raw.copy(entries, index * gptEntryBytes);
  const header = (at: number, other: number, entriesAt: number): Buffer => {
    const bytes = Buffer.alloc(sectorBytes);
    table.header.copy(bytes, 0, 0, 92);
    bytes.writeUInt32LE(0, 16);
    bytes.writeBigUInt64LE(BigInt(at), 24);
    bytes.writeBigUInt64LE(BigInt(other), 32);
    bytes.writeBigUInt64LE(BigInt(lastSector - gptSectors), 48);
    bytes.writeBigUInt64LE(BigInt(entriesAt), 72);
    bytes.writeUInt32LE(crc32(entries), 88);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 92)), 16);
    return bytes;
  };
  const protective = Buffer.from(table.sector);
  protective.fill(0, 446, 510);
  putMbrEntry(protective, 0, {
    type: protectiveType,
    isActive: false,
    startBytes: sectorBytes,
    sizeBytes: Math.min(lastSector, 0xffff_ffff) * sectorBytes,
  });
  return [
    { offset: 0, bytes: Buffer.concat([protective, header(1, lastSector, 2), entries]) },
    {
      offset: (lastSector - 32) * sectorBytes,
      bytes: Buffer.concat([entries, header(lastSector, 1, lastSector - 32)]),
    },
  ];
}
