import { createHash, randomBytes } from "node:crypto";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { libraryRecipes, type LibraryRecipe, type PinnedSource } from "./recipes.ts";
import { fetchSource, nothingToFetch } from "./source-archives.ts";
import type { Steps } from "./steps.ts";
import { runOrFail } from "./steps.ts";
import type { AgentTarget } from "./targets.ts";

/** A finished library: `include/` and `lib/` are below `folder`; `key` names its content. */
export interface BuiltLibrary {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly key: string;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function libraryAt(
  recipe: LibraryRecipe,
  source: PinnedSource,
  target: AgentTarget,
  cache: string,
): BuiltLibrary {
  const { name, compiler, opensslTarget, configureHost, cflags, startFiles } = target;
  const tools = { name, compiler, opensslTarget, configureHost, cflags, startFiles };
  const parts: unknown[] = [recipe.name, recipe.script, recipe.leaveOut, source.sha256, tools];
  if (recipe.knowsItsPlace === true) parts.push(cache);
  const key = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  const folder = join(
    cache,
    "libraries",
    `${recipe.name}-${source.version}-${target.name}-${key.slice(0, 16)}`,
  );
  return { name: recipe.name, version: source.version, folder, key };
}

async function build(
  recipe: LibraryRecipe,
  tarball: string,
  target: AgentTarget,
  library: BuiltLibrary,
  jobs: number,
): Promise<void> {
  const work = `${library.folder}.${randomBytes(6).toString("hex")}`;
  const source = join(work, "source");
  const out = join(work, "out");
  const scratch = join(work, "build");
  try {
    for (const folder of [source, out, scratch]) await mkdir(folder, { recursive: true });
    const leaveOut = recipe.leaveOut.map((pattern) => `--exclude=*/${pattern}`);
    const unpack = ["-xf", tarball, "-C", source, "--strip-components=1", "--anchored", ...leaveOut];
    await runOrFail(`unpacking ${recipe.name}`, "tar", unpack);
    await runOrFail(`building ${recipe.name}`, "sh", ["-ec", recipe.script], {
      cwd: scratch,
      env: {
        ...process.env,
        SOURCE: source,
        OUT: out,
        FINAL: library.folder,
        CC: target.compiler,
        AR: `${target.toolPrefix}ar`,
        RANLIB: `${target.toolPrefix}ranlib`,
        TOOL_PREFIX: target.toolPrefix,
        KERNEL_HEADERS: target.kernelHeaders,
        // Paths of the build folder stay out of the objects: the same sources give the same bytes.
        TARGET_CFLAGS: [...target.cflags, `-ffile-prefix-map=${work}=.`].join(" "),
        OPENSSL_TARGET: target.opensslTarget,
        CONFIGURE_HOST: target.configureHost,
        JOBS: String(jobs),
      },
    });
    // Of two builds at the same time the first to finish is kept.
    await rename(out, library.folder).catch(async (error: unknown) => {
      if (!(await exists(library.folder))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The library from the cache, or built from the first pinned source that can be had. */
export async function provideLibrary(
  recipe: LibraryRecipe,
  target: AgentTarget,
  options: {
    readonly cache: string;
    readonly mirrors: readonly string[];
    readonly jobs: number;
    readonly steps: Steps;
  },
): Promise<BuiltLibrary> {
  const { cache, mirrors, jobs, steps } = options;
  for (const source of recipe.sources) {
    const library = libraryAt(recipe, source, target, cache);
    if (await exists(library.folder)) return library;
  }
  for (const source of recipe.sources) {
    const what = `${recipe.name} ${source.version}`;
    const tarball = await steps.time(`fetch ${what}`, () => fetchSource(source, mirrors, cache));
    if (tarball === null) {
      steps.say(`  ${source.file} is not to be had, trying the next`);
      continue;
    }
    const library = libraryAt(recipe, source, target, cache);
    await steps.time(`build ${what}`, () => build(recipe, tarball, target, library, jobs));
    return library;
  }
  throw nothingToFetch(recipe, mirrors);
}

/**
 * The target with its C library made, and with the compiler that uses it. What is built with it then is kept apart by
 * that compiler's path, which has the C library's key in it.
 */
export async function withCLibrary(
  target: AgentTarget,
  options: Parameters<typeof provideLibrary>[2],
): Promise<AgentTarget> {
  if (target.cLibrary === null) return target;
  const { folder } = await provideLibrary(libraryRecipes[target.cLibrary], target, options);
  return { ...target, compiler: join(folder, "bin/musl-gcc"), startFiles: join(folder, "lib") };
}
