/** A Linux package with a stub in the place of Electron's program: everything of ours is laid out and checked. */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { project } from "./runtime.ts";

const stubDirectory = join(project, "dist", "electron-stub");
const require = createRequire(import.meta.url);
const resources = join(project, "dist", "packages", "linux-unpacked", "resources");

/** As much of electron-builder as is used here. */
interface Builder {
  readonly Platform: { readonly LINUX: { createTarget(types: readonly string[]): unknown } };
  build(options: {
    readonly targets: unknown;
    readonly config: object;
    readonly publish: "never";
    /** Gets what would be asked of the program that packs; true: it is not asked. */
    effectiveOptionComputed(given: readonly [readonly string[], string]): Promise<boolean>;
  }): Promise<unknown>;
}

function makeStub(): object {
  rmSync(stubDirectory, { recursive: true, force: true });
  mkdirSync(join(stubDirectory, "resources"), { recursive: true });
  const program = join(stubDirectory, "electron");
  writeFileSync(program, "#!/bin/sh\necho 'a stub: this package was made without Electron' >&2\nexit 1\n");
  chmodSync(program, 0o755);
  const { load } = require("js-yaml") as { load(text: string): object };
  const real = load(readFileSync(join(project, "electron-builder.yml"), "utf8"));
  // Fuses are bits of the program that is not there.
  return { ...real, electronDist: stubDirectory, electronFuses: null };
}

/** What must stand in a desktop's entry for bundles and links to reach the window. */
const entryLines = [
  /^Exec=.* %U$/m,
  /^MimeType=(?=.*application\/x-sma-bundle;)(?=.*x-scheme-handler\/sma;)/m,
  /^StartupWMClass=server-migration-assistant-window$/m,
  /^Icon=server-migration-assistant-window$/m,
];

/** Lays the packages out up to where the packing programs would begin, and gives what is wrong with them. */
export async function packStub(): Promise<string[]> {
  const { build, Platform } = require("electron-builder") as Builder;
  const wrong: string[] = [];
  let packed = 0;
  // What an earlier run left would stand in the way of its links.
  rmSync(dirname(resources), { recursive: true, force: true });
  await build({
    targets: Platform.LINUX.createTarget(["deb", "rpm"]),
    config: makeStub(),
    publish: "never",
    effectiveOptionComputed([words, entryPath]) {
      packed += 1;
      const entry = readFileSync(entryPath, "utf8");
      for (const line of entryLines)
        if (!line.test(entry)) wrong.push(`in the desktop's entry: ${String(line)}`);
      const types = words.find((word) => word.includes("/usr/share/mime/packages/"))?.split("=")[0];
      if (types === undefined || !readFileSync(types, "utf8").includes('pattern="*.sma-bundle"'))
        wrong.push("the type of bundles");
      if (!words.includes("server-migration-assistant-window")) wrong.push("a name of its own");
      return Promise.resolve(true);
    },
  });
  if (packed !== 2) wrong.push("a deb and an rpm");
  return [...wrong, ...checkUnpacked()];
}

/** What should be in the package and is not, or is not what its checksum says. */
function checkUnpacked(): string[] {
  const missing: string[] = [];
  const { listPackage } = require("@electron/asar") as {
    listPackage(archive: string, options: { isPack: boolean }): string[];
  };
  const archived = new Set(listPackage(join(resources, "app.asar"), { isPack: false }));
  for (const path of [
    "/dist/electron/main.mjs",
    "/dist/electron/engine.mjs",
    "/dist/electron/preload.cjs",
    "/dist/renderer/index.html",
    "/package.json",
  ])
    if (!archived.has(path)) missing.push(`app.asar${path}`);
  for (const path of archived) if (path.startsWith("/node_modules/")) missing.push(`nothing like ${path}`);
  for (const path of [
    "excludes/rsync_excludes_linux.txt",
    "os-matrix",
    "icons/256x256.png",
    "node/node",
    "runtime/intermediate/index.ts",
  ])
    if (!existsSync(join(resources, path))) missing.push(path);
  for (const folder of ["agents", "collectors"]) missing.push(...wrongChecksums(folder));
  return missing;
}

function wrongChecksums(folder: string): string[] {
  const list = join(resources, folder, "SHA256SUMS");
  if (!existsSync(list)) return [`${folder}/SHA256SUMS`];
  const lines = readFileSync(list, "utf8").trim().split("\n");
  return lines.flatMap((line) => {
    const [, sum = "", name = ""] = /^([0-9a-f]{64})\s+\*?(.+)$/.exec(line) ?? [];
    const path = join(resources, folder, name);
    const isRight =
      name !== "" &&
      existsSync(path) &&
      createHash("sha256").update(readFileSync(path)).digest("hex") === sum;
    return isRight ? [] : [`${folder}/${name}`];
  });
}
