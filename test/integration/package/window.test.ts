/** The window's Linux packages, laid out with a stub in the place of Electron's program up to where they would be packed. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectDirectory } from "../../support/run-sma.ts";

// electron-builder does other things where it believes to be under its own tests.
const { VITEST: _vitest, ...environment } = process.env;

it("hold all that runs, with its checksums, and tell the desktop of bundles and links", () => {
  const packed = spawnSync(
    process.execPath,
    [join(projectDirectory, "scripts/package/window.ts"), "--stub"],
    {
      encoding: "utf8",
      env: environment,
    },
  );
  expect(packed.stdout, packed.stderr).toContain("the package's layout is complete");
  expect(packed.status).toBe(0);
});
