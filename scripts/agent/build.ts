/**
 * Builds the agents: `node scripts/agent/build.ts [--quiet] [--target NAME]… [--all]`; without a name the usual ones.
 * What can be built is built before it is said what cannot.
 * Exit codes: 0 built or up to date, 1 a step failed or tools are missing, 2 wrong arguments.
 */
import { access, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkSize, compileAgent, findAgentSources } from "./compile.ts";
import { cacheFolder } from "../cache-folder.ts";
import { provideLibrary, withCLibrary } from "./libraries.ts";
import { mirrorBases } from "./mirrors.ts";
import { pruneObjects } from "./objects.ts";
import { libraryRecipes } from "./recipes.ts";
import { signerFrom } from "./sign.ts";
import { BuildError, Steps, run } from "./steps.ts";
import { agentFileName, agentTargets, usualTargets, type AgentTarget } from "./targets.ts";

const root = join(import.meta.dirname, "../..");

/** Debian packages that every build needs, by the program that shows that they are there. */
const toolPackages: readonly (readonly [program: string, args: readonly string[], debianPackage: string])[] =
  [
    ["ar", ["--version"], "binutils"],
    ["make", ["--version"], "make"],
    ["perl", ["-MIPC::Cmd", "-MFindBin", "-MFile::Compare", "-e", "1"], "perl"],
    ["tar", ["--version"], "tar"],
    ["xz", ["--version"], "xz-utils"],
  ];

/** Debian packages that this target's build lacks here. */
async function missingFor(target: AgentTarget): Promise<string[]> {
  const missing = new Set<string>();
  for (const [program, args, debianPackage] of toolPackages) {
    if ((await run(program, args)).exitCode !== 0) missing.add(debianPackage);
  }
  const own = target.debianPackages;
  if ((await run(target.gcc, ["--version"])).exitCode !== 0) missing.add(own[0] ?? "gcc");
  if ((await run(target.compiler, ["--version"])).exitCode !== 0) missing.add(own[0] ?? "gcc");
  const files: readonly (readonly [file: string, debianPackage: string])[] = [
    ...(target.startFiles === "" ? [] : [[join(target.startFiles, "rcrt1.o"), "musl-dev"] as const]),
    ...(target.os === "windows" ? [] : [["/usr/include/linux/fs.h", "linux-libc-dev"] as const]),
    ...(target.kernelHeaders === "" ? [] : [[target.kernelHeaders, own.at(-1) ?? "linux-libc-dev"] as const]),
  ];
  for (const [file, debianPackage] of files) await access(file).catch(() => missing.add(debianPackage));
  return [...missing];
}

async function buildTarget(wanted: AgentTarget, steps: Steps): Promise<void> {
  const start = performance.now();
  steps.say(`agent ${wanted.name}`);
  const agent = await findAgentSources(root, wanted.os);
  const jobs = Math.max(1, Math.min(availableParallelism(), 8));
  const options = { cache: cacheFolder(process.env), mirrors: await mirrorBases(process.env), jobs, steps };
  const target = await withCLibrary(wanted, options);
  const libraries = [];
  for (const name of agent.libraries)
    libraries.push(await provideLibrary(libraryRecipes[name], target, options));

  const packageText = await readFile(join(root, "package.json"), "utf8");
  const { version } = JSON.parse(packageText) as { version: string };
  const output = join(root, "resources/agents", target.name, agentFileName(target));
  const built = await compileAgent({
    target,
    agent,
    libraries,
    version,
    output,
    jobs,
    signer: signerFrom(process.env),
  });
  const size = await checkSize(output);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const list = libraries.map((library) => `${library.name} ${library.version}`).join(", ");
  steps.say(
    `${built ? "built" : "up to date"}: ${output} (${(size / 1048576).toFixed(1)} MiB; ${list}; ${seconds} s)`,
  );
}

class UsageError extends Error {}

function chosenTargets(names: readonly string[], all: boolean): readonly AgentTarget[] {
  if (all) return agentTargets;
  if (names.length === 0) return usualTargets;
  return names.map((name) => {
    const target = agentTargets.find((one) => one.name === name);
    if (target !== undefined) return target;
    throw new UsageError(`--target takes one of ${agentTargets.map((one) => one.name).join(", ")}`);
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quiet: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      target: { type: "string", multiple: true, default: [] },
    },
  });
  const steps = new Steps(values.quiet);
  const targets = chosenTargets(values.target, values.all);
  const missing = new Set<string>();
  const buildable: AgentTarget[] = [];
  for (const target of targets) {
    const lacks = await missingFor(target);
    if (lacks.length === 0) buildable.push(target);
    for (const name of lacks) missing.add(name);
    if (lacks.length > 0) steps.say(`no tools for ${target.name}: ${lacks.join(" ")}`);
  }
  for (const target of buildable) await buildTarget(target, steps);
  await pruneObjects();
  if (missing.size === 0) return;
  throw new BuildError(
    `the agent's build needs tools that are not here; install them with:\n` +
      `  apt-get install -y --no-install-recommends ${[...missing].join(" ")}`,
  );
}

try {
  await main();
} catch (error) {
  const isUsage =
    error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  if (error instanceof UsageError || (error instanceof Error && isUsage)) {
    console.error(`${error.message}\nusage: build.ts [--quiet] [--target NAME]… [--all]`);
    process.exitCode = 2;
  } else if (error instanceof BuildError) {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
