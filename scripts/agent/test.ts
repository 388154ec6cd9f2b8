/**
 * Builds the agent's C tests with clang under the address and undefined-behaviour sanitizers and runs them:
 * `node scripts/agent/test.ts [--quiet]`. Fuzz targets run a bounded number of inputs from a fixed seed; with
 * `SMA_TEST_FUZZ_SECONDS` each that long, with what it has learnt kept in the user's cache folder.
 * The last line is `N passed, N failed`. Exit codes: 0 all passed, 1 something failed, 2 wrong arguments.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cacheFolder } from "../cache-folder.ts";
import { compile, link } from "./objects.ts";
import { BuildError, Steps, run } from "./steps.ts";
import { fuzzTargets, testPrograms, type FuzzTarget, type TestProgram } from "./test-programs.ts";

const root = join(import.meta.dirname, "../..");
const agentFolder = join(root, "agent");
const vectorFolder = join(root, "test/vectors");
const outputFolder = join(root, "dist/agent/tests");

const fuzzSeconds = Number(process.env["SMA_TEST_FUZZ_SECONDS"] ?? "0");

const flags = [
  ...["-std=c99", "-D_GNU_SOURCE", '-DSMA_VERSION="test"', "-g", "-O1", "-fno-omit-frame-pointer"],
  ...["-Wall", "-Wextra", "-Werror", "-Wshadow", "-Wvla", "-fno-sanitize-recover=all"],
];

interface Tally {
  passed: number;
  failed: number;
}

async function checkTools(): Promise<void> {
  const version = await run("clang", ["-dumpversion"]);
  const major = /^\d+/.exec(version.output)?.[0] ?? "";
  const probe = async (args: readonly string[], text: string): Promise<boolean> => {
    const file = join(outputFolder, "probe.c");
    await writeFile(file, text);
    return (await run("clang", [...args, file, "-o", join(outputFolder, "probe")])).exitCode === 0;
  };
  const missing: string[] = [];
  if (version.exitCode !== 0) missing.push("clang", "libclang-rt-dev");
  else if (!(await probe(["-fsanitize=fuzzer,address"], "int LLVMFuzzerTestOneInput(void) { return 0; }"))) {
    missing.push(`libclang-rt-${major}-dev`);
  }
  const header = async (name: string): Promise<boolean> =>
    (await run("sh", ["-c", `printf '#include <${name}>\\n' | cc -E - >/dev/null 2>&1`])).exitCode === 0;
  if (!(await header("openssl/evp.h"))) missing.push("libssl-dev");
  if (!(await header("zstd.h"))) missing.push("libzstd-dev");
  if (missing.length === 0) return;
  throw new BuildError(
    `the agent's tests need packages that are not here; install them with:\n` +
      `  apt-get install -y --no-install-recommends ${missing.join(" ")}`,
  );
}

async function build(program: TestProgram, sanitizers: string): Promise<string> {
  const instrumented = [...flags, `-fsanitize=${sanitizers}`];
  const headers = (await readdir(agentFolder, { recursive: true }))
    .filter((name) => name.endsWith(".h"))
    .toSorted()
    .map((name) => join(agentFolder, name));
  const sources = program.sources.map((source) => join(agentFolder, source));
  const compilation = { compiler: "clang", flags: instrumented, headers, inputs: [] };
  const objects = await compile(sources, compilation, availableParallelism());
  return link(program.name, "clang", [], (output) => [
    ...[...instrumented, ...objects, "-o", output, ...program.linkerFlags],
    ...program.libraries.map((library) => `-l${library}`),
  ]);
}

const environment = {
  ...process.env,
  SMA_FRAME_VECTORS: join(vectorFolder, "frames.txt"),
  SMA_TREE_HASH_VECTORS: join(vectorFolder, "tree-hash.txt"),
};

/** Counts what the program says; one that dies before its last line has failed once more than it says. */
async function runTests(program: TestProgram, tally: Tally, steps: Steps): Promise<void> {
  const output = await build(program, "address,undefined");
  const result = await run(output, [], { env: environment });
  const counts = /^(\d+) passed, (\d+) failed\s*$/m.exec(result.output);
  const passed = Number(counts?.[1] ?? 0);
  const failed = Number(counts?.[2] ?? 0);
  tally.passed += passed;
  tally.failed += counts === null || (failed === 0 && result.exitCode !== 0) ? failed + 1 : failed;
  if (result.exitCode === 0) steps.say(`  ${program.name}: ${passed} passed`);
  else console.log(`${program.name} failed:\n${result.output}`);
}

