/**
 * Images that came from elsewhere. What such a file says of other files is not followed: it could pass another disk off
 * as its own, or have any file of this machine read.
 */
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import type { ImageFormat } from "../../common/domain/image.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { BlockNode } from "./nbd-content.ts";

const drivers: Readonly<Record<ImageFormat, string>> = {
  raw: "raw",
  qcow2: "qcow2",
  vhd: "vpc",
  vmdk: "vmdk",
};
/** qcow2's incompatible feature: the data lie in another file. */
const externalData = 0x4n;

/**
 * What QEMU is to open of an image, taken by itself: without a file below it. `image-constraint` where its data lie in
 * other files, `not-found` where it cannot be read.
 */
export async function imageNode(path: string, format: ImageFormat): Promise<Result<BlockNode>> {
  const header = Buffer.alloc(80);
  try {
    const handle = await open(path, "r");
    try {
      await handle.read(header, 0, header.length, 0);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return fail(
      "not-found",
      told({ kind: "path-unread-why", path, text: String(error) }),
      { path },
      told({ kind: "check-file" }),
    );
  }
  if (liesElsewhere(header, format))
    return fail(
      "image-constraint",
      told({ kind: "data-in-other-files", path }),
      { path, format },
      told({ kind: "make-one-file" }),
    );
  const file = { driver: "file", filename: resolve(path) };
  const isLayered = format === "qcow2" || format === "vmdk";
  return ok({ driver: drivers[format], file, ...(isLayered ? { backing: null } : {}) });
}

/** By the header's first 80 bytes. Of a VMDK only the kind is read that has its own magic number and a size. */
function liesElsewhere(header: Buffer, format: ImageFormat): boolean {
  switch (format) {
    case "qcow2":
      return header.readUInt32BE(4) >= 3 && (header.readBigUInt64BE(72) & externalData) !== 0n;
    case "vmdk":
      return header.toString("latin1", 0, 4) !== "KDMV" || header.readBigUInt64LE(12) === 0n;
    default:
      return false;
  }
}
