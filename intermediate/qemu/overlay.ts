import { open } from "node:fs/promises";
import { ok, type Result } from "../../common/result.ts";
import { runQemuImg } from "./qemu-img.ts";

export interface OverlayOptions {
  /** Absolute path of the qcow2 file to make. */
  readonly path: string;
  readonly sizeBytes: number;
  /**
   * What the overlay's header names as the file below it, relative to the overlay's own folder. Absent: the header names
   * none, and whoever opens the overlay has to say what it rests on.
   */
  readonly backing?: { readonly relativePath: string; readonly format: "raw" | "qcow2" };
  readonly signal: AbortSignal;
}

/** Makes a qcow2 overlay that is as large as its disk, in whole sectors. `tool-missing`, `no-space`, `image-failed`, `cancelled`. */
export async function createOverlay({
  path,
  sizeBytes,
  backing,
  signal,
}: OverlayOptions): Promise<Result<void>> {
  const sectors = Math.ceil(sizeBytes / 512) * 512;
  const below = backing === undefined ? [] : ["-b", backing.relativePath, "-F", backing.format];
  const argv = ["create", "-q", "-f", "qcow2", ...below, path, String(sectors)];
  const created = await runQemuImg(argv, { signal });
  return created.ok ? ok() : created;
}

/** The size of the disk in a qcow2 file, as its header says it; null for what is none. */
export async function overlaySizeBytes(path: string): Promise<number | null> {
  const file = await open(path, "r");
  try {
    const header = Buffer.alloc(32);
    const { bytesRead } = await file.read(header, 0, header.length, 0);
    if (bytesRead < header.length || header.readUInt32BE(0) !== 0x51_46_49_fb) return null;
    return Number(header.readBigUInt64BE(24));
  } finally {
    await file.close();
  }
}
