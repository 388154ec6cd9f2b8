/** Builds the screens into dist/renderer. With --if-stale: only where their sources changed since the last build. */
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const project = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(project, "dist", "renderer.stamp");

function hashOfSources(): string {
  const hash = createHash("sha256");
  const files = globSync(["renderer/**/*", "common/**/*.ts", "package-lock.json"], { cwd: project });
  for (const file of files.toSorted()) {
    if (!/\.[a-z0-9]+$/i.test(file)) continue;
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(project, file)));
  }
  return hash.digest("hex");
}

const wanted = hashOfSources();
const isBuilt =
  existsSync(stamp) &&
  readFileSync(stamp, "utf8") === wanted &&
  existsSync(join(project, "dist/renderer/index.html"));
if (!process.argv.includes("--if-stale") || !isBuilt) {
  process.stderr.write("building the screens …\n");
  await build({ configFile: join(project, "renderer", "vite.config.ts"), logLevel: "warn" });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}
