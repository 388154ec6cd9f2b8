import { basename, join } from "node:path";
import type { ImageFile } from "../../common/api/intermediate.ts";
import { replaceFile } from "../durable-file.ts";
import type { ReplicaFile } from "../tasks/implementations.ts";

export const descriptionFileName = "image.json";

/**
 * Writes `image.json` beside the images: what somebody who has only this folder needs to import them. Tree hash,
 * platform and boot mode are facts of the source that the intermediate does not hold here: null until the assistant
 * fills them in. System errors are thrown.
 */
export async function describeImages(
  directory: string,
  disks: readonly ReplicaFile[],
  files: readonly ImageFile[],
): Promise<void> {
  const description = {
    format: 1,
    architecture: "x86_64",
    platform: null,
    bootMode: null,
    disks: disks.map(({ diskId, sizeBytes }) => ({
      diskId,
      sizeBytes,
      treeHash: null,
      images: files
        .filter((file) => file.diskId === diskId)
        .map(({ format, path, fileBytes, virtualBytes, sha256 }) => ({
          format,
          file: basename(path),
          fileBytes,
          virtualBytes,
          sha256,
        })),
    })),
  };
  await replaceFile(join(directory, descriptionFileName), `${JSON.stringify(description, null, 2)}\n`);
}
