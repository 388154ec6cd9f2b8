import { z } from "zod";
import { fail, ok, type Result } from "../../common/result.ts";
import { runTool } from "../qemu/run-tool.ts";
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

const mapSchema = z.array(
  z.object({
    start: z.number(),
    length: z.number(),
    depth: z.number(),
    data: z.boolean(),
    zero: z.boolean(),
    offset: z.number().optional(),
  }),
);

/**
 * Where the bytes of what an image is made of lie, in order; null where they do not lie anywhere as they are (compressed
 * clusters).
 */
export async function sourceExtents(
  { replicaPath, overlayPath }: ReplicaFile,
  source: { readonly path: string; readonly format: "raw" | "qcow2" },
  signal: AbortSignal,
): Promise<Result<readonly SourceExtent[] | null>> {
  let text = "";
  const mapped = await runTool("qemu-img", ["map", "--output=json", "-f", source.format, source.path], {
    signal,
    onOutput: (part, stream) => {
      if (stream === "stdout") text += part;
    },
  });
  if (!mapped.ok) return mapped;
  if (mapped.value.exitCode !== 0) {
    const output = mapped.value.stderr.trim();
    return fail("image-failed", "what the image is made of cannot be read", { tool: "qemu-img", output });
  }
  const layers = overlayPath == null ? [replicaPath] : [overlayPath, replicaPath];
  const extents: SourceExtent[] = [];
  for (const { start, length, depth, data, zero, offset } of mapSchema.parse(JSON.parse(text))) {
    if (zero || !data) continue;
    const path = layers[depth];
    if (path === undefined || offset === undefined) return ok(null);
    extents.push({ offset: start, length, path, fileOffset: offset });
  }
  return ok(extents);
}
