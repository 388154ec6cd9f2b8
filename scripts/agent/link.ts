/** How the agent becomes one static program on each operating system. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BuiltLibrary } from "./libraries.ts";
import type { LibraryName } from "./recipes.ts";
import { runOrFail } from "./steps.ts";
import type { AgentTarget } from "./targets.ts";

/** Windows has no libblkid: agent/inspect/signature_windows.c knows what Windows can have on its disks. */
export function agentLibraries(os: AgentTarget["os"], inspect: readonly LibraryName[]): LibraryName[] {
  return ["openssl", "zstd", ...inspect.filter((name) => os === "linux" || name !== "blkid")];
}

/**
 * Where the linker finds a library. 64-bit Windows has tables for unwinding, which name every function, so that the
 * linker would keep them all: the libraries go without, for nothing ever unwinds through them.
 */
async function libraryFolder(target: AgentTarget, library: BuiltLibrary): Promise<string> {
  const folder = join(library.folder, "lib");
  if (target.name !== "windows-x86_64") return folder;
  const lean = join(library.folder, "lib-lean");
  if (existsSync(lean)) return lean;
  const partial = await mkdtemp(`${lean}.`);
  for (const file of await readdir(folder)) {
    const remove = ["--wildcard", "-R", ".pdata*", "-R", ".xdata*"];
    await runOrFail(`trimming ${file}`, `${target.toolPrefix}objcopy`, [
      ...[...remove, join(folder, file), join(partial, file)],
    ]);
  }
  await rename(partial, lean).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true });
    if (!existsSync(lean)) throw error;
  });
  return lean;
}

/** The linker's arguments, through the compiler. */
export async function linkerFlags(
  target: AgentTarget,
  objects: readonly string[],
  libraries: readonly BuiltLibrary[],
  output: string,
): Promise<string[]> {
  const folders: string[] = [];
  for (const library of libraries) folders.push(await libraryFolder(target, library));
  const inputs = [
    ...objects,
    ...folders.map((folder) => `-L${folder}`),
    ...libraries.flatMap((library) =>
      library.name === "openssl" ? ["-lssl", "-lcrypto"] : [`-l${library.name}`],
    ),
  ];
  const lean = ["-Wl,--gc-sections", "-Wl,-s", "-o", output];
  if (target.os === "windows") {
    return [
      // 5.2 is Server 2003: its loader refuses programs that ask for more.
      ...[
        "-static",
        "-fstack-protector-strong",
        "-Wl,--subsystem,console:5.2",
        "-Wl,--major-os-version,5,--minor-os-version,2",
      ],
      ...["-Wl,--no-insert-timestamp", ...lean, ...inputs],
      ...["-lws2_32", "-ladvapi32", "-lole32", "-lcrypt32"],
    ];
  }
  const start = (name: string): string => join(target.startFiles, name);
  const compilerFile = async (name: string): Promise<string> =>
    (await runOrFail("asking the compiler", target.gcc, [`-print-file-name=${name}`])).trim();
  return [
    ...["-static", "-nostartfiles", "-Wl,-pie,--no-dynamic-linker,-z,text,-z,relro,-z,now,-z,noexecstack"],
    ...["-Wl,--build-id=none", ...lean],
    ...[start("rcrt1.o"), start("crti.o"), await compilerFile("crtbeginS.o")],
    ...inputs,
    ...[await compilerFile("crtendS.o"), start("crtn.o")],
  ];
}
