/** Type-checks every runtime with its own settings. */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = join(dirname(fileURLToPath(import.meta.url)), "..");
const compiler = join(project, "node_modules", "typescript", "bin", "tsc");
let failed = false;
for (const runtime of ["common", "main", "intermediate", "preload", "renderer", "test"]) {
  const { status } = spawnSync(process.execPath, [compiler, "-p", runtime], {
    cwd: project,
    stdio: "inherit",
  });
  if (status !== 0) failed = true;
}
process.exit(failed ? 1 : 0);
