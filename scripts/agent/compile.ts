import { createHash, randomBytes } from "node:crypto";
import { access, chmod, mkdir, readFile, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BuiltLibrary } from "./libraries.ts";
import { agentLibraries, linkerFlags } from "./link.ts";
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

async function hashOf(parts: readonly string[], files: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(parts));
  for (const file of files) hash.update(`\n${basename(file)}\n`).update(await readFile(file));
  return hash.digest("hex");
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Runs `act` over all items, `width` at a time. */
async function inParallel<T>(
  items: readonly T[],
  width: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/**
 * Compiles and links the agent into `output`, atomically. Objects and the finished program are kept in `objectFolder`
 * under the hash of everything that went into them. Returns true when anything had to be built.
 */
export async function compileAgent(options: {
  readonly target: AgentTarget;
  readonly agent: AgentSources;
  readonly libraries: readonly BuiltLibrary[];
  readonly version: string;
  readonly objectFolder: string;
  readonly output: string;
  readonly jobs: number;
  /** Who signs programs for Windows; null for nobody. */
  readonly signer: Signer | null;
}): Promise<boolean> {
  const { target, agent, libraries, objectFolder, output } = options;
  await mkdir(objectFolder, { recursive: true });
  const flags = [
    ...strictFlags,
    ...ownFlags[target.os],
    ...target.cflags,
    ...agent.defines,
    `-DSMA_VERSION="${options.version}"`,
    `-DSMA_PLATFORM="${target.name}"`,
    ...libraries.flatMap((library) => ["-isystem", join(library.folder, "include")]),
  ];
  const base = await hashOf(
    [target.compiler, ...flags, ...libraries.map((library) => library.key)],
    agent.headers,
  );

  const objects: string[] = [];
  let built = false;
  await inParallel(agent.sources, options.jobs, async (source) => {
    const key = await hashOf([base], [source]);
    const object = join(
      objectFolder,
      `${basename(join(source, ".."))}-${basename(source, ".c")}-${key.slice(0, 16)}.o`,
    );
    objects.push(object);
    if (await exists(object)) return;
    built = true;
    const partial = `${object}.${randomBytes(4).toString("hex")}`;
    await runOrFail(`compiling ${basename(source)}`, target.compiler, [
      ...flags,
      "-c",
      source,
      "-o",
      partial,
    ]);
    await rename(partial, object);
  });
  objects.sort();

  const linked = join(objectFolder, `sma-agent-${(await hashOf([base, ...objects], [])).slice(0, 16)}`);
  if (!(await exists(linked))) {
    built = true;
    const partial = `${linked}.${randomBytes(4).toString("hex")}`;
    await runOrFail(
      "linking the agent",
      target.compiler,
      await linkerFlags(target, objects, libraries, objectFolder, partial),
    );
    await rename(partial, linked);
  }

  const signer = target.os === "windows" ? options.signer : null;
  const finished = signer === null ? linked : await signProgram(linked, signer);
  const content = await readFile(finished);
  if (!built && (await exists(output)) && content.equals(await readFile(output))) return false;
  await mkdir(join(output, ".."), { recursive: true });
  const partial = `${output}.${randomBytes(4).toString("hex")}`;
  await runOrFail("installing the agent", "cp", [finished, partial]);
  await chmod(partial, 0o755);
  await rename(partial, output);
  return true;
}

/** Drops objects that today's sources no longer make, once there are many. */
export async function pruneObjects(objectFolder: string, keep = 200): Promise<void> {
  const files = await Promise.all(
    (await filesIn(objectFolder)).map(async (file) => ({ file, time: (await stat(file)).mtimeMs })),
  );
  files.sort((a, b) => b.time - a.time);
  for (const { file } of files.slice(keep)) await rm(file, { force: true, recursive: true });
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
