import { constants } from "node:fs";
import { open, readFile, type FileHandle } from "node:fs/promises";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { AlignedArena } from "./aligned-memory.ts";
import { HandleSink, openDirect } from "./handle-sink.ts";
import { storageFailure } from "./storage-failure.ts";
import type { VolumeSink } from "./volume-sink.ts";

// On a block device O_EXCL means: refuse while a filesystem on it is mounted.
const flags = constants.O_RDWR | constants.O_EXCL;

/** The unit of /sys/dev/block/…/size, whatever the device's own sector size. */
const sysfsSectorBytes = 512;

async function deviceBytes(handle: FileHandle): Promise<number | undefined> {
  const status = await handle.stat();
  if (!status.isBlockDevice()) return undefined;
  // Linux's encoding of device numbers (glibc's gnu_dev_major and gnu_dev_minor); 32 bits suffice for block devices.
  const major = (status.rdev >>> 8) & 0xfff;
  const minor = (status.rdev & 0xff) | ((status.rdev >>> 12) & 0xfff00);
  const sectors = await readFile(`/sys/dev/block/${major}:${minor}/size`, "utf8");
  return Number.parseInt(sectors, 10) * sysfsSectorBytes;
}

/** The first `sizeBytes` of a block device that is at least that long and not mounted. */
export async function openDevice(options: {
  readonly path: string;
  readonly sizeBytes: number;
  readonly arena: AlignedArena;
}): Promise<Result<VolumeSink>> {
  const { path, sizeBytes, arena } = options;
  let buffered: FileHandle | undefined;
  try {
    buffered = await open(path, flags);
    const capacity = await deviceBytes(buffered);
    if (capacity === undefined || capacity < sizeBytes) {
      await buffered.close();
      return capacity === undefined
        ? fail("storage-failed", told({ kind: "no-block-device", path }), { path })
        : fail("no-space", told({ kind: "device-too-small", path, size: capacity, needed: sizeBytes }), {
            path,
            capacity,
            sizeBytes,
          });
    }
    const direct = await openDirect(path, constants.O_RDWR, constants.O_DIRECT);
    return ok<VolumeSink>(new HandleSink({ path, sizeBytes, buffered, direct, arena, holes: undefined }));
  } catch (error) {
    await buffered?.close();
    return storageFailure(error, "open", path);
  }
}
