/** The window's packages: `npm run package:window -- --linux|--win|--mac [TARGET]`; arguments go to electron-builder. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { layOut, project, writeChecksums } from "./runtime.ts";

function must(script: string, words: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [join(project, script), ...words], {
    cwd: project,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

must("scripts/build-renderer.ts", ["--if-stale"]);
must("scripts/build-window.ts", []);
must("scripts/agent/build.ts", []);
for (const folder of ["agents", "collectors"]) writeChecksums(join(project, "resources", folder));
// The intermediate's sources, for the Node that the Linux packages carry.
layOut(join(project, "dist", "runtime"), ["common", "intermediate"]);
must("node_modules/electron-builder/cli.js", process.argv.slice(2));
