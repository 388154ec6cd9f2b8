import { constants } from "node:fs";
import { open, readdir, readlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

/** A guest's memory as the QEMU process `pid` holds it; null where this host does not give it. */
export async function openGuestMemory(pid: number | null | undefined): Promise<FileHandle | null> {
  const descriptors = `/proc/${pid}/fd`;
  const names = typeof pid === "number" ? await readdir(descriptors).catch((): string[] => []) : [];
  for (const name of names) {
    const target = await readlink(join(descriptors, name)).catch(() => "");
    if (target.startsWith("/memfd:memory-backend"))
      return open(join(descriptors, name), constants.O_RDONLY).catch(() => null);
  }
  return null;
}
