/** Mounting images of the tests' own making, where this machine allows it. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runTool, tool } from "./tools.ts";

/**
 * Mounts `image` below `folder`, runs `act` and unmounts. Null, with a loud line, where mounting is not allowed or the
 * kernel does not know the filesystem.
 */
export async function withMounted<T>(
  image: string,
  folder: string,
  act: (mounted: string) => Promise<T>,
): Promise<T | null> {
  const mounted = join(folder, "mounted");
  await mkdir(mounted);
  const { exitCode, stderr } = await runTool("mount", ["-o", "loop", image, mounted]);
  if (exitCode !== 0) {
    console.warn(`SKIPPED: ${image} cannot be mounted here: ${stderr.trim()}`);
    return null;
  }
  try {
    return await act(mounted);
  } finally {
    await tool("umount", [mounted]);
  }
}
