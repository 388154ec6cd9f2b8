/**
 * Builds inspect with sanitizers for the tests: the program that reports and walks, the C tests, the mutator and the
 * fuzzer. libblkid comes from the agent's own recipe, built with AddressSanitizer once per user's cache.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, readFile, readdir, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { BuiltLibrary } from "../../../../scripts/agent/libraries.ts";
import { cacheFolder, provideLibrary } from "../../../../scripts/agent/libraries.ts";
import { mirrorBases } from "../../../../scripts/agent/mirrors.ts";
import { libraryRecipes } from "../../../../scripts/agent/recipes.ts";
import { Steps } from "../../../../scripts/agent/steps.ts";
import { linuxX8664, type AgentTarget } from "../../../../scripts/agent/targets.ts";

const runProgram = promisify(execFile);
const root = join(import.meta.dirname, "../../../..");

const sanitizedHost: AgentTarget = {
  ...linuxX8664,
  name: "host-address-sanitizer",
  compiler: "clang",
  configureHost: "x86_64-linux-gnu",
  cflags: ["-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address"],
  startFiles: "",
};

const ownFlags = [
  ...["-std=c99", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wshadow", "-Wvla", "-Wformat=2"],
  ...[
    "-O1",
    "-g",
    "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined,fuzzer-no-link",
    "-fno-sanitize-recover=undefined",
  ],
];

/** What is built; each has its main in agent/tests/inspect. */
const programs = {
  program: { mains: ["inspect/program.c"], linkFlags: [] },
  tests: { mains: ["inspect/inspect_test.c", "inspect/ldm_test.c", "check.c"], linkFlags: [] },
  mutate: { mains: ["inspect/mutate.c"], linkFlags: [] },
  fuzz: { mains: ["inspect/fuzz_inspect.c"], linkFlags: ["-fsanitize=fuzzer"] },
} as const;
export type ProgramName = keyof typeof programs;

async function filesIn(folder: string, ending: string): Promise<string[]> {
  const names = await readdir(join(root, "agent", folder));
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(root, "agent", folder, name));
}

/** Everything of fs/ and inspect/ that needs nothing of the rest of the agent, and the system's maps. */
async function sources(): Promise<string[]> {
  const maps = join(root, "agent/used/system_map.c");
  const own = ["inspect.c", "disk_reader.c"].map((name) => join(root, "agent/inspect", name));
  const all = [...(await filesIn("fs", ".c")), ...(await filesIn("inspect", ".c"))];
  return [maps, ...all.filter((file) => !own.includes(file) && !file.endsWith("_windows.c"))];
}

async function keyOf(parts: readonly string[], files: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(parts));
  for (const file of files) hash.update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}

interface Tree {
  readonly library: BuiltLibrary;
  readonly headers: readonly string[];
  readonly folder: string;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Runs `make` with a temporary path and moves the result into place, unless it is there already. */
async function once(output: string, make: (partial: string) => Promise<unknown>): Promise<string> {
  if (await exists(output)) return output;
  await mkdir(dirname(output), { recursive: true });
  const partial = `${output}.${process.pid}`;
  await make(partial);
  await rename(partial, output);
  return output;
}

async function prepareTree(): Promise<Tree> {
  const library = await provideLibrary(libraryRecipes.blkid, sanitizedHost, {
    cache: cacheFolder(process.env),
    mirrors: await mirrorBases(process.env),
    jobs: 2,
    steps: new Steps(true),
  });
  const folders = await Promise.all(["fs", "inspect", "used", "tests"].map((name) => filesIn(name, ".h")));
  return { library, headers: folders.flat(), folder: join(root, "dist/inspect-tests") };
}

/** The object of one source, compiled when it or a header has changed. */
async function compile(tree: Tree, source: string): Promise<string> {
  const key = await keyOf([tree.library.key, ...ownFlags], [source, ...tree.headers]);
  const output = join(tree.folder, `${basename(source, ".c")}-${key}.o`);
  const include = ["-isystem", join(tree.library.folder, "include")];
  return once(output, (partial) =>
    runProgram("clang", [...ownFlags, ...include, "-c", source, "-o", partial]),
  );
}

/** The path of a program, built when its sources have changed. */
export async function buildInspectProgram(name: ProgramName): Promise<string> {
  const tree = await prepareTree();
  const { mains, linkFlags } = programs[name];
  const queue = [...(await sources()), ...mains.map((file) => join(root, "agent/tests", file))];
  const objects: string[] = [];
  const worker = async (): Promise<void> => {
    for (let source = queue.shift(); source !== undefined; source = queue.shift()) {
      objects.push(await compile(tree, source));
    }
  };
  await Promise.all([worker(), worker()]);
  objects.sort();
  const output = join(tree.folder, `${name}-${await keyOf([...objects, ...linkFlags], [])}`);
  const library = join(tree.library.folder, "lib/libblkid.a");
  return once(output, (partial) =>
    runProgram("clang", [...ownFlags, ...linkFlags, ...objects, library, "-o", partial]),
  );
}
