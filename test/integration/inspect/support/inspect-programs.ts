/**
 * Builds inspect with sanitizers for the tests: the program that reports and walks, the C tests, the mutator and the
 * fuzzer. libblkid comes from the agent's own recipe, built with AddressSanitizer once per user's cache.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { BuiltLibrary } from "../../../../scripts/agent/libraries.ts";
import { provideLibrary } from "../../../../scripts/agent/libraries.ts";
import { cacheFolder } from "../../../../scripts/cache-folder.ts";
import { mirrorBases } from "../../../../scripts/agent/mirrors.ts";
import { compile, link } from "../../../../scripts/agent/objects.ts";
import { libraryRecipes } from "../../../../scripts/agent/recipes.ts";
import { Steps } from "../../../../scripts/agent/steps.ts";
import { linuxX8664, type AgentTarget } from "../../../../scripts/agent/targets.ts";

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

/** Lets what is changed at random come through checksums, or it would all be refused at the door. */
const everySumIsRight = ["-DSMA_EVERY_SUM_IS_RIGHT"];

/** What is built; each has its main in agent/tests/inspect. */
const programs = {
  program: { mains: ["inspect/program.c"], flags: [], linkFlags: [] },
  tests: {
    mains: ["inspect/inspect_test.c", "inspect/ldm_test.c", "inspect/sums_test.c", "check.c"],
    flags: [],
    linkFlags: [],
  },
  mutate: { mains: ["inspect/mutate.c", "inspect/patched_image.c"], flags: everySumIsRight, linkFlags: [] },
  "mutate-sums": { mains: ["inspect/mutate.c", "inspect/patched_image.c"], flags: [], linkFlags: [] },
  fuzz: { mains: ["inspect/fuzz_inspect.c"], flags: everySumIsRight, linkFlags: ["-fsanitize=fuzzer"] },
  "fuzz-patches": {
    mains: ["inspect/fuzz_patches.c", "inspect/patched_image.c"],
    flags: everySumIsRight,
    linkFlags: ["-fsanitize=fuzzer"],
  },
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

interface Tree {
  readonly library: BuiltLibrary;
  readonly headers: readonly string[];
}

async function prepareTree(): Promise<Tree> {
  const library = await provideLibrary(libraryRecipes.blkid, sanitizedHost, {
    cache: cacheFolder(process.env),
    mirrors: await mirrorBases(process.env),
    jobs: 2,
    steps: new Steps(true),
  });
  const folders = await Promise.all(
    ["fs", "inspect", "used", "tests", "tests/inspect"].map((name) => filesIn(name, ".h")),
  );
  return { library, headers: folders.flat() };
}

/** The path of a program, built when its sources have changed. */
export async function buildInspectProgram(name: ProgramName): Promise<string> {
  const { library, headers } = await prepareTree();
  const { mains, flags: particular, linkFlags } = programs[name];
  const flags = [...ownFlags, ...particular, "-isystem", join(library.folder, "include")];
  const compilation = { compiler: "clang", flags, headers, inputs: [library.key] };
  const all = [...(await sources()), ...mains.map((file) => join(root, "agent/tests", file))];
  const objects = await compile(all, compilation, 2);
  const archive = join(library.folder, "lib/libblkid.a");
  return link(`inspect-${name}`, "clang", [library.key], (output) => [
    ...[...ownFlags, ...linkFlags, ...objects, archive, "-o", output],
  ]);
}
