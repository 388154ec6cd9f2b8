/**
 * One disk's copy of a Windows Logical Disk Manager's database, found and taken apart: PRIVHEAD, TOCBLOCK, VMDB. Places
 * are in sectors of 512 bytes. What is read may be anybody's; whatever makes no sense is no database.
 */
import { readRecord, type LdmObjects } from "./ldm-records.ts";

/** Reads exactly so many bytes of a disk; null beyond its end. */
export type ReadDisk = (offset: number, length: number) => Promise<Buffer | null>;

export interface LdmHeader {
  readonly diskGuid: string;
  readonly groupGuid: string;
  readonly groupName: string;
  /** Bytes on this disk. */
  readonly dataStart: number;
  readonly dataBytes: number;
  readonly databaseStart: number;
  readonly databaseBytes: number;
  /** Where this header was read. */
  readonly at: number;
}

export interface LdmDatabase extends LdmObjects {
  readonly sequence: bigint;
  readonly isConsistent: boolean;
}

const sector = 512;
const mostDatabaseBytes = 4 * 1024 * 1024;
const mostRecords = 32_768;
const mostFragments = 16;

/** `metadata` is the partition with the database on a GPT disk; null on an MBR disk. */
export async function findHeader(
  read: ReadDisk,
  diskBytes: number,
  metadata: { readonly startBytes: number; readonly sizeBytes: number } | null,
): Promise<LdmHeader | null> {
  const ends = Math.floor(diskBytes / sector) * sector;
  const [from, to] =
    metadata === null
      ? [ends - 2_048 * sector, ends]
      : [metadata.startBytes, metadata.startBytes + metadata.sizeBytes];
  const first = metadata === null ? 6 * sector : to - sector;
  const usual = headerAt(await read(first, sector), first, diskBytes);
  if (usual !== null) return usual;
  // Damaged: a copy is in the disk's last MiB, or in the partition.
  const start = Math.max(0, from, to - mostDatabaseBytes);
  const area = to > start ? await read(start, to - start) : null;
  for (let at = (area?.length ?? 0) - sector; at >= 0; at -= sector) {
    const header = headerAt(area?.subarray(at, at + sector) ?? null, start + at, diskBytes);
    if (header !== null) return header;
  }
  return null;
}

function headerAt(bytes: Buffer | null, at: number, diskBytes: number): LdmHeader | null {
  if (bytes === null || bytes.toString("latin1", 0, 8) !== "PRIVHEAD" || bytes.readUInt16BE(12) !== 2)
    return null;
  const text = (from: number, length: number): string =>
    bytes.toString("latin1", from, from + length).replace(/\0[^]*$/, "");
  const places = [283, 291, 299, 307].map((from) => Number(bytes.readBigUInt64BE(from)) * sector);
  const [dataStart = 0, dataBytes = 0, databaseStart = 0, databaseBytes = 0] = places;
  const areas = [
    [dataStart, dataBytes],
    [databaseStart, databaseBytes],
  ] as const;
  if (areas.some(([start, length]) => !(start + length <= diskBytes)) || databaseBytes < 20 * sector)
    return null;
  return {
    diskGuid: text(48, 36).toLowerCase(),
    groupGuid: text(176, 36).toLowerCase(),
    groupName: text(240, 31),
    dataStart,
    dataBytes,
    databaseStart,
    databaseBytes,
    at,
  };
}

/** Null where the database is damaged. */
export async function readDatabase(read: ReadDisk, header: LdmHeader): Promise<LdmDatabase | null> {
  if (header.databaseBytes > mostDatabaseBytes) return null;
  const bytes = await read(header.databaseStart, header.databaseBytes);
  if (bytes === null) return null;
  const at = findVmdb(bytes);
  if (at + sector > bytes.length || bytes.toString("latin1", at, at + 4) !== "VMDB") return null;
  const [recordBytes, first] = [bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12)];
  if (recordBytes < 128 || recordBytes > 4_096 || at + first > bytes.length) return null;
  const objects: LdmObjects = { disks: [], volumes: [], components: [], pieces: [], unreadable: 0 };
  readRecords(bytes.subarray(at + first), recordBytes, objects);
  return {
    ...objects,
    isConsistent: bytes.readUInt16BE(at + 16) === 1,
    sequence: bytes.readBigUInt64BE(at + 117),
  };
}

/** From a table of contents; the usual place where no table can be read. */
function findVmdb(bytes: Buffer): number {
  const sectors = Math.floor(bytes.length / sector);
  for (const table of [1, 2, sectors - 3, sectors - 2]) {
    const at = table * sector;
    if (bytes.toString("latin1", at, at + 8) !== "TOCBLOCK") continue;
    for (const area of [at + 36, at + 70]) {
      const start = Number(bytes.readBigUInt64BE(area + 10));
      if (bytes.toString("latin1", area, area + 6) === "config" && start < sectors) return start * sector;
    }
  }
  return 17 * sector;
}

/** Records that are longer than a block are spread over several, which need not follow one another. */
function readRecords(bytes: Buffer, recordBytes: number, objects: LdmObjects): void {
  const spread = new Map<number, (Buffer | undefined)[]>();
  const count = Math.min(mostRecords, Math.floor(bytes.length / recordBytes));
  for (let index = 0; index < count; index += 1) {
    const block = bytes.subarray(index * recordBytes, (index + 1) * recordBytes);
    if (block.toString("latin1", 0, 4) !== "VBLK") break;
    const [group, number, total] = [block.readUInt32BE(8), block.readUInt16BE(12), block.readUInt16BE(14)];
    if (total <= 1) readRecord(block.subarray(16), objects);
    else if (number >= total || total > mostFragments) objects.unreadable += 1;
    else {
      const parts = spread.get(group) ?? Array.from({ length: total }, () => undefined);
      parts[number] = block.subarray(16);
      spread.set(group, parts);
    }
  }
  for (const parts of spread.values()) {
    const whole = parts.filter((part) => part !== undefined);
    if (whole.length === parts.length) readRecord(Buffer.concat(whole), objects);
    else objects.unreadable += 1;
  }
}
