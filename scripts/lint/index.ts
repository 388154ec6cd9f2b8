/** The project's conventions as checks. Prints `file:line: what` for each violation; exit code 1 where there is any. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { checkImports } from "./imports.ts";

const project = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: project,
  encoding: "utf8",
});
const files = listed.split("\n").filter((file) => file !== "");

interface LineRule {
  readonly applies: RegExp;
  readonly pattern: RegExp;
  readonly what: string;
}

const lineRules: readonly LineRule[] = [
  { applies: /\.tsx?$/, pattern: /^export default /, what: "no default exports" },
  { applies: /\.tsx?$/, pattern: /@ts-(ignore|expect-error|nocheck)/, what: "no compiler silencing" },
  { applies: /\.tsx?$/, pattern: /(:|<|as) ?any\b(?! )/, what: "no any" },
  { applies: /\.(tsx?|c|h|sh)$/, pattern: /\b(TODO|FIXME|XXX)\b/, what: "finish it or file an issue" },
  { applies: /^(main|intermediate)\/.*\.ts$/, pattern: /shell: true/, what: "no shell strings" },
  {
    applies: /^agent\/.*\.[ch]$/,
    pattern: /\b(strcpy|strcat|sprintf|strncpy|gets|alloca)\(/,
    what: "unbounded or misleading string function",
  },
];

/** Config files must be what their tools expect. */
const mayExportDefault = new Set(["vitest.config.ts", "vite.config.ts"]);
const longestFile = 600;
const problems: string[] = [];

for (const file of files) {
  const name = basename(file);
  if (/\.(ts|tsx|mjs|c|h|sh|ps1|vbs)$/.test(file) && !/^[a-z0-9]+([-_.][a-z0-9]+)*$/.test(name)) {
    problems.push(`${file}: file names are kebab-case`);
  }
  if (/(^|\/)(utils?|helpers?|misc)(\.[a-z]+|\/)/.test(file))
    problems.push(`${file}: name it for what it does`);
  if (!/\.(tsx?|mjs|c|h|sh)$/.test(file) || file.startsWith("scripts/lint/")) continue;

  const text = readFileSync(join(project, file), "utf8");
  const lines = text.split("\n");
  if (lines.length > longestFile)
    problems.push(`${file}: ${lines.length} lines; split it where it holds two ideas`);
  for (const { applies, pattern, what } of lineRules) {
    if (!applies.test(file) || mayExportDefault.has(name)) continue;
    lines.forEach((line, index) => {
      if (pattern.test(line)) problems.push(`${file}:${index + 1}: ${what}`);
    });
  }
  if (/\.tsx?$/.test(file)) problems.push(...checkImports(posix.normalize(file), text));
}

for (const problem of problems) process.stdout.write(`${problem}\n`);
process.stdout.write(
  problems.length === 0
    ? `lint: ${files.length} files, nothing found\n`
    : `lint: ${problems.length} problem(s)\n`,
);
process.exit(problems.length === 0 ? 0 : 1);
