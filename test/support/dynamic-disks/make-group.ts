/** Groups of Windows dynamic disks of our own making, in files: MBR or GPT, with whatever volumes. */
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import {
  gptPatches,
  ldmTypes,
  swapGuid,
} from "../../../intermediate/conversion/dynamic-disks/partition-table.ts";

const sector = 512;
const databaseSectors = 2_048;
const vmdbSector = 17;
const recordBytes = 128;
const groupGuid = "20112233-4455-6677-8899-aabbccddeeff";
export const guidOfDisk = (index: number): string => `${index}0112233-4455-6677-8899-aabbccddeeff`;
/** In the order of the record's bytes. */
export const guidOfVolume = (id: number): Buffer =>
  Buffer.from(`00112233445566778899aabbccddee${id.toString(16).padStart(2, "0")}`, "hex");

export interface PieceSpec {
  readonly disk: number;
  /** From the start of the disk's data. */
  readonly startSectors: number;
  readonly sectors: number;
}

export interface VolumeSpec {
  readonly name: string;
  readonly letter?: string;
  readonly layout: "concatenated" | "striped" | "raid5";
  /** One list for each half of a mirror. */
  readonly components: readonly (readonly PieceSpec[])[];
}

export interface GroupSpec {
  readonly paths: readonly string[];
  readonly diskSectors: number;
  readonly table: "mbr" | "gpt";
  readonly volumes: readonly VolumeSpec[];
  /** MBR: index of the volume whose partition is active, by a piece that begins it. */
  readonly activeVolume?: number;
}

export const dataStartSectors = 63;

class Record {
  readonly #parts: Buffer[] = [];
  readonly #head: Buffer;

  constructor(type: number, flags: number) {
    this.#head = Buffer.from([0, 0, flags, type]);
  }

  bytes(bytes: Buffer): this {
    this.#parts.push(bytes);
    return this;
  }

  zeros(length: number): this {
    return this.bytes(Buffer.alloc(length));
  }

  u64(value: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return this.bytes(bytes);
  }

  number(value: number): this {
    const hex = value.toString(16);
    const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
    return this.bytes(Buffer.from([bytes.length])).bytes(bytes);
  }

  text(text: string): this {
    return this.bytes(Buffer.from([text.length])).bytes(Buffer.from(text, "latin1"));
  }

