import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { LibraryRecipe, PinnedSource } from "./recipes.ts";
import { BuildError, run } from "./steps.ts";

async function sha256OfFile(path: string): Promise<string | null> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
  } catch {
    return null;
  }
  return hash.digest("hex");
}

/** apt's own downloader knows apt's proxies and credentials; elsewhere Node fetches. */
async function download(address: string, path: string): Promise<boolean> {
  const helper = await run("/usr/lib/apt/apt-helper", ["download-file", address, path]);
  if (helper.exitCode === 0) return true;
  if (helper.exitCode !== 127) return false;
  try {
    const reply = await fetch(address, { signal: AbortSignal.timeout(600_000) });
    if (!reply.ok) return false;
    await writeFile(path, Buffer.from(await reply.arrayBuffer()));
    return true;
  } catch {
    return false;
  }
}

/**
 * The path of a source's tarball with the pinned checksum, from the cache or the first mirror that has it;
 * null when none does. A file with another checksum is thrown away, never used.
 */
export async function fetchSource(
  source: PinnedSource,
  mirrors: readonly string[],
  cacheFolder: string,
): Promise<string | null> {
  const path = join(cacheFolder, "sources", source.file);
  if ((await sha256OfFile(path)) === source.sha256) return path;
  await mkdir(join(cacheFolder, "sources"), { recursive: true });
  const partial = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    for (const base of mirrors) {
      for (const pool of source.pools) {
        if (!(await download(`${base}/${pool}/${source.file}`, partial))) continue;
        if ((await sha256OfFile(partial)) !== source.sha256) continue;
        await rename(partial, path);
        return path;
      }
    }
    return null;
  } finally {
    await rm(partial, { force: true });
  }
}

export function nothingToFetch(recipe: LibraryRecipe, mirrors: readonly string[]): BuildError {
  const files = recipe.sources.map((source) => source.file).join(", ");
  return new BuildError(
    mirrors.length === 0
      ? `no Debian mirror is known for ${recipe.name}: set SMA_DEBIAN_MIRROR to the base address of one`
      : `none of the pinned sources of ${recipe.name} (${files}) could be fetched from this machine's Debian mirrors ` +
          `(${mirrors.length} tried): check the network, or add the current version to scripts/agent/recipes.ts`,
  );
}
