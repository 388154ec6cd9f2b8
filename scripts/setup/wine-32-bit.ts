/**
 * The 32-bit wine of this machine's Debian, below the user's cache folder: its packages are fetched and unpacked, never
 * installed, so that the system needs no second architecture.
 * `node scripts/setup/wine-32-bit.ts`: exit codes 0 it is there, 1 it cannot be had.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "../cache-folder.ts";
import { BuildError, Steps, run, runOrFail } from "../agent/steps.ts";

/** wine itself needs no more of 32 bits than the C library (libc6-i386) to run programs without windows or sound. */
const packages = ["wine32", "libwine", "libz-mingw-w64"];

/** Changed whenever what is made of the packages changes. */
const recipe = 2;

/** The version of the wine that is installed for 64 bits; null without one. */
async function installedVersion(): Promise<string | null> {
  const asked = await run("dpkg-query", ["-W", "-f", "${Version}", "wine64"]);
  return asked.exitCode === 0 && asked.output !== "" ? asked.output : null;
}

/** Where the tree for this machine's wine is or would be; null where wine is not Debian's. */
export async function wine32BitFolder(environment: NodeJS.ProcessEnv): Promise<string | null> {
  const version = await installedVersion();
  if (version === null) return null;
  const key = createHash("sha256")
    .update(JSON.stringify([version, packages, recipe]))
    .digest("hex");
  return join(cacheFolder(environment), `wine-32-bit-${key.slice(0, 16)}`);
}

/** apt for 32 bits with a memory of its own; it reads this system's sources and keys, and changes nothing of it. */
async function aptConfiguration(folder: string): Promise<string> {
  const [state, cache] = [join(folder, "state"), join(folder, "cache")];
  for (const path of [join(state, "lists/partial"), join(cache, "archives/partial")])
    await mkdir(path, { recursive: true });
  await writeFile(join(folder, "status"), "");
  const path = join(folder, "apt.conf");
  const lines = [
    'APT::Architecture "i386";',
    'APT::Architectures { "i386"; };',
    `Dir::State "${state}";`,
    `Dir::State::status "${join(folder, "status")}";`,
    `Dir::Cache "${cache}";`,
    'Acquire::Languages "none";',
    // Nothing is installed, and the unprivileged user of apt's may not write below another's home.
    `APT::Sandbox::User "";`,
  ];
  await writeFile(path, `${lines.join("\n")}\n`);
  return path;
}

async function make(folder: string, version: string, steps: Steps): Promise<void> {
  const work = `${folder}.${randomBytes(6).toString("hex")}`;
  const tree = join(work, "tree");
  try {
    await mkdir(tree, { recursive: true });
    const env = { ...process.env, APT_CONFIG: await aptConfiguration(work) };
    const wanted = packages.map((name) => (name === "libz-mingw-w64" ? name : `${name}=${version}`));
    await steps.time("fetch wine for 32 bits", async () => {
      // A source without 32-bit packages fails here and is none of ours: what counts is whether these can be had.
      await run("apt-get", ["-q", "update"], { env });
      await runOrFail("fetching wine for 32 bits", "apt-get", ["-q", "download", ...wanted], {
        env,
        cwd: work,
      });
    });
    const archives = (await readdir(work)).filter((name) => name.endsWith(".deb"));
    await steps.time("unpack wine for 32 bits", async () => {
      for (const archive of archives)
        await runOrFail(`unpacking ${archive}`, "dpkg-deb", ["-x", join(work, archive), tree]);
      await finish(tree);
    });
    await rename(tree, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What the packages' installation would do, and the debugging information thrown away, which is three quarters. */
async function finish(tree: string): Promise<void> {
  const server = join(tree, "usr/lib/wine/wineserver");
  await rm(server, { force: true });
  await symlink("wineserver32", server);
  const libraries = join(tree, "usr/lib/i386-linux-gnu/wine/i386-windows");
  const zlib = await readFile(join(tree, "usr/i686-w64-mingw32/lib/zlib1.dll"));
  // In the place of "This program cannot be run in DOS mode": wine looks among its own libraries for no other.
  zlib.fill(0, 0x40, 0x60).write("Wine builtin DLL", 0x40, "latin1");
  await writeFile(join(libraries, "zlib1.dll"), zlib);
  const files = (await readdir(libraries)).map((name) => join(libraries, name));
  // Some are data and no programs, which it says and leaves alone.
  await run("i686-w64-mingw32-strip", ["--strip-unneeded", ...files]);
}

/** The folder with the tree (`usr/lib/wine/wine` and so on), made if need be. */
export async function provideWine32Bit(environment: NodeJS.ProcessEnv, steps: Steps): Promise<string> {
  const [folder, version] = [await wine32BitFolder(environment), await installedVersion()];
  if (folder === null || version === null) throw new BuildError("Debian's wine64 is not installed");
  if (!existsSync(folder)) {
    await mkdir(cacheFolder(environment), { recursive: true });
    await make(folder, version, steps);
  }
  return folder;
}

if (import.meta.main) {
  try {
    console.log(`wine for 32 bits: ${await provideWine32Bit(process.env, new Steps(false))}`);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
