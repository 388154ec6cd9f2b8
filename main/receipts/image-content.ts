import { open, stat } from "node:fs/promises";
import type { ImageFormat } from "../../common/domain/image.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { imageNode } from "../../intermediate/qemu/image-file.ts";
import { openContent, type DiskContent } from "../../intermediate/qemu/nbd-content.ts";

/** What a file is, by its first and last bytes; anything else is a raw disk. */
export async function formatOf(path: string): Promise<Result<ImageFormat>> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const head = Buffer.alloc(8);
      await file.read(head, 0, 8, 0);
      const foot = Buffer.alloc(8);
      if (size >= 512) await file.read(foot, 0, 8, size - 512);
      if (head.toString("latin1", 0, 4) === "QFI\u00fb") return ok("qcow2");
      if (head.toString("latin1", 0, 4) === "KDMV") return ok("vmdk");
      if (foot.toString("latin1") === "conectix") return ok("vhd");
      return ok("raw");
    } finally {
      await file.close();
    }
  } catch (error) {
    return fail(
      "not-found",
      told({ kind: "path-unread-why", path, text: String(error) }),
      { path },
      told({ kind: "check-file" }),
    );
  }
}

/** Opens the disk that an image file holds, for reading. An image that rests on another file is taken by itself. */
export async function openImage(
  path: string,
  format: ImageFormat,
  signal: AbortSignal,
): Promise<Result<DiskContent>> {
  if (format === "raw") return openRaw(path);
  const node = await imageNode(path, format);
  return node.ok ? openContent(node.value, signal) : node;
}

async function openRaw(path: string): Promise<Result<DiskContent>> {
  try {
    const { size } = await stat(path);
    const file = await open(path, "r");
    return ok({
      sizeBytes: size,
      async read(offset, into) {
        for (let done = 0; done < into.length;) {
          const { bytesRead } = await file.read(into, done, into.length - done, offset + done);
          if (bytesRead === 0)
            return fail("storage-failed", told({ kind: "file-ends-at", path, at: offset + done }), {
              path,
              offset,
            });
          done += bytesRead;
        }
        return ok();
      },
      close: () => file.close(),
    });
  } catch (error) {
    return fail(
      "not-found",
      told({ kind: "path-unread-why", path, text: String(error) }),
      { path },
      told({ kind: "check-file" }),
    );
  }
}
