/**
 * Bundles the Electron window's parts into dist/electron: Electron runs no TypeScript, and a sandboxed preload must be
 * one file.
 */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";

const project = join(dirname(fileURLToPath(import.meta.url)), "..");

export interface WindowBuild {
  readonly outDirectory: string;
  /** Takes the place of the module `electron`, in tests. */
  readonly electronStandIn?: string;
}

/** Optional native speed-ups of ssh2, which it does without. */
const nativeExtras = ["cpu-features", "*.node", "../build/Release/sshcrypto.node"];

export async function buildWindow({ outDirectory, electronStandIn }: WindowBuild): Promise<void> {
  mkdirSync(outDirectory, { recursive: true });
  const common: BuildOptions = {
    bundle: true,
    absWorkingDir: project,
    platform: "node",
    target: "node24",
    sourcemap: "linked",
    legalComments: "none",
    logLevel: "warning",
  };
  const esm: BuildOptions = {
    ...common,
    format: "esm",
    // What is bundled from CommonJS expects these.
    banner: {
      js: 'import { createRequire as createRequireOf } from "node:module"; const require = createRequireOf(import.meta.url); const __dirname = import.meta.dirname; const __filename = import.meta.filename;',
    },
  };
  const electron: BuildOptions =
    electronStandIn === undefined
      ? { external: ["electron"] }
      : { alias: { electron: electronStandIn }, external: ["playwright-core"] };
  await Promise.all([
    build({ ...esm, ...electron, entryPoints: ["main/index.ts"], outfile: join(outDirectory, "main.mjs") }),
    build({
      ...esm,
      external: nativeExtras,
      entryPoints: ["main/engine/engine-process.ts"],
      outfile: join(outDirectory, "engine.mjs"),
    }),
    build({
      ...common,
      external: ["electron"],
      format: "cjs",
      entryPoints: ["preload/index.ts"],
      outfile: join(outDirectory, "preload.cjs"),
    }),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stderr.write("building the window …\n");
  await buildWindow({ outDirectory: join(project, "dist", "electron") });
}
