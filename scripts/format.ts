/** Formats everything, or with --check says what is not formatted. */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = join(dirname(fileURLToPath(import.meta.url)), "..");
const formatter = join(project, "node_modules", "prettier", "bin", "prettier.cjs");
const mode = process.argv.includes("--check") ? "--check" : "--write";
const { status } = spawnSync(process.execPath, [formatter, mode, "--log-level", "warn", "."], {
  cwd: project,
  stdio: "inherit",
});
process.exit(status ?? 1);
