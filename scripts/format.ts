/**
 * Formats everything, or with --check says what is not formatted. Files that were found well formatted once, by their
 * content, are not looked at again: the user's cache directory keeps their hashes.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "./cache-folder.ts";

const project = join(dirname(fileURLToPath(import.meta.url)), "..");
const formatter = join(project, "node_modules", "prettier", "bin", "prettier.cjs");
const mode = process.argv.includes("--check") ? "--check" : "--write";

const read = (file: string): string => readFileSync(join(project, file), "utf8");
const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  cwd: project,
  encoding: "utf8",
});
const files = [...new Set(listed.split("\0"))].filter(
  (file) => file !== "" && existsSync(join(project, file)),
);

/** What decides how a file is formatted, besides the file. */
const rules = [
  "node_modules/prettier/package.json",
  ...files.filter((file) => /(^|\/)\.(prettier|editorconfig)/.test(file)),
]
  .map(read)
  .join("\0");
const keyOf = (file: string): string =>
  createHash("sha256")
    .update(`${rules}\0${file}\0${read(file)}`)
    .digest("hex");

const folder = cacheFolder(process.env);
const place = join(folder, "well-formatted");
const known = new Set(existsSync(place) ? readFileSync(place, "utf8").split("\n") : []);
const pending = files.filter((file) => !known.has(keyOf(file)));
if (pending.length === 0) process.exit(0);

const { status } = spawnSync(
  process.execPath,
  [formatter, mode, "--log-level", "warn", "--ignore-unknown", ...pending],
  { cwd: project, stdio: "inherit" },
);
if (status === 0) {
  // The newest last; what a dozen versions of the project ago was well formatted need not be remembered.
  const remembered = [...known, ...pending.map(keyOf)].filter((key) => key !== "").slice(-20_000);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${place}.${process.pid}`, `${remembered.join("\n")}\n`);
  renameSync(`${place}.${process.pid}`, place);
}
process.exit(status ?? 1);
