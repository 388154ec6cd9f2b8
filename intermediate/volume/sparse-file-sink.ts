import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { syncDirectoryOf } from "../durable-file.ts";
import type { AlignedArena } from "./aligned-memory.ts";
import { FileHoles } from "./file-holes.ts";
import { HandleSink, openDirect } from "./handle-sink.ts";
import { storageFailure } from "./storage-failure.ts";
import type { VolumeSink } from "./volume-sink.ts";

const flags = constants.O_RDWR | constants.O_NOFOLLOW;

export interface SparseFileOptions {
  readonly path: string;
  readonly sizeBytes: number;
  readonly arena: AlignedArena;
}

/** Gives an empty file its length; a file of that length is taken as it is. Any other length is somebody else's file. */
async function settleLength(handle: FileHandle, options: SparseFileOptions): Promise<Result<void>> {
  const { path, sizeBytes } = options;
  const status = await handle.stat();
  if (!status.isFile()) return fail("storage-failed", told({ kind: "no-regular-file", path }), { path });
  if (status.size === sizeBytes) return ok();
  if (status.size !== 0) {
    return fail(
      "storage-failed",
      told({ kind: "replica-size-other", path, size: status.size, expected: sizeBytes }),
      {
        path,
      },
    );
  }
  await handle.truncate(sizeBytes);
  await handle.sync();
  await syncDirectoryOf(path);
  return ok();
}

/** A raw image file (mode 0600), made sparse and full length when it is not there yet. */
export async function openSparseFile(options: SparseFileOptions): Promise<Result<VolumeSink>> {
  const { path, sizeBytes, arena } = options;
  let buffered: FileHandle | undefined;
  try {
    buffered = await open(path, flags | constants.O_CREAT, 0o600);
    const settled = await settleLength(buffered, options);
    if (!settled.ok) {
      await buffered.close();
      return settled;
    }
    const direct = await openDirect(path, flags, constants.O_DIRECT);
    const isBlank = (await buffered.stat()).blocks === 0;
    const holes = new FileHoles(path, sizeBytes, isBlank);
    return ok<VolumeSink>(new HandleSink({ path, sizeBytes, buffered, direct, arena, holes }));
  } catch (error) {
    await buffered?.close();
    return storageFailure(error, "open", path);
  }
}
