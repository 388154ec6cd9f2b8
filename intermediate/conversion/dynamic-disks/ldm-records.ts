/**
 * Records of a Windows Logical Disk Manager's database (VBLK): the Linux-NTFS project's documentation, the kernel's
 * block/partitions/ldm.h. Numbers are big-endian; a counted number or text has its length in front, in one byte; sizes
 * are in sectors of 512 bytes.
 */

export interface LdmDisk {
  readonly id: bigint;
  readonly name: string;
  /** Lower case, as the disks' own headers write it. */
  readonly guid: string;
}

export interface LdmVolume {
  readonly id: bigint;
  readonly name: string;
  /** In the order of the record's bytes. */
  readonly guid: Buffer;
  readonly sizeBytes: number;
  readonly partitionType: number;
  /** The drive letter as `D:`; empty where there is none. */
  readonly hint: string;
}

export interface LdmComponent {
  readonly id: bigint;
  readonly volumeId: bigint;
  readonly layout: "striped" | "concatenated" | "raid5" | "unknown";
}

export interface LdmPiece {
  readonly name: string;
  readonly componentId: bigint;
  readonly diskId: bigint;
  /** From the start of its disk's data. */
  readonly startBytes: number;
  readonly volumeOffsetBytes: number;
  readonly sizeBytes: number;
}

export interface LdmObjects {
  readonly disks: LdmDisk[];
  readonly volumes: LdmVolume[];
  readonly components: LdmComponent[];
  readonly pieces: LdmPiece[];
  /** Records of a kind or form that is not known here, or that are incomplete. */
  unreadable: number;
}

const sectorBytes = 512;
const layouts = ["unknown", "striped", "concatenated", "raid5"] as const;

/** Throws a RangeError where a record ends before its field does. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError("the record ends early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  byte(): number {
    return this.take(1).readUInt8(0);
  }

  number(): bigint {
    const length = this.byte();
    if (length > 8) throw new RangeError("a number is too long");
    return this.take(length).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  text(): string {
    return this.take(this.byte()).toString("latin1");
  }

  sectors(count: bigint): number {
    const bytes = count * BigInt(sectorBytes);
    if (bytes > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError("a size is too large");
    return Number(bytes);
  }
}

/** Reads one record, without its VBLK head, into `objects`. */
export function readRecord(record: Buffer, objects: LdmObjects): void {
  if (record.length < 8 || record[3] === 0) return;
  const [flags, kind] = [record.readUInt8(2), record.readUInt8(3)];
  const cursor = new Cursor(record.subarray(8, 8 + Math.min(record.readUInt32BE(4), record.length - 8)));
  try {
    if (kind === 0x51) objects.volumes.push(readVolume(cursor, flags));
    else if (kind === 0x32) objects.components.push(readComponent(cursor));
    else if (kind === 0x33) objects.pieces.push(readPiece(cursor));
    else if (kind === 0x34 || kind === 0x44) objects.disks.push(readDisk(cursor, kind));
    // A disk group's record says nothing that is needed.
    else if ((kind & 0xf) !== 5) objects.unreadable += 1;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    objects.unreadable += 1;
  }
}

function readVolume(cursor: Cursor, flags: number): LdmVolume {
  const [id, name] = [cursor.number(), cursor.text()];
  cursor.text();
  cursor.text();
  // State, kind, number, flags.
  cursor.take(14 + 7);
  cursor.number();
  cursor.take(16);
  const sizeBytes = cursor.sectors(cursor.number());
  cursor.take(4);
  const partitionType = cursor.byte();
  const guid = Buffer.from(cursor.take(16));
  for (const flag of [0x08, 0x20, 0x80]) if ((flags & flag) !== 0) cursor.text();
  const hint = (flags & 0x02) === 0 ? "" : cursor.text();
  return { id, name, guid, sizeBytes, partitionType, hint };
}

function readComponent(cursor: Cursor): LdmComponent {
  const id = cursor.number();
  cursor.text();
  cursor.text();
  const layout = layouts[cursor.byte()] ?? "unknown";
  cursor.take(4);
  cursor.number();
  cursor.take(16);
  return { id, volumeId: cursor.number(), layout };
}

function readPiece(cursor: Cursor): LdmPiece {
  cursor.number();
  const name = cursor.text();
  cursor.take(12);
  const startBytes = cursor.sectors(cursor.take(8).readBigUInt64BE());
  const volumeOffsetBytes = cursor.sectors(cursor.take(8).readBigUInt64BE());
  const sizeBytes = cursor.sectors(cursor.number());
  return {
    name,
    startBytes,
    volumeOffsetBytes,
    sizeBytes,
    componentId: cursor.number(),
    diskId: cursor.number(),
  };
}

function readDisk(cursor: Cursor, kind: number): LdmDisk {
  const [id, name] = [cursor.number(), cursor.text()];
  // Text in revision 3, 16 bytes in revision 4.
  const guid = kind === 0x34 ? cursor.text() : guidText(cursor.take(16));
  return { id, name, guid: guid.toLowerCase() };
}

function guidText(bytes: Buffer): string {
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
