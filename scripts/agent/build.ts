/**
 * Builds the agent: `node scripts/agent/build.ts [--quiet]`.
 * Exit codes: 0 built or up to date, 1 a step failed, 2 wrong arguments.
 */
import { access, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkSize, compileAgent, findAgentSources, pruneObjects } from "./compile.ts";
import { cacheFolder, provideLibrary } from "./libraries.ts";
import { mirrorBases } from "./mirrors.ts";
import type { AgentTarget } from "./recipes.ts";
import { libraryRecipes, linuxX8664 } from "./recipes.ts";
import { BuildError, Steps, run } from "./steps.ts";

const root = join(import.meta.dirname, "../..");

/** Debian packages that a build needs, by the program that shows that they are there. */
const toolPackages: readonly (readonly [program: string, args: readonly string[], debianPackage: string])[] =
  [
    ["musl-gcc", ["--version"], "musl-tools"],
    ["gcc", ["--version"], "gcc"],
    ["ar", ["--version"], "binutils"],
    ["make", ["--version"], "make"],
    ["perl", ["-MIPC::Cmd", "-MFindBin", "-MFile::Compare", "-e", "1"], "perl"],
    ["tar", ["--version"], "tar"],
    ["xz", ["--version"], "xz-utils"],
  ];

async function checkTools(target: AgentTarget): Promise<void> {
  const missing = new Set<string>();
  for (const [program, args, debianPackage] of toolPackages) {
    if ((await run(program, args)).exitCode !== 0) missing.add(debianPackage);
  }
  await access(join(target.startFiles, "rcrt1.o")).catch(() => missing.add("musl-dev"));
  await access("/usr/include/linux/fs.h").catch(() => missing.add("linux-libc-dev"));
  if (missing.size === 0) return;
  throw new BuildError(
    `the agent's build needs tools that are not here; install them with:\n` +
      `  apt-get install -y --no-install-recommends ${[...missing].join(" ")}`,
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quiet: { type: "boolean", default: false } } });
  const steps = new Steps(values.quiet);
  const target = linuxX8664;
  const start = performance.now();
  steps.say(`agent ${target.name}`);
  await checkTools(target);

  const agent = await findAgentSources(root, "linux");
  const jobs = Math.max(1, Math.min(availableParallelism(), 8));
  const cache = cacheFolder(process.env);
  const mirrors = await mirrorBases(process.env);
  const libraries = [];
  for (const name of agent.libraries) {
    libraries.push(await provideLibrary(libraryRecipes[name], target, { cache, mirrors, jobs, steps }));
  }

  const packageText = await readFile(join(root, "package.json"), "utf8");
  const { version } = JSON.parse(packageText) as { version: string };
  const objectFolder = join(root, "dist/agent", target.name);
  const output = join(root, "resources/agents", target.name, "sma-agent");
  const built = await compileAgent({ target, agent, libraries, version, objectFolder, output, jobs });
  const size = await checkSize(output);
  await pruneObjects(objectFolder);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const list = libraries.map((library) => `${library.name} ${library.version}`).join(", ");
  steps.say(
    `${built ? "built" : "up to date"}: ${output} (${(size / 1048576).toFixed(1)} MiB; ${list}; ${seconds} s)`,
  );
}

try {
  await main();
} catch (error) {
  if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) {
    console.error(`${error.message}\nusage: build.ts [--quiet]`);
    process.exitCode = 2;
  } else if (error instanceof BuildError) {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
