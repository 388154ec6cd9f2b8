/**
 * Type-checks every runtime with its own settings. What the compiler has found out is kept below dist/ and in the
 * user's cache directory, so that even a fresh checkout is looked at only where it differs from the last good one; the
 * compiler compares by content.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "./cache-folder.ts";

const project = join(dirname(fileURLToPath(import.meta.url)), "..");
const compiler = join(project, "node_modules", "typescript", "bin", "tsc");
// Paths inside such a file are relative to it: it is of use only at the same place of another checkout.
const here = join(project, "dist", "typecheck");
const cache = join(cacheFolder(process.env), "typecheck");
mkdirSync(here, { recursive: true });
mkdirSync(cache, { recursive: true });

/** A reader sees either the old or the new file. */
function copy(from: string, to: string): void {
  const temporary = `${to}.${process.pid}`;
  copyFileSync(from, temporary);
  renameSync(temporary, to);
}

let failed = false;
for (const runtime of ["common", "main", "intermediate", "preload", "renderer", "test"]) {
  const known = join(here, `${runtime}.tsbuildinfo`);
  const cached = join(cache, `${runtime}.tsbuildinfo`);
  if (!existsSync(known) && existsSync(cached)) copy(cached, known);
  const { status } = spawnSync(
    process.execPath,
    [compiler, "-p", runtime, "--incremental", "--tsBuildInfoFile", known],
    { cwd: project, stdio: "inherit" },
  );
  if (status !== 0) failed = true;
  else if (existsSync(known)) copy(known, cached);
}
process.exit(failed ? 1 : 0);
