/**
 * Builds inspect with sanitizers for the tests: the program that reports and walks, the C tests, the mutator and the
 * fuzzer. libblkid comes from the agent's own recipe, built with AddressSanitizer once per user's cache.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, readFile, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder, provideLibrary } from "../../../../scripts/agent/libraries.ts";
import { mirrorBases } from "../../../../scripts/agent/mirrors.ts";
import type { AgentTarget } from "../../../../scripts/agent/recipes.ts";
import { libraryRecipes } from "../../../../scripts/agent/recipes.ts";
import { Steps } from "../../../../scripts/agent/steps.ts";

const runProgram = promisify(execFile);
const root = join(import.meta.dirname, "../../../..");

const sanitizedHost: AgentTarget = {
  name: "host-address-sanitizer",
  compiler: "clang",
  opensslTarget: "linux-x86_64",
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
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined",
  ],
];

/** What is built; each has its main in agent/tests/inspect. */
const programs = {
  program: { sources: ["inspect/program.c"], extraFlags: [] },
  tests: { sources: ["inspect/inspect_test.c", "check.c"], extraFlags: [] },
  mutate: { sources: ["inspect/mutate.c"], extraFlags: [] },
  fuzz: { sources: ["inspect/fuzz_inspect.c"], extraFlags: ["-fsanitize=fuzzer"] },
} as const;
export type ProgramName = keyof typeof programs;

async function filesIn(folder: string, ending: string): Promise<string[]> {
  const names = await readdir(join(root, "agent", folder));
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(root, "agent", folder, name));
}

/** Everything of fs/ and inspect/ that needs nothing of the rest of the agent. */
async function sources(): Promise<string[]> {
  const own = ["inspect.c", "disk_reader.c"].map((name) => join(root, "agent/inspect", name));
  const all = [...(await filesIn("fs", ".c")), ...(await filesIn("inspect", ".c"))];
  return all.filter((file) => !own.includes(file));
}

async function keyOf(parts: readonly string[], files: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(parts));
  for (const file of files) hash.update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}

/** The path of a program, built when its sources have changed. */
export async function buildInspectProgram(name: ProgramName): Promise<string> {
  const cache = cacheFolder(process.env);
  const library = await provideLibrary(libraryRecipes.blkid, sanitizedHost, {
    cache,
    mirrors: await mirrorBases(process.env),
    jobs: 2,
    steps: new Steps(true),
  });
  const { sources: mains, extraFlags } = programs[name];
  const code = [...(await sources()), ...mains.map((file) => join(root, "agent/tests", file))];
  const headers = [
    ...(await filesIn("fs", ".h")),
    ...(await filesIn("inspect", ".h")),
    ...(await filesIn("tests", ".h")),
  ];
  const folder = join(root, "dist/inspect-tests");
  const output = join(
    folder,
    `${name}-${await keyOf([library.key, ...ownFlags, ...extraFlags], [...code, ...headers])}`,
  );
  const isThere = await access(output).then(
    () => true,
    () => false,
  );
  if (isThere) return output;
  await mkdir(folder, { recursive: true });
  const partial = `${output}.${process.pid}`;
  await runProgram(
    "clang",
    [
      ...ownFlags,
      ...extraFlags,
      ...[
        "-isystem",
        join(library.folder, "include"),
        ...code,
        join(library.folder, "lib/libblkid.a"),
        "-o",
        partial,
      ],
    ],
    { maxBuffer: 16 * 1024 * 1024 },
  );
  await rename(partial, output);
  return output;
}
