/** Filesystems that their own tools made, as inspect sees them. */
import { randomBytes } from "node:crypto";
import { cp, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { blkid, filesystemCases, makeFilesystem, makeTree, xfsTruth } from "./support/filesystem-cases.ts";
import { crc32c } from "./support/crc32c.ts";
import { buildInspectProgram } from "./support/inspect-programs.ts";
import { inspectOne, usedRanges } from "./support/inspect-report.ts";
import { withMounted } from "./support/mounts.ts";
import { copyRanges, makeSparse, numberIn, runTool, sizeOf, temporaryFolder, tool } from "./support/tools.ts";

beforeAll(async () => {
  await buildInspectProgram("program");
}, 600_000);

const total = (ranges: readonly { readonly length: number }[]): number =>
  ranges.reduce((sum, { length }) => sum + length, 0);

describe.each(filesystemCases)("$name", (which) => {
  it("is named and counted as its own tools do, and a copy of its used ranges passes their check", async () => {
    await using folder = await temporaryFolder();
    const image = await makeFilesystem(which, folder.path, await makeTree(folder.path));

    const { content, partitionTable } = await inspectOne(image);
    const truth = await which.truth(image);
    const named = await blkid(image);
    expect(partitionTable.type).toBe("none");
    expect(content).toMatchObject({
      kind: "filesystem",
      type: named.type,
      label: named.label,
      uuid: named.uuid,
    });
    expect({
      blockSize: content?.blockSize,
      totalBlocks: content?.totalBlocks,
      freeBlocks: content?.freeBlocks,
    }).toEqual(truth);
    expect(content?.state).not.toBe("dirty");

    const size = await sizeOf(image);
    const { ranges, isComplete, doubted, distrust } = await usedRanges(image, size, "safe");
    expect({ isComplete, doubted, distrust }).toEqual({ isComplete: true, doubted: 0, distrust: "" });
    expect(total(ranges)).toBeLessThan(size);
    const copy = join(folder.path, "copy.img");
    await copyRanges(image, copy, ranges);
    await which.check(copy);
    if (truth !== null) expect(await which.truth(copy)).toEqual(truth);
  });
});

describe("a filesystem in use", () => {
  it("ext4 that is mounted is dirty, counted by its groups, and given with what its journal holds", async (context) => {
    await using folder = await temporaryFolder();
    const [image, later] = [join(folder.path, "ext4.img"), join(folder.path, "copied.img")];
    await makeSparse(image, 200 * 1024 * 1024);
    await tool("mke2fs", ["-q", "-t", "ext4", image]);
    const tree = await makeTree(folder.path);
    const statistics = await withMounted(image, folder.path, async (mounted) => {
      await cp(tree, join(mounted, "tree"), { recursive: true });
      await tool("sync", ["-f", mounted]);
      await cp(image, later);
      return tool("stat", ["-f", "-c", "%S %b %f", mounted]);
    });
    if (statistics === null) return context.skip();
    const free = Number(statistics.split(" ")[2]);
    const { content } = await inspectOne(later);
    expect(content).toMatchObject({ type: "ext4", state: "dirty", needsReplay: true, freeBlocks: free });
    const size = await sizeOf(later);
    const { ranges, isComplete } = await usedRanges(later, size, "safe");
    expect(isComplete).toBe(true);
    expect(total(ranges)).toBeLessThan(size / 2);
    expect(total(ranges)).toBeGreaterThanOrEqual(total((await usedRanges(later, size, "trust")).ranges));
    const copy = join(folder.path, "copy.img");
    await copyRanges(later, copy, ranges);
    // Exit code 1: the journal was replayed.
    expect((await runTool("e2fsck", ["-fp", copy])).exitCode).toBeLessThan(2);
    await tool("e2fsck", ["-fn", copy]);
  });

  it("ext4 is given with what a group holds whose descriptor waits in the journal, though its map went to its place", async () => {
    await using folder = await temporaryFolder();
    const [image = "", descriptors = "", copy = "", found = ""] = [
      "ext4.img",
      "descriptors",
      "copy.img",
      "found",
    ].map((name) => join(folder.path, name));
    await makeSparse(image, 64 * 1024 * 1024);
    const tree = await makeTree(folder.path);
    const large = join(tree, "large");
    await writeFile(large, randomBytes(20 * 1024 * 1024));
    const features = ["-O", "uninit_bg,^metadata_csum,^64bit", "-b", "1024"];
    await tool("mke2fs", ["-q", "-F", "-t", "ext4", ...features, "-d", tree, image]);
    const debug = (...requests: string[]) => tool("debugfs", ["-w", image], `${requests.join("\n")}\n`);
    const blocks = (await debug("blocks /large")).split(/\s+/).filter((word) => /^\d+$/.test(word));
    const group = Math.floor((Number(blocks[Math.floor(blocks.length / 2)]) - 1) / 8192);
    // The descriptors follow the super block. The one in its place is made that of an untouched group again.
    await tool("dd", [`if=${image}`, `of=${descriptors}`, "bs=1024", "skip=2", "count=1", "status=none"]);
    await debug(`set_bg ${group} flags 2`, `set_bg ${group} checksum calc`);
    await debug("jo", `jw -b 2 ${descriptors}`, "jc");

    const size = await sizeOf(image);
    expect((await inspectOne(image)).content).toMatchObject({ needsReplay: true });
    const { ranges, isComplete } = await usedRanges(image, size, "safe");
    expect(isComplete).toBe(true);
    expect(total(ranges)).toBeLessThan(size * 0.75);
    await copyRanges(image, copy, ranges);
    expect((await runTool("e2fsck", ["-fp", copy])).exitCode).toBeLessThan(2);
    await tool("debugfs", [copy, "-R", `dump /large ${found}`]);
    expect((await readFile(found)).equals(await readFile(large))).toBe(true);
  });

  it("XFS with thousands of free extents is counted exactly and copied whole", async (context) => {
    await using folder = await temporaryFolder();
    const [image, dirty, copy] = ["xfs.img", "dirty.img", "copy.img"].map((name) => join(folder.path, name));
    if (image === undefined || dirty === undefined || copy === undefined) throw new Error("three names");
    await makeSparse(image, 400 * 1024 * 1024);
    await tool("mkfs.xfs", ["-q", "-f", "-b", "size=1024", image]);
    const mounted = await withMounted(image, folder.path, async (at) => {
      const fill = "for i in $(seq 1 9000); do echo $i > $i; done; sync -f .; rm -f *[02468]; sync -f .";
      await tool("sh", ["-ec", `cd "$0"; ${fill}`, at]);
      await cp(image, dirty);
      return true;
    });
    if (mounted === null) return context.skip();
    expect(
      numberIn(await tool("xfs_db", ["-r", "-c", "agf 0", "-c", "p bnolevel", image]), /(\d+)/),
    ).toBeGreaterThan(1);
    expect((await inspectOne(dirty)).content).toMatchObject({
      state: "dirty",
      needsReplay: true,
      countedFrom: "maps",
    });

    const truth = await xfsTruth(image);
    expect((await inspectOne(image)).content).toMatchObject({ state: "clean", ...truth });
    const { ranges, isComplete } = await usedRanges(image, await sizeOf(image), "safe");
    expect(isComplete).toBe(true);
    expect(ranges.length).toBeGreaterThan(3_000);
    await copyRanges(image, copy, ranges, 512 * 1024 * 1024);
    await tool("xfs_repair", ["-n", copy]);
  });
});

/** Sets bits of one byte of an image. */
async function setBits(image: string, at: number, bits: number): Promise<void> {
  const file = await open(image, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) | bits;
  await file.write(byte, 0, 1, at);
  await file.close();
}

describe("a filesystem whose maps are held in doubt", () => {
  const stateOf = (value: number) => (image: string) =>
    tool("debugfs", ["-w", image, "-R", `set_super_value state ${value}`]);
  const cases: readonly (readonly [string, string, (image: string) => Promise<unknown>, RegExp])[] = [
    ["ext4 with blocks of 4 KiB", "in which its system found errors", stateOf(3), /damaged/],
    ["ext2", "without a journal, in use", stateOf(0), /put away/],
    ["ext3", "in use past its journal", stateOf(0), /put away/],
    [
      "ext4 with tiny groups",
      "with a feature of tomorrow",
      (image) => setBits(image, 1024 + 0x62, 0x80),
      /features/,
    ],
    [
      "ext4 with clusters, blocks of 4 KiB",
      "with another",
      (image) => setBits(image, 1024 + 0x67, 0x80),
      /features/,
    ],
    ["XFS version 5", "that wants to be repaired", (image) => setBits(image, 216 + 3, 0x10), /damaged/],
    [
      "XFS with blocks of 1 KiB",
      "with a feature of tomorrow",
      (image) => setBits(image, 216, 0x80),
      /features/,
    ],
    [
      "NTFS with clusters of 4 KiB",
      "that Windows is to check",
      (image) => tool("ntfsfix", [image]),
      /damaged/,
    ],
    ["exFAT", "in use", (image) => setBits(image, 106, 0x2), /./],
  ];

  it.each(cases)("%s %s is copied whole, whatever its journal says", async (name, _, mark, why) => {
    const which = filesystemCases.find((each) => each.name === name);
    if (which === undefined) throw new Error(name);
    await using folder = await temporaryFolder();
    const image = await makeFilesystem(which, folder.path, await makeTree(folder.path));
    const size = await sizeOf(image);
    expect(total((await usedRanges(image, size, "trust")).ranges)).toBeLessThan(size);
    await mark(image);
    for (const how of ["safe", "trust"] as const)
      expect(await usedRanges(image, size, how)).toMatchObject({
        ranges: [{ start: 0, length: size }],
        isComplete: true,
        distrust: expect.stringMatching(why) as string,
      });
  });
});

/** The nodes of btrfs's extent tree, in all copies; `change` is given each one, and gives it back with its checksum. */
async function changeExtentTree(image: string, change: (node: Buffer, nth: number) => void): Promise<void> {
  const [size, nodeBytes, extentTree] = [await sizeOf(image), 16_384, 2n];
  const file = await open(image, "r+");
  const superblock = Buffer.alloc(4096);
  await file.read(superblock, 0, 4096, 65_536);
  const node = Buffer.alloc(nodeBytes);
  for (let at = 1_048_576, nth = 0; at + nodeBytes <= size; at += nodeBytes) {
    await file.read(node, 0, nodeBytes, at);
    const isNode = node.subarray(32, 48).equals(superblock.subarray(32, 48));
    if (!isNode || node.readBigUInt64LE(88) !== extentTree) continue;
    change(node, nth);
    node.writeUInt32LE(crc32c(node.subarray(32)), 0);
    nth += 1;
    await file.write(node, 0, nodeBytes, at);
  }
  await file.close();
}

describe("btrfs whose extent tree has changed while it was read", () => {
  const generationAt = 80;
  const ownerAt = 88;
  const cases = [
    ["another transaction's node in its place", generationAt],
    ["another tree's node in its place", ownerAt],
  ] as const;

  it.each(cases)("%s is no part of it", async (_, field) => {
    const which = filesystemCases.find(({ name }) => name === "btrfs");
    if (which === undefined) throw new Error("no btrfs");
    await using folder = await temporaryFolder();
    const image = await makeFilesystem(which, folder.path, await makeTree(folder.path));
    const size = await sizeOf(image);
    const before = await usedRanges(image, size, "safe");
    expect(total(before.ranges)).toBeLessThan(size);
    const other = (node: Buffer): unknown => node.writeBigUInt64LE(node.readBigUInt64LE(field) + 5n, field);
    // Metadata are there twice: the other copy serves.
    await changeExtentTree(image, (node, nth) => void (nth % 2 === 0 && other(node)));
    expect(await usedRanges(image, size, "safe")).toEqual(before);
    await changeExtentTree(image, other);
    // Whoever asked takes all of the filesystem then.
    expect(await usedRanges(image, size, "safe")).toMatchObject({ isComplete: false, doubted: 0 });
  });
});

describe("swap", () => {
  it.each([4096, 8192, 65536])(
    "with pages of %d bytes keeps its label and UUID; only its first page is needed",
    async (page) => {
      await using folder = await temporaryFolder();
      const image = join(folder.path, "swap.img");
      await makeSparse(image, 16 * 1024 * 1024);
      await tool("mkswap", ["-p", String(page), "-L", "auslagern", image]);
      const named = await blkid(image);
      const { content } = await inspectOne(image);
      expect(content).toMatchObject({
        kind: "swap",
        type: "swap",
        label: "auslagern",
        uuid: named.uuid,
        blockSize: page,
        totalBlocks: (16 * 1024 * 1024) / page,
        usedBlocks: null,
      });
      expect((await usedRanges(image, 16 * 1024 * 1024, "safe")).ranges).toEqual([
        { start: 0, length: page },
      ]);
    },
  );
});
