import { randomBytes } from "node:crypto";
import { access, chmod, mkdir, readFile, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BuiltLibrary } from "./libraries.ts";
import { agentLibraries, linkerFlags } from "./link.ts";
import { compile, link } from "./objects.ts";
import type { LibraryName } from "./recipes.ts";
import { signProgram, type Signer } from "./sign.ts";
import { BuildError, runOrFail } from "./steps.ts";
import type { AgentTarget } from "./targets.ts";

/** Warnings are errors; the rest hardens. Shared with the sanitizer builds of the tests in spirit, not in flags. */
const strictFlags = [
  "-std=c99",
  "-D_GNU_SOURCE",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-Wshadow",
  "-Wvla",
  "-Wformat=2",
];

/** Without the parts of windows.h whose names would clash with the agent's. */
const ownFlags = { linux: [], windows: ["-DWIN32_LEAN_AND_MEAN"] } as const;

export interface AgentSources {
  /** Files to compile. */
  readonly sources: readonly string[];
  /** Files that any of them may include. */
  readonly headers: readonly string[];
  readonly defines: readonly string[];
  readonly libraries: readonly LibraryName[];
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.sort().map((name) => join(folder, name));
}

/** What agent/inspect/build.json says: folders (from the repository's root) and libraries that `inspect` needs. */
interface InspectBuild {
  readonly sources: readonly string[];
  readonly libraries: readonly LibraryName[];
}

/** Null as long as there is no inspect.h: the command `inspect` then says that it is not built in. */
async function readInspectBuild(agentFolder: string): Promise<InspectBuild | null> {
  const folder = join(agentFolder, "inspect");
  if (!(await exists(join(folder, "inspect.h")))) return null;
  return JSON.parse(await readFile(join(folder, "build.json"), "utf8")) as InspectBuild;
}

/** What a file is for, by the end of its name; all others are for every system. */
const otherSystems = { linux: /_windows\.c$/, windows: /_(linux|posix|blkid)\.c$/ } as const;

/** The agent's sources below `root`/agent for the target's operating system. */
export async function findAgentSources(root: string, os: AgentTarget["os"]): Promise<AgentSources> {
  const agentFolder = join(root, "agent");
  const inspect = await readInspectBuild(agentFolder);
  const folders = [agentFolder, ...(inspect?.sources ?? []).map((folder) => join(root, folder))];
  const all = (await Promise.all(folders.map(filesIn))).flat();
  return {
    sources: all.filter((file) => file.endsWith(".c") && !otherSystems[os].test(file)),
    headers: all.filter((file) => file.endsWith(".h")),
    defines: inspect === null ? [] : ["-DSMA_WITH_INSPECT"],
    libraries: agentLibraries(os, inspect?.libraries ?? []),
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Compiles and links the agent into `output`, atomically; what has been compiled before comes from the cache. Returns
 * true where `output` was not so already.
 */
export async function compileAgent(options: {
  readonly target: AgentTarget;
  readonly agent: AgentSources;
  readonly libraries: readonly BuiltLibrary[];
  readonly version: string;
  readonly output: string;
  readonly jobs: number;
  /** Who signs programs for Windows; null for nobody. */
  readonly signer: Signer | null;
}): Promise<boolean> {
  const { target, agent, libraries, output } = options;
  const flags = [
    ...strictFlags,
    ...ownFlags[target.os],
    ...target.cflags,
    ...agent.defines,
    `-DSMA_VERSION="${options.version}"`,
    `-DSMA_PLATFORM="${target.name}"`,
    ...libraries.flatMap((library) => ["-isystem", join(library.folder, "include")]),
  ];
  const inputs = [target.name, ...libraries.map((library) => library.key)];
  const compilation = { compiler: target.compiler, flags, headers: agent.headers, inputs };
  const objects = await compile(agent.sources, compilation, options.jobs);
  const linked = await link("sma-agent", target.compiler, inputs, (path) =>
    linkerFlags(target, objects, libraries, path),
  );

  const signer = target.os === "windows" ? options.signer : null;
  const finished = signer === null ? linked : await signProgram(linked, signer);
  if ((await exists(output)) && (await readFile(finished)).equals(await readFile(output))) return false;
  await mkdir(join(output, ".."), { recursive: true });
  const partial = `${output}.${randomBytes(4).toString("hex")}`;
  await runOrFail("installing the agent", "cp", [finished, partial]);
  await chmod(partial, 0o755);
  await rename(partial, output);
  return true;
}

/** Largest agent that may be pushed to a source. */
export const agentSizeLimitBytes = 6 * 1024 * 1024;

/** The size in bytes of a finished agent; more than the limit is a failure. */
export async function checkSize(output: string): Promise<number> {
  const { size } = await stat(output);
  if (size > agentSizeLimitBytes) {
    throw new BuildError(
      `${output} has ${size} bytes, more than the ${agentSizeLimitBytes} that an agent may have`,
    );
  }
  return size;
}
