import { open, rm } from "node:fs/promises";
import { noted, told } from "../../common/domain/report-text/told.ts";
import { attempt, fail, unwrap, type Result } from "../../common/result.ts";
import { syncFile } from "../durable-file.ts";
import type { TaskContext } from "../tasks/implementations.ts";
import { chunkCount, lengthOfChunk, type Geometry } from "./geometry.ts";
import { Manifest, type ManifestEntry } from "./manifest.ts";
import { leafOfMaybeZero, zeroLeaf } from "./tree-hash.ts";

const entriesAtOnce = 1_024;

/** Makes the manifest of a disk that was made here, by reading all of it. */
export async function scanDisk(
  diskPath: string,
  manifestPath: string,
  geometry: Geometry,
  { signal, report }: Pick<TaskContext, "signal" | "report">,
): Promise<Result<void>> {
  return attempt(async () => {
    await rm(manifestPath, { force: true });
    // What is proved of the disk must not be lost with the power.
    await syncFile(diskPath);
    const manifest = unwrap(await Manifest.open(manifestPath, geometry));
    const disk = await open(diskPath, "r");
    try {
      const buffer = Buffer.alloc(geometry.chunkBytes);
      const count = chunkCount(geometry);
      let entries: ManifestEntry[] = [];
      for (let chunk = 0; chunk < count; chunk += 1) {
        if (signal.aborted) unwrap(fail("cancelled", told({ kind: "reading-new-disk-stopped" })));
        const length = lengthOfChunk(geometry, chunk);
        const { bytesRead } = await disk.read(buffer, 0, length, chunk * geometry.chunkBytes);
        if (bytesRead !== length)
          unwrap(
            fail("storage-failed", told({ kind: "ends-before-size", path: diskPath }), { path: diskPath }),
          );
        const hash = leafOfMaybeZero(buffer.subarray(0, length));
        entries.push(
          hash.equals(zeroLeaf(length))
            ? { kind: "zero", first: chunk, count: 1, unused: false }
            : { kind: "data", chunk, hash, checked: true },
        );
        if (entries.length < entriesAtOnce && chunk + 1 < count) continue;
        unwrap(await manifest.record(entries, 1));
        entries = [];
        const done = (chunk + 1) * geometry.chunkBytes;
        report({ done, total: geometry.diskBytes, unit: "bytes", ...noted({ kind: "reading-new-disk" }) });
      }
      unwrap(await manifest.flush());
    } finally {
      await Promise.all([manifest.close(), disk.close()]);
    }
  });
}