  /** Over several blocks where one is too small. */
  blocks(first: number): Buffer[] {
    const body = Buffer.concat(this.#parts);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    const whole = Buffer.concat([this.#head, length, body]);
    const room = recordBytes - 16;
    const total = Math.ceil(whole.length / room);
    return Array.from({ length: total }, (_, index) => {
      const block = Buffer.alloc(recordBytes);
      block.write("VBLK");
      block.writeUInt32BE(first + index + 4, 4);
      block.writeUInt32BE(first + 1, 8);
      block.writeUInt16BE(index, 12);
      block.writeUInt16BE(total, 14);
      whole.copy(block, 16, index * room, (index + 1) * room);
      return block;
    });
  }
}

function recordsOf({ paths, volumes }: GroupSpec): Record[] {
  const records = paths.map((_, index) =>
    new Record(0x34, 0)
      .number(100 + index)
      .text(`Disk${index + 1}`)
      .text(guidOfDisk(index)),
  );
  let id = 200;
  for (const [index, { name, letter, layout, components }] of volumes.entries()) {
    const volumeId = (id += 1);
    const sectors = (components[0] ?? []).reduce((sum, piece) => sum + piece.sectors, 0);
    const volume = new Record(0x51, letter === undefined ? 0 : 0x02)
      .number(volumeId)
      .text(name)
      .text("gen")
      .text("");
    volume
      .bytes(Buffer.from("ACTIVE".padEnd(14, "\0")))
      .zeros(7)
      .number(components.length)
      .zeros(16);
    volume
      .number(sectors)
      .zeros(4)
      .bytes(Buffer.from([7]))
      .bytes(guidOfVolume(index));
    records.push(letter === undefined ? volume : volume.text(letter));
    for (const pieces of components) {
      const componentId = (id += 1);
      const type = { striped: 1, concatenated: 2, raid5: 3 }[layout];
      const isStriped = layout !== "concatenated";
      const component = new Record(0x32, isStriped ? 0x10 : 0)
        .number(componentId)
        .text(`${name}-01`)
        .text("ACTIVE");
      component
        .bytes(Buffer.from([type]))
        .zeros(4)
        .number(pieces.length)
        .zeros(16)
        .number(volumeId)
        .zeros(1);
      records.push(isStriped ? component.number(16).number(pieces.length) : component);
      let offset = 0;
      for (const [column, piece] of pieces.entries()) {
        const record = new Record(0x33, 0x08)
          .number((id += 1))
          .text(`Disk${piece.disk + 1}-${column + 1}`)
          .zeros(12);
        record
          .u64(piece.startSectors)
          .u64(isStriped ? 0 : offset)
          .number(piece.sectors);
        records.push(
          record
            .number(componentId)
            .number(100 + piece.disk)
            .number(column),
        );
        offset += piece.sectors;
      }
    }
  }
  return records;
}

function databaseOf(spec: GroupSpec): Buffer {
  const database = Buffer.alloc(databaseSectors * sector);
  for (const at of [1, 2]) {
    database.write("TOCBLOCK", at * sector);
    database.write("config", at * sector + 36);
    database.writeBigUInt64BE(BigInt(vmdbSector), at * sector + 46);
  }
  const vmdb = database.subarray(vmdbSector * sector);
  vmdb.write("VMDB");
  vmdb.writeUInt32BE(recordBytes, 8);
  vmdb.writeUInt32BE(sector, 12);
  vmdb.writeUInt16BE(1, 16);
  vmdb.writeBigUInt64BE(7n, 117);
  let block = 0;
  for (const record of recordsOf(spec)) {
    for (const bytes of record.blocks(block)) bytes.copy(vmdb, sector + block++ * recordBytes);
  }
  return database;
}

function privateHeader(disk: number, dataStart: number, dataSectors: number, databaseStart: number): Buffer {
  const header = Buffer.alloc(sector);
  header.write("PRIVHEAD");
  header.writeUInt16BE(2, 12);
  header.writeUInt16BE(12, 14);
  header.write(guidOfDisk(disk), 48);
  header.write(groupGuid, 176);
  header.write("Test-Dg0", 240);
  for (const [index, value] of [dataStart, dataSectors, databaseStart, databaseSectors].entries())
    header.writeBigUInt64BE(BigInt(value), 283 + index * 8);
  return header;
}

/** Makes the files, sparse, and writes everything but the volumes' contents. */
export function makeDynamicDisks(spec: GroupSpec): void {
  const { paths, diskSectors, table } = spec;
  for (const [index, path] of paths.entries()) {
    const file = openSync(path, "w+");
    ftruncateSync(file, diskSectors * sector);
    const put = (at: number, bytes: Buffer): void =>
      void writeSync(file, bytes, 0, bytes.length, at * sector);
    if (table === "mbr") {
      const databaseStart = diskSectors - databaseSectors;
      put(0, mbrOf(spec, index, databaseStart));
      put(6, privateHeader(index, dataStartSectors, databaseStart - dataStartSectors, databaseStart));
      put(databaseStart, databaseOf(spec));
    } else {
      // The database's partition has one sector more, for the header at its end.
      put(34, databaseOf(spec));
      const dataStart = 34 + databaseSectors + 1;
      put(dataStart - 1, privateHeader(index, dataStart, diskSectors - 34 - dataStart, 34));
      for (const { offset, bytes } of gptOf(diskSectors, dataStart)) put(offset / sector, bytes);
    }
    closeSync(file);
  }
}

/** Where the data of a disk begin, in sectors. */
export function dataStartOf({ table }: Pick<GroupSpec, "table">): number {
  return table === "mbr" ? dataStartSectors : 34 + databaseSectors + 1;
}

function mbrOf({ volumes, activeVolume }: GroupSpec, disk: number, databaseStart: number): Buffer {
  const mbr = Buffer.alloc(sector);
  mbr.write("boot code of the source");
  mbr.writeUInt32LE(0xfeed_0000 + disk, 440);
  mbr.writeUInt16LE(0xaa55, 510);
  const active = activeVolume === undefined ? undefined : volumes[activeVolume]?.components[0]?.[0];
  const entries =
    active?.disk === disk
      ? [
          [0x80, dataStartSectors + active.startSectors, active.sectors],
          [0, dataStartSectors + active.startSectors + active.sectors, 1_000],
        ]
      : [[0, dataStartSectors, databaseStart - dataStartSectors]];
  for (const [index, [flag = 0, start = 0, sectors = 0]] of entries.entries()) {
    const at = 446 + index * 16;
    mbr.writeUInt8(flag, at);
    mbr.writeUInt8(0x42, at + 4);
    mbr.writeUInt32LE(start, at + 8);
    mbr.writeUInt32LE(sectors, at + 12);
  }
  return mbr;
}

function gptOf(diskSectors: number, dataStart: number) {
  const header = Buffer.alloc(sector);
  header.write("EFI PART");
  header.writeUInt32LE(0x0001_0000, 8);
  header.writeUInt32LE(92, 12);
  header.writeBigUInt64LE(34n, 40);
  swapGuid(Buffer.from("aa112233445566778899aabbccddeeff", "hex")).copy(header, 56);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  const entry = (type: string, first: number, last: number, mark: number) => {
    const raw = Buffer.alloc(128);
    swapGuid(Buffer.from(type.replaceAll("-", ""), "hex")).copy(raw, 0);
    raw.fill(mark, 16, 32);
    raw.writeBigUInt64LE(BigInt(first), 32);
    raw.writeBigUInt64LE(BigInt(last), 40);
    return { type, startBytes: first * sector, sizeBytes: (last - first + 1) * sector, raw };
  };
  const mbr = Buffer.alloc(sector);
  mbr.writeUInt16LE(0xaa55, 510);
  const kept = [
    entry(ldmTypes.metadata, 34, dataStart - 1, 1),
    entry(ldmTypes.data, dataStart, diskSectors - 35, 2),
  ];
  return gptPatches({ kind: "gpt", sector: mbr, header, entries: [] }, kept, [], diskSectors * sector);
}
