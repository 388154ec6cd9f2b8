/** The C tests, damaged variants of real images, and the fuzzer for a bounded number of runs; all under sanitizers. */
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { cacheFolder } from "../../../scripts/cache-folder.ts";
import { filesystemCases, makeFilesystem, makeTree } from "./support/filesystem-cases.ts";
import { buildInspectProgram } from "./support/inspect-programs.ts";
import { makeSparse, numberIn, runTool, temporaryFolder, tool } from "./support/tools.ts";

const mebibyte = 1024 * 1024;
const roundsPerImage = 150;
const fuzzRuns = 1_500;
/** How long each fuzzer runs beyond the few rounds of every day; what it has learnt is kept for the next time. */
const fuzzSeconds = Number(process.env["SMA_TEST_FUZZ_SECONDS"] ?? "0");

beforeAll(async () => {
  for (const name of ["program", "tests", "mutate", "fuzz", "fuzz-patches"] as const)
    await buildInspectProgram(name);
}, 600_000);

it("the C tests pass", async () => {
  const { stdout, stderr } = await runTool(await buildInspectProgram("tests"), []);
  console.log(stdout);
  expect(stderr).toBe("");
  expect(numberIn(stdout, /^(\d+) passed, \d+ failed$/m)).toBeGreaterThan(0);
  expect(numberIn(stdout, /^\d+ passed, (\d+) failed$/m)).toBe(0);
});

const chosen = [
  "ext4 with blocks of 1 KiB, flexible groups",
  "ext4 with clusters, blocks of 1 KiB",
  "XFS version 5",
  "btrfs",
  "NTFS with clusters of 512 bytes",
  "FAT12",
  "FAT32",
  "exFAT",
];

describe("damaged images", () => {
  it.each(chosen)(
    "%s neither crashes nor hangs inspect, whatever is changed in what it reads",
    async (name) => {
      await using folder = await temporaryFolder();
      const which = filesystemCases.find((one) => one.name === name);
      if (which === undefined) throw new Error(`there is no case ${name}`);
      const image = await makeFilesystem(which, folder.path, await makeTree(folder.path));
      const { stdout, stderr, exitCode } = await runTool(await buildInspectProgram("mutate"), [
        ...[String(roundsPerImage), "20240607", image],
      ]);
      expect(stderr).toBe("");
      expect(exitCode).toBe(0);
      expect(numberIn(stdout, /: (\d+) rounds/)).toBe(roundsPerImage);
    },
  );

  it("a disk with tables, LVM and swap neither crashes nor hangs inspect", async () => {
    await using folder = await temporaryFolder();
    const disks = [
      ["gpt.img", "label: gpt\nsize=20M,type=L\nsize=10M,type=S\n"],
      ["mbr.img", "label: dos\n,10M,L\n,,E\n,5M\n,6M\n,7M\n"],
      ["sun.img", "label: sun\n1: size=20M\n"],
    ] as const;
    for (const [name, script] of disks) {
      const image = join(folder.path, name);
      await makeSparse(image, 64 * mebibyte);
      await tool("sfdisk", ["-q", image], script);
      await tool("mke2fs", ["-q", "-F", "-E", `offset=${mebibyte}`, image, "8M"]);
      const { stderr, exitCode } = await runTool(await buildInspectProgram("mutate"), ["150", "1", image]);
      expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    }
  });
});

/** Runs a fuzzer over a corpus that begins with the files in `seeds`. */
async function expectNothingFound(
  name: "fuzz" | "fuzz-patches",
  folder: string,
  seeds: string,
  options: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<void> {
  const learnt = fuzzSeconds > 0 ? join(cacheFolder(process.env), "corpora", name) : join(folder, "learnt");
  await mkdir(learnt, { recursive: true });
  const bound = fuzzSeconds > 0 ? `-max_total_time=${fuzzSeconds}` : `-runs=${fuzzRuns}`;
  const { stderr, exitCode } = await runTool(
    await buildInspectProgram(name),
    [
      ...[
        bound,
        "-seed=7",
        "-timeout=60",
        "-rss_limit_mb=2048",
        `-artifact_prefix=${learnt}/../`,
        ...options,
      ],
      ...[learnt, seeds],
    ],
    "",
    environment,
  );
  if (fuzzSeconds > 0) console.log(stderr.split("\n").slice(-4).join("\n"));
  expect(stderr).not.toMatch(/ERROR|SUMMARY|runtime error/);
  expect(stderr).toMatch(/Done \d+ runs/);
  expect(exitCode).toBe(0);
}

const fuzzTimeout = 180_000 + 2 * fuzzSeconds * 1000;

describe("the fuzzer finds nothing in a bounded number of runs", () => {
  it("over small images", { timeout: fuzzTimeout }, async () => {
    await using folder = await temporaryFolder();
    const corpus = join(folder.path, "corpus");
    await mkdir(corpus);
    const seeds = [
      ["ext", 1, ["mke2fs", "-q", "-F", "-t", "ext4", "-b", "1024"]],
      ["fat", 1, ["mkfs.fat", "-F", "12"]],
      ["ntfs", 2, ["mkntfs", "-q", "-Q", "-F", "-c", "4096"]],
      ["swap", 1, ["mkswap", "-q"]],
      ["minix", 1, ["mkfs.minix"]],
    ] as const;
    for (const [name, sizeMebibytes, [program, ...args]] of seeds) {
      const image = join(folder.path, name);
      await makeSparse(image, sizeMebibytes * mebibyte);
      await tool(program, [...args, image]);
      // The first byte says into how many disks the rest is cut.
      await writeFile(join(corpus, name), Buffer.concat([Buffer.of(0), await readFile(image)]));
    }
    await expectNothingFound("fuzz", folder.path, corpus, ["-max_len=2200000"]);
  });

  it("over changes to images of every filesystem", { timeout: fuzzTimeout }, async () => {
    await using folder = await temporaryFolder();
    const [corpus, tree] = [join(folder.path, "corpus"), await makeTree(folder.path)];
    await mkdir(corpus);
    const images: string[] = [];
    for (const [index, name] of chosen.entries()) {
      const which = filesystemCases.find((one) => one.name === name);
      if (which === undefined) throw new Error(`there is no case ${name}`);
      const own = join(folder.path, String(index));
      await mkdir(own);
      images.push(await makeFilesystem(which, own, tree));
      // One change in the first place that is looked at, of eight bytes.
      await writeFile(
        join(corpus, String(index)),
        Buffer.from([index, 0, 0, 0, 0, 7, ...Array(8).fill(255)]),
      );
    }
    await expectNothingFound("fuzz-patches", folder.path, corpus, ["-max_len=105"], {
      SMA_FUZZ_IMAGES: images.join(":"),
    });
  });
});

describe("absurd sizes", () => {
  it("an ext4 superblock that claims exabytes ends at the end of the disk", async () => {
    await using folder = await temporaryFolder();
    const image = join(folder.path, "huge.img");
    await makeSparse(image, 64 * mebibyte);
    await tool("mke2fs", ["-q", "-F", "-t", "ext4", "-O", "^metadata_csum", image]);
    const file = await open(image, "r+");
    await file.write(Buffer.of(0xff, 0xff, 0xff, 0xff), 0, 4, 1024 + 4);
    await file.write(Buffer.of(0, 0), 0, 2, 1024 + 0x3a);
    await file.close();
    const { stdout, exitCode } = await runTool(await buildInspectProgram("program"), ["report", image]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('"type":"ext4"');
  });
});
