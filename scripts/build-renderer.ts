/**
 * Builds the screens into dist/renderer. With --if-stale: only where their sources changed since the last build.
 * Several may be at it at once (hosts, tests, packages): one builds, the others wait for it. The folder is changed as a
 * whole, since hosts serve files out of it meanwhile.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

const project = join(dirname(fileURLToPath(import.meta.url)), "..");
const screens = join(project, "dist", "renderer");
const stamp = `${screens}.stamp`;
const longestBuildMs = 10 * 60_000;

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

function isBuilt(wanted: string): boolean {
  return (
    existsSync(stamp) && readFileSync(stamp, "utf8") === wanted && existsSync(join(screens, "index.html"))
  );
}

/** The lock is SQLite's own: it goes when the connection is closed, and when this process ends, however it ends. */
function waitForOthers(): DatabaseSync {
  const lock = new DatabaseSync(`${screens}.lock`, { timeout: longestBuildMs });
  lock.exec("BEGIN EXCLUSIVE");
  return lock;
}

const isWantedAnyway = !process.argv.includes("--if-stale");
if (isWantedAnyway || !isBuilt(hashOfSources())) {
  mkdirSync(dirname(screens), { recursive: true });
  const lock = waitForOthers();
  const wanted = hashOfSources();
  if (isWantedAnyway || !isBuilt(wanted)) {
    process.stderr.write("building the screens …\n");
    const { build } = await import("vite");
    const [fresh, old] = [`${screens}.new`, `${screens}.old`];
    await build({
      configFile: join(project, "renderer", "vite.config.ts"),
      logLevel: "warn",
      build: { outDir: fresh, emptyOutDir: true },
    });
    // What a build that was killed here left.
    rmSync(old, { recursive: true, force: true });
    rmSync(stamp, { force: true });
    if (existsSync(screens)) renameSync(screens, old);
    renameSync(fresh, screens);
    writeFileSync(stamp, wanted);
    rmSync(old, { recursive: true, force: true });
  }
  lock.close();
}
