/** The files that run without npm: sources (Node runs TypeScript), the packages they need, built screens, resources. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const project = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly dev?: boolean; readonly optional?: boolean; readonly devOptional?: boolean }>
  >;
}

/** Folders of the packages that are needed at run time, below the project. */
export function runtimePackages(): string[] {
  const lock = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8")) as Lockfile;
  return Object.entries(lock.packages)
    .filter(([path, { dev, optional, devOptional }]) => path !== "" && !dev && !optional && !devOptional)
    .map(([path]) => path);
}

/** Copies the parts below `directory`, which is made anew. */
export function layOut(directory: string, parts: readonly string[]): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const part of [...parts, ...runtimePackages(), "package.json", "LICENSE", "NOTICE"]) {
    const from = join(project, part);
    if (!existsSync(from)) continue;
    cpSync(from, join(directory, part), {
      recursive: true,
      // Type declarations, maps, other projects' tests and the settings of their tools are dead weight.
      filter: (path) =>
        !/(\.d\.[cm]?ts|\.map|\.md)$|\/(test|tests|example|examples|\.[^/]+)$/.test(relative(project, path)),
    });
  }
}

/** Writes SHA256SUMS beside the files of a folder, as `sha256sum -c` reads it. */
export function writeChecksums(directory: string): void {
  if (!existsSync(directory)) return;
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "SHA256SUMS")
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const lines = files.map((file) => {
    const sum = createHash("sha256").update(readFileSync(file)).digest("hex");
    return `${sum}  ${relative(directory, file)}\n`;
  });
  writeFileSync(join(directory, "SHA256SUMS"), lines.join(""));
}
