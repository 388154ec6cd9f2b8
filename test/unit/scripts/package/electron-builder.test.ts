import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runtimePackages } from "../../../../scripts/package/runtime.ts";
import { projectDirectory } from "../../../support/run-sma.ts";

const require = createRequire(import.meta.url);
// Of electron-builder itself: the same check as it makes, without any download.
const { load } = require("js-yaml") as { load(text: string): unknown };
const { validateConfiguration } = require("app-builder-lib/out/util/config/config.js") as {
  validateConfiguration(configuration: unknown, logger: { isEnabled: boolean; add(): void }): Promise<void>;
};
const configuration = load(readFileSync(join(projectDirectory, "electron-builder.yml"), "utf8"));

describe("the packages' configuration", () => {
  it("is what electron-builder's schema wants", async () => {
    await validateConfiguration(configuration, { isEnabled: false, add: () => undefined });
    await expect(
      validateConfiguration(
        { ...(configuration as object), linux: { targets: [] } },
        { isEnabled: false, add: () => undefined },
      ),
    ).rejects.toThrow();
  });

  it("switches off what would let other programs run code in the window's name, and updates", () => {
    const { electronFuses, publish } = z
      .object({ electronFuses: z.record(z.string(), z.boolean()), publish: z.null() })
      .parse(configuration);
    expect(publish).toBeNull();
    expect(electronFuses).toMatchObject({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      onlyLoadAppFromAsar: true,
      enableEmbeddedAsarIntegrityValidation: true,
    });
  });

  it("has the icons that it names", () => {
    for (const size of [32, 256, 512, 1024])
      expect(existsSync(join(projectDirectory, "resources", "icons", `${size}x${size}.png`))).toBe(true);
  });

  it("carries the run-time packages and no tools", () => {
    const packages = runtimePackages().map((path) => path.replace("node_modules/", ""));
    expect(packages).toEqual(expect.arrayContaining(["zod", "ws", "ssh2", "node-forge"]));
    for (const tool of ["vite", "electron", "vitest", "typescript", "playwright-core"])
      expect(packages).not.toContain(tool);
  });
});
