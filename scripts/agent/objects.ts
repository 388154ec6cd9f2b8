/**
 * What compilers and linkers make of C sources, kept in the user's cache under the hash of everything that goes into it:
 * a fresh clone compiles only what no other has compiled before.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import { cacheFolder } from "../cache-folder.ts";
import { run, runOrFail } from "./steps.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(cacheFolder(process.env), "objects");
const keptMs = 14 * 24 * 3_600_000;

/** A compiler with its flags; each source is compiled on its own. */
export interface Compilation {
  readonly compiler: string;
  readonly flags: readonly string[];
  /** Files that any of the sources may include. */
  readonly headers: readonly string[];
  /** What the flags only name, such as the keys of libraries. */
  readonly inputs: readonly string[];
}

/** Runs `act` over all items, `width` at a time; the results are in the items' order. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const queue = [...items.entries()];
  const results = new Map<number, R>();
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, item] = next;
      results.set(index, await act(item));
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return items.map((_, index) => results.get(index) as R);
}

/** Objects of the sources, in their order. Throws a BuildError with the compiler's last lines. */
export async function compile(
  sources: readonly string[],
  compilation: Compilation,
  jobs: number,
): Promise<string[]> {
  const { compiler, headers, inputs } = compilation;
  // The same object wherever the checkout lies.
  const flags = [...compilation.flags, `-ffile-prefix-map=${root}/=`];
  const base = await keyOf([await versionOf(compiler), ...compilation.flags, ...inputs], headers);
  return inParallel(sources, jobs, async (source) => {
    const name = `${basename(source, ".c")}-${await keyOf([base], [source])}.o`;
    return once(name, (partial) =>
      runOrFail(`compiling ${basename(source)}`, compiler, [...flags, "-c", source, "-o", partial]),
    );
  });
}

/**
 * Links into a file whose name begins with `name`; `flags` gives all arguments, for a path to write to. Throws a
 * BuildError with the linker's last lines.
 */
export async function link(
  name: string,
  linker: string,
  inputs: readonly string[],
  flags: (output: string) => Promise<readonly string[]> | readonly string[],
): Promise<string> {
  // The flags name objects and libraries by paths that carry their keys.
  const key = await keyOf([await versionOf(linker), ...inputs, ...(await flags("output"))], []);
  return once(`${name}-${key}`, async (partial) =>
    runOrFail(`linking ${name}`, linker, await flags(partial)),
  );
}

/** Drops what nobody has used for two weeks. */
export async function pruneObjects(): Promise<void> {
  for (const name of await readdir(folder).catch((): string[] => [])) {
    const path = join(folder, name);
    const used = await stat(path).catch(() => null);
    if (used !== null && Date.now() - used.mtimeMs > keptMs) await rm(path, { force: true });
  }
}

/** The file of that name; made by `make` under another name and moved into its place, unless it is there already. */
async function once(name: string, make: (partial: string) => Promise<unknown>): Promise<string> {
  const path = join(folder, name);
  const now = new Date();
  if (
    await utimes(path, now, now).then(
      () => true,
      () => false,
    )
  )
    return path;
  await mkdir(folder, { recursive: true });
  const partial = `${path}.${randomBytes(4).toString("hex")}`;
  try {
    await make(partial);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
  return path;
}

async function keyOf(parts: readonly string[], files: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(parts));
  for (const file of files) hash.update(`\n${basename(file)}\n`).update(await readFile(file));
  return hash.digest("hex").slice(0, 24);
}

const versions = new Map<string, Promise<string>>();

function versionOf(compiler: string): Promise<string> {
  const known = versions.get(compiler) ?? run(compiler, ["--version"]).then(({ output }) => output);
  versions.set(compiler, known);
  return known;
}
