import { ok, type Result } from "../../common/result.ts";
import { readBlockMap } from "../qemu/block-map.ts";
import type { ReplicaFile } from "../tasks/implementations.ts";

/** A run of a disk's bytes that lie one after another in a file. Between runs the disk is zeros. */
export interface SourceExtent {
  /** On the disk. */
  readonly offset: number;
  readonly length: number;
  /** The overlay or the replica; and where in it. */
  readonly path: string;
  readonly fileOffset: number;
}

/** More would take too much memory. */
const mostExtents = 1_000_000;

/**
 * Where the bytes of what an image is made of lie, in order; null where they do not lie anywhere as they are (compressed
 * clusters), or in too many pieces.
 */
export async function sourceExtents(
  { replicaPath, overlayPath }: ReplicaFile,
  source: { readonly path: string; readonly format: "raw" | "qcow2" },
  signal: AbortSignal,
): Promise<Result<readonly SourceExtent[] | null>> {
  const layers =
    overlayPath === undefined || overlayPath === null ? [replicaPath] : [overlayPath, replicaPath];
  const extents: SourceExtent[] = [];
  let isPlain = true;
  const mapped = await readBlockMap(["-f", source.format, source.path], signal, (entry) => {
    const { start, length, depth, data, zero, offset: fileOffset } = entry;
    if (zero || !data || !isPlain) return;
    const path = layers[depth];
    isPlain = path !== undefined && fileOffset !== undefined && extents.length < mostExtents;
    if (path !== undefined && fileOffset !== undefined)
      extents.push({ offset: start, length, path, fileOffset });
  });
  return mapped.ok ? ok(isPlain ? extents : null) : mapped;
}