/** The good frames of the golden vectors, as the fuzz target wants them: a byte for the side, then the frame. */
async function frameSeeds(): Promise<Buffer[]> {
  const sides = ["control-a2i", "control-i2a", "data-a2i", "data-i2a"];
  const text = await readFile(join(vectorFolder, "frames.txt"), "utf8");
  return text.split("\n").flatMap((line) => {
    const [kind, side, , hex] = line.split("\t");
    if (kind !== "ok" || side === undefined || hex === undefined) return [];
    return [Buffer.concat([Buffer.from([sides.indexOf(side)]), Buffer.from(hex, "hex")])];
  });
}

function launchSeeds(): Buffer[] {
  const pem = "-----BEGIN X-----\n";
  const values = {
    version: "1",
    job: "abcdefgh",
    host: "::1\nhost",
    "control-port": "8080",
    time: "1700000000",
  };
  const rest = { "retry-seconds": "0", nice: "0", ionice: "0", ca: pem, certificate: pem, key: pem };
  const entries = Object.entries({ ...values, ...rest });
  return [Buffer.from(entries.map(([key, value]) => `${key} ${value.length}\n${value}\n`).join(""))];
}

async function runFuzz(
  target: FuzzTarget,
  seeds: readonly Buffer[],
  tally: Tally,
  steps: Steps,
): Promise<void> {
  const output = await build(target, "fuzzer,address,undefined");
  const corpus =
    fuzzSeconds > 0
      ? join(cacheFolder(process.env), "corpora", target.name)
      : join(outputFolder, `${target.name}-corpus`);
  if (fuzzSeconds === 0) await rm(corpus, { recursive: true, force: true });
  await mkdir(corpus, { recursive: true });
  for (const [index, seed] of seeds.entries()) await writeFile(join(corpus, `seed-${index}`), seed);
  const result = await run(
    output,
    [
      fuzzSeconds > 0 ? `-max_total_time=${fuzzSeconds}` : `-runs=${target.runs}`,
      `-max_len=${target.maxLengthBytes}`,
      "-seed=1",
      "-timeout=10",
      "-rss_limit_mb=1024",
      corpus,
    ],
    // Where it fails, the input that does it is kept here.
    { cwd: outputFolder },
  );
  if (result.exitCode === 0) {
    tally.passed += 1;
    const done = /Done (\d+) runs/.exec(result.output)?.[1] ?? "?";
    steps.say(`  ${target.name}: ${done} inputs`);
  } else {
    tally.failed += 1;
    console.log(`${target.name} failed:\n${result.output.split("\n").slice(-60).join("\n")}`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quiet: { type: "boolean", default: false } } });
  const steps = new Steps(values.quiet);
  await mkdir(outputFolder, { recursive: true });
  await checkTools();
  const tally: Tally = { passed: 0, failed: 0 };
  for (const program of testPrograms) await runTests(program, tally, steps);
  const seeds: Record<string, readonly Buffer[]> = {
    frame_fuzz: await frameSeeds(),
    launch_fuzz: launchSeeds(),
  };
  for (const target of fuzzTargets) await runFuzz(target, seeds[target.name] ?? [], tally, steps);
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
  if (tally.failed > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) {
    console.error(`${error.message}\nusage: test.ts [--quiet]`);
    process.exitCode = 2;
  } else if (error instanceof BuildError) {
    console.error(`error: ${error.message}`);
    console.log("0 passed, 1 failed");
    process.exitCode = 1;
  } else {
    throw error;
  }
}
