import { basename, join } from "node:path";
import type { ImageFacts, ImageFile } from "../../common/domain/image.ts";
import type { SealedDisk } from "../../common/api/intermediate-tasks.ts";
import { replaceFile } from "../durable-file.ts";
import type { ReplicaFile } from "../tasks/implementations.ts";

export const descriptionFileName = "image.json";

/** What is known of images once they are sealed. */
export interface SealedFacts {
  readonly facts: ImageFacts;
  readonly sealed: readonly SealedDisk[];
}

/**
 * Writes `image.json` beside the images: what somebody who has only this folder needs to import them. What the
 * assistant knows of the source (architecture, platform, boot mode) and the tree hashes are null until the images are
 * sealed. System errors are thrown.
 */
export async function describeImages(
  directory: string,
  disks: readonly ReplicaFile[],
  files: readonly ImageFile[],
  known: SealedFacts | null = null,
): Promise<void> {
  const description = {
    format: 1,
    architecture: known?.facts.architecture ?? null,
    platform: known?.facts.platform ?? null,
    operatingSystem: known?.facts.operatingSystem ?? null,
    bootMode: known?.facts.bootMode ?? null,
    licenceType: known?.facts.licenceType ?? null,
    disks: disks.map(({ diskId, sizeBytes }) => ({
      diskId,
      sizeBytes,
      treeHash: known?.sealed.find((disk) => disk.diskId === diskId)?.contentTreeHash ?? null,
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
