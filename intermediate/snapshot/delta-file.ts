/**
 * A delta: what a replica held, in the places that were overwritten since. Little-endian, appended only.
 *
 * | offset | size   | field                                                                  |
 * |--------|--------|------------------------------------------------------------------------|
 * | 0      | 8      | magic, the bytes `SMADELT1`                                            |
 * | 8      | 8      | disk size                                                              |
 * | 16     | 4      | grain                                                                  |
 * | 20     | 4      | CRC-32 of the bytes 0 to 19                                            |
 * | 24     | …      | records, each: offset (8), length (4), kind (4), CRC-32 of those and of the data (4), data |
 *
 * Kind 0: the range was zeros, there is no data; kind 1: its bytes. Offsets are multiples of the grain. A record whose
 * CRC is wrong, and all after it, were never promised: the writer was interrupted there, and goes on there.
 */
import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { syncDirectoryOf } from "../durable-file.ts";
import { isZero } from "../volume/aligned-memory.ts";
import { storageFailure } from "../volume/storage-failure.ts";

const magic = "SMADELT1";
const headerBytes = 24;
const recordHeaderBytes = 20;
/** What is preserved at once; also the unit of the index. */
export const grainBytes = 65_536;
const recordBytesMost = 4_194_304;

const kinds = { zeros: 0, bytes: 1 } as const;

export interface DeltaRecord {
  readonly offset: number;
  readonly length: number;
  /** Null where the range was zeros. */
  readonly data: Buffer | null;
}

export class DeltaFile {
  readonly path: string;
  readonly diskBytes: number;
  readonly #handle: FileHandle;
  /** Where the next record goes. */
  #end: number;

  private constructor(path: string, diskBytes: number, handle: FileHandle, end: number) {
    this.path = path;
    this.diskBytes = diskBytes;
    this.#handle = handle;
    this.#end = end;
  }

  /**
   * Opens or makes a delta and tells `onRecord` (without data) what it holds. `state-damaged` where the file is another
   * disk's or none.
   */
  static async open(
    path: string,
    diskBytes: number,
    onRecord: (record: Omit<DeltaRecord, "data">) => void,
  ): Promise<Result<DeltaFile>> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
      const { size } = await handle.stat();
      if (size < headerBytes) {
        await handle.truncate(0);
        await writeAll(handle, header(diskBytes), 0);
        await handle.datasync();
        await syncDirectoryOf(path);
        return ok(new DeltaFile(path, diskBytes, handle, headerBytes));
      }
      const head = Buffer.alloc(headerBytes);
      await handle.read(head, 0, headerBytes, 0);
      if (!head.equals(header(diskBytes))) {
        await handle.close();
        return fail(
          "state-damaged",
          told({ kind: "no-delta", path }),
          { path },
          told({ kind: "remove-snapshot" }),
        );
      }
      const delta = new DeltaFile(path, diskBytes, handle, headerBytes);
      await delta.#scan(size, ({ offset, length }) => onRecord({ offset, length }));
      await handle.truncate(delta.#end);
      return ok(delta);
    } catch (error) {
      await handle?.close();
      return storageFailure(error, "open", path);
    }
  }

  get sizeBytes(): number {
    return this.#end;
  }

  /** Appends; durable after `flush`. After a failure nothing of it counts. System errors are thrown. */
  async append(offset: number, data: Buffer): Promise<void> {
    const isZeros = isZero(data);
    const head = Buffer.alloc(recordHeaderBytes);
    head.writeBigUInt64LE(BigInt(offset), 0);
    head.writeUInt32LE(data.length, 8);
    head.writeUInt32LE(isZeros ? kinds.zeros : kinds.bytes, 12);
    const body = isZeros ? Buffer.alloc(0) : data;
    head.writeUInt32LE(crc32(body, crc32(head.subarray(0, 16))), 16);
    await writeAll(this.#handle, head, this.#end);
    await writeAll(this.#handle, body, this.#end + head.length);
    this.#end += head.length + body.length;
  }

  async flush(): Promise<void> {
    await this.#handle.datasync();
  }

  /** Forgets what was appended after the file had `end` bytes. */
  cutBack(end: number): void {
    this.#end = end;
  }

  /** Every record in the order of writing; `data` is valid during the visit. */
  async each(visit: (record: DeltaRecord) => Promise<Result<void>>): Promise<Result<void>> {
    try {
      let outcome: Result<void> = ok();
      await this.#scan(this.#end, async (record) => {
        if (outcome.ok) outcome = await visit(record);
      });
      return outcome;
    } catch (error) {
      return storageFailure(error, "read", this.path);
    }
  }

  async #scan(size: number, visit: (record: DeltaRecord) => void | Promise<void>): Promise<void> {
    const head = Buffer.alloc(recordHeaderBytes);
    let at = headerBytes;
    while (at + recordHeaderBytes <= size) {
      await this.#handle.read(head, 0, recordHeaderBytes, at);
      const offset = Number(head.readBigUInt64LE(0));
      const length = head.readUInt32LE(8);
      const kind = head.readUInt32LE(12);
      const bodyBytes = kind === kinds.bytes ? length : 0;
      const sane =
        length > 0 && length <= recordBytesMost && offset + length <= this.diskBytes && kind <= kinds.bytes;
      if (!sane || at + recordHeaderBytes + bodyBytes > size) break;
      const body = Buffer.alloc(bodyBytes);
      if (bodyBytes > 0) await this.#handle.read(body, 0, bodyBytes, at + recordHeaderBytes);
      if (crc32(body, crc32(head.subarray(0, 16))) !== head.readUInt32LE(16)) break;
      await visit({ offset, length, data: kind === kinds.bytes ? body : null });
      at += recordHeaderBytes + bodyBytes;
    }
    this.#end = at;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** A filesystem that is nearly full takes a part, and refuses only the rest. */
async function writeAll(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

function header(diskBytes: number): Buffer {
  const head = Buffer.alloc(headerBytes);
  head.write(magic, 0, "latin1");
  head.writeBigUInt64LE(BigInt(diskBytes), 8);
  head.writeUInt32LE(grainBytes, 16);
  head.writeUInt32LE(crc32(head.subarray(0, 20)), 20);
  return head;
}
