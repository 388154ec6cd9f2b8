/**
 * `npm run bench [-- --json FILE] [--update-docs] [--size-mib N] [--rounds N] [--only PART,…] [--only-own]
 * [--checksum POLICY] [--directory DIR] [--disk-directory DIR] [--tebibytes N,…]`: copies in every way that an admin
 * would use beside ours, a slow link, the source's own work beside a copy, and disks of many tebibytes, in one run on
 * one machine. The JSON is written after every part, so that a run that is cut short is not lost; docs/BENCH.md is
 * made of it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checksumPolicies, defaultChecksumPolicy } from "../../common/api/intermediate.ts";
import { projectDirectory } from "../support/run-sma.ts";
import { makeExt4Disk } from "./bench-disk.ts";
import { benchCopies } from "./case-copies.ts";
import { benchLink } from "./case-link.ts";
import { benchLoad } from "./case-load.ts";
import { benchSparse } from "./case-sparse.ts";
import { benchWatch } from "./case-watch.ts";
import { ownObstacle } from "./own-contender.ts";
import { describeProcessors, sha256Ceiling } from "./processor.ts";
import { insertRun, runReport } from "./report.ts";
import type { BenchResult } from "./result.ts";
import { prepareSurroundings, type Surroundings } from "./surroundings.ts";

const parts = ["copies", "link", "load", "watch", "sparse"] as const;
type Part = (typeof parts)[number];

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    "update-docs": { type: "boolean", default: false },
    "only-own": { type: "boolean", default: false },
    only: { type: "string", default: parts.join(",") },
    codec: { type: "string", default: "adaptive" },
    checksum: { type: "string", default: defaultChecksumPolicy },
    "size-mib": { type: "string", default: "4096" },
    rounds: { type: "string", default: "3" },
    tebibytes: { type: "string", default: "1,4,16" },
    directory: { type: "string" },
    "disk-directory": { type: "string" },
  },
});

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}

const sizeMib = Number(values["size-mib"]);
const rounds = Number(values.rounds);
const codec = values.codec;
const wanted = values.only.split(",");
const tebibytes = values.tebibytes.split(",").map(Number);
if (!Number.isInteger(sizeMib) || sizeMib < 64) refuse("--size-mib wants a whole number of at least 64");
if (!Number.isInteger(rounds) || rounds < 1) refuse("--rounds wants a whole number of at least 1");
if (codec !== "adaptive" && codec !== "zstd" && codec !== "raw") refuse("--codec: adaptive, zstd or raw");
const checksum = checksumPolicies.find((policy) => policy === values.checksum);
if (checksum === undefined) refuse(`--checksum: ${checksumPolicies.join(", ")}`);
if (wanted.some((part) => !parts.some((known) => known === part)))
  refuse(`--only: some of ${parts.join(", ")}`);
if (tebibytes.some((size) => !(size > 0 && size <= 16)))
  refuse("--tebibytes: above 0 and at most 16, which is the largest file that ext4 takes, 4 KiB less");
const obstacle = ownObstacle();
if (obstacle !== null) refuse(obstacle);

const say = (line: string) => process.stderr.write(`${line}\n`);
let result: BenchResult = {
  when: new Date().toISOString().slice(0, 10),
  processors: describeProcessors(),
  sizeMib,
  rounds,
  codec,
  load: {},
  sha256: sha256Ceiling(),
  copies: [],
  link: null,
  loadCeiling: [],
  sparse: [],
  watch: null,
};

async function perform(
  part: Part,
  act: (surroundings: Surroundings) => Promise<Partial<BenchResult>>,
): Promise<void> {
  if (!wanted.includes(part)) return;
  say(`${part} …`);
  result = { ...result, load: { ...result.load, [part]: loadavg()[0] ?? 0 } };
  const surroundings = await prepareSurroundings(values.directory);
  try {
    // Not in one expression: what `act` itself adds to the result would be lost.
    const found = await act(surroundings);
    result = { ...result, ...found };
  } finally {
    await surroundings.stop();
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
}

await perform("copies", async (surroundings) => {
  const base = values["disk-directory"];
  const diskDirectory = base === undefined ? surroundings.directory : mkdtempSync(join(base, "sma-bench-"));
  try {
    const onlyOwn = values["only-own"];
    return {
      copies: await benchCopies({
        surroundings,
        sizeMib,
        rounds,
        codec,
        checksum,
        onlyOwn,
        diskDirectory,
        say,
      }),
    };
  } finally {
    if (base !== undefined) rmSync(diskDirectory, { recursive: true, force: true });
  }
});
await perform("link", async ({ directory }) => {
  const link = await benchLink(directory, makeExt4Disk(directory, "link", 384, 256));
  if (link === null) say("  no network namespaces or token buckets here: left out");
  return { link };
});
await perform("load", async ({ directory }) => ({ loadCeiling: await benchLoad(directory, say) }));
await perform("watch", async ({ directory }) => ({ watch: await benchWatch(directory, say) }));
await perform("sparse", async ({ directory }) => {
  for (const size of tebibytes) {
    const row = await benchSparse(directory, size);
    say(`  ${size} TiB: ${row.fullSeconds.toFixed(1)} s, again ${row.againSeconds.toFixed(1)} s`);
    result = { ...result, sparse: [...result.sparse, row] };
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  }
  return {};
});

process.stdout.write(`${runReport(result)}\n`);
if (values["update-docs"]) {
  const path = join(projectDirectory, "docs", "BENCH.md");
  writeFileSync(path, insertRun(readFileSync(path, "utf8"), result));
  say(`${path} has this run now`);
}
