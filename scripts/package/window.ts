/**
 * The window's packages: `npm run package:window -- --linux|--win|--mac [TARGET]`; arguments go to electron-builder.
 * `--stub` lays the Linux packages out without Electron's program, where that cannot be had, up to where they would be packed,
 * and checks what is in them.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { layOut, project, writeChecksums } from "./runtime.ts";
import { packStub } from "./window-stub.ts";

function must(script: string, words: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [join(project, script), ...words], {
    cwd: project,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

const words = process.argv.slice(2);
const isStub = words.includes("--stub");
must("scripts/build-renderer.ts", ["--if-stale"]);
must("scripts/build-window.ts", []);
must("scripts/agent/build.ts", []);
for (const folder of ["agents", "collectors"]) writeChecksums(join(project, "resources", folder));
// The intermediate's sources, for the Node that the Linux packages carry.
layOut(join(project, "dist", "runtime"), ["common", "intermediate"]);
if (!isStub) must("node_modules/electron-builder/cli.js", words);
else {
  const missing = await packStub();
  process.stdout.write(
    missing.length === 0
      ? "the package's layout is complete; Electron's program in it is a stub\n"
      : `missing in the package: ${missing.join(", ")}\n`,
  );
  if (missing.length > 0) process.exit(1);
}
