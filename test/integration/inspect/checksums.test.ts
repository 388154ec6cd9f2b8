/** Maps of used space that do not match their checksums are not believed: what they speak of travels whole. */
import { cp, open } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { makeTree } from "./support/filesystem-cases.ts";
import { buildInspectProgram } from "./support/inspect-programs.ts";
import { inspectOne, usedRanges, type UsedRanges } from "./support/inspect-report.ts";
import { withMounted } from "./support/mounts.ts";
import { makeSparse, numberIn, runTool, sizeOf, temporaryFolder, tool } from "./support/tools.ts";

const mebibyte = 1024 * 1024;

beforeAll(async () => {
  for (const name of ["program", "mutate-sums"] as const) await buildInspectProgram(name);
}, 900_000);

async function changeBytes(image: string, at: number, change: (bytes: Buffer) => void, length = 4096) {
  const file = await open(image, "r+");
  const bytes = Buffer.alloc(length);
  await file.read(bytes, 0, length, at);
  change(bytes);
  await file.write(bytes, 0, length, at);
  await file.close();
}

const flip = (at: number) => (bytes: Buffer) => void (bytes[at] = (bytes[at] ?? 0) ^ 0x04);

const whole = (size: number) => [{ start: 0, length: size }];

/** What is used of [from, to). */
function usedIn({ ranges }: UsedRanges, from: number, to: number): number {
  return ranges.reduce(
    (sum, { start, length }) => sum + Math.max(0, Math.min(to, start + length) - Math.max(from, start)),
    0,
  );
}

/** Everything outside of [from, to) as before, and all that is within. */
function expectWholeOnlyWithin(
  before: UsedRanges,
  after: UsedRanges,
  from: number,
  to: number,
  size: number,
) {
  expect(usedIn(before, from, to)).toBeLessThan(to - from);
  expect(usedIn(after, from, to)).toBe(to - from);
  expect(usedIn(after, 0, from)).toBe(usedIn(before, 0, from));
  expect(usedIn(after, to, size)).toBe(usedIn(before, to, size));
  expect(after).toMatchObject({ isComplete: true, doubted: 1 });
}

describe("ext4", () => {
  const groupBytes = 8192 * 1024;

  async function make(folder: string, features: readonly string[]): Promise<string> {
    const image = join(folder, "ext4.img");
    await makeSparse(image, 64 * mebibyte);
    await tool("mke2fs", [
      ...["-q", "-F", "-t", "ext4", "-b", "1024", ...features, "-d", await makeTree(folder), image],
    ]);
    return image;
  }

  /** The first block of a group, and where its bitmap and its descriptor stand, in bytes. */
  async function placesOf(image: string, group: number) {
    const text = await tool("dumpe2fs", [image]);
    const part = text.slice(text.search(new RegExp(`^Group ${group}:`, "m")));
    const descriptorBytes = Number(/^Group descriptor size: +(\d+)/m.exec(text)?.[1] ?? 32);
    return {
      start: 1024 + group * groupBytes,
      bitmap: numberIn(part, /Block bitmap at (\d+)/) * 1024,
      descriptor: 2048 + group * descriptorBytes,
    };
  }

  const sums = ["-O", "metadata_csum,64bit"];
  const cases: readonly (readonly [string, readonly string[], "bitmap" | "descriptor", number])[] = [
    ["a bitmap", sums, "bitmap", 700],
    ["a bitmap, with half as wide a checksum", ["-O", "metadata_csum,^64bit"], "bitmap", 700],
    ["a descriptor", sums, "descriptor", 0xc],
    ["a descriptor's own checksum", sums, "descriptor", 0x1e],
    ["a descriptor of the older kind", ["-O", "uninit_bg,^metadata_csum,^64bit"], "descriptor", 0xc],
  ];

  it.each(cases)("gives all of a group when %s does not match", async (_, features, what, at) => {
    await using folder = await temporaryFolder();
    const image = await make(folder.path, features);
    const size = await sizeOf(image);
    const before = await usedRanges(image, size, "safe");
    expect(before).toMatchObject({ isComplete: true, doubted: 0 });
    // The first one has files, and free room.
    const { start, [what]: place } = await placesOf(image, 1);
    await changeBytes(image, place, flip(at), 1024);
    expectWholeOnlyWithin(
      before,
      await usedRanges(image, size, "safe"),
      start,
      Math.min(size, start + groupBytes),
      size,
    );
  });

  it("gives everything when the super block does not match", async () => {
    await using folder = await temporaryFolder();
    const image = await make(folder.path, sums);
    await changeBytes(image, 1024, flip(0x78));
    const { ranges, distrust } = await usedRanges(image, await sizeOf(image), "safe");
    expect(ranges).toEqual(whole(await sizeOf(image)));
    expect(distrust).toContain("super block does not match");
  });

  it("in use, with a journal that waits, matches all its checksums, and is given whole when the journal's do not", async (context) => {
    await using folder = await temporaryFolder();
    const [image, taken] = [join(folder.path, "ext4.img"), join(folder.path, "taken.img")];
    await makeSparse(image, 300 * mebibyte);
    await tool("mke2fs", ["-q", "-F", "-t", "ext4", "-b", "4096", image]);
    const tree = await makeTree(folder.path);
    const isMounted = await withMounted(image, folder.path, async (mounted) => {
      for (let i = 0; i < 6; i++) {
        await cp(tree, join(mounted, `tree-${i}`), { recursive: true });
        await tool("sync", ["-f", mounted]);
        await tool("rm", ["-r", join(mounted, `tree-${i}/deep`)]);
      }
      await tool("sync", ["-f", mounted]);
      await cp(image, taken);
      return true;
    });
    if (isMounted === null) return context.skip();
    const size = await sizeOf(taken);
    expect((await inspectOne(taken)).content).toMatchObject({ needsReplay: true });
    const before = await usedRanges(taken, size, "safe");
    expect(before).toMatchObject({ isComplete: true, doubted: 0 });
    expect(usedIn(before, 0, size)).toBeLessThan(size);

    const journal = await tool("debugfs", [taken, "-R", "blocks <8>"]);
    const blocks = journal.split(/\s+/).flatMap((word) => (/^\d+$/.test(word) ? [Number(word) * 4096] : []));
    let first = 0;
    await changeBytes(taken, blocks[0] ?? 0, (bytes) => (first = bytes.readUInt32BE(28)));
    // The journal's super block, and the first descriptor that waits.
    for (const [place, at] of [
      [blocks[0], 60],
      [blocks[first], 400],
    ] as const) {
      const damaged = join(folder.path, "damaged.img");
      await cp(taken, damaged);
      await changeBytes(damaged, place ?? 0, flip(at));
      expect((await usedRanges(damaged, size, "safe")).ranges).toEqual(whole(size));
    }
  });
});

describe("XFS", () => {
  const groupBytes = 80 * mebibyte;

  async function make(folder: string): Promise<string> {
    const image = join(folder, "xfs.img");
    await makeSparse(image, 4 * groupBytes);
    await tool("mkfs.xfs", ["-q", "-f", "-d", "agcount=4", "-b", "size=4096", image]);
    return image;
  }

  async function root(image: string, group: number): Promise<number> {
    return numberIn(await tool("xfs_db", ["-r", "-c", `agf ${group}`, "-c", "p bnoroot", image]), /(\d+)/);
  }

  it.each([
    ["its header", (_: number) => 512 + 52],
    ["its tree of free extents", (block: number) => block * 4096 + 60],
  ] as const)("gives all of a group when %s does not match", async (_, placeOf) => {
    await using folder = await temporaryFolder();
    const image = await make(folder.path);
    const size = await sizeOf(image);
    const before = await usedRanges(image, size, "safe");
    expect(before).toMatchObject({ isComplete: true, doubted: 0 });
    const at = 2 * groupBytes + placeOf(await root(image, 2));
    await changeBytes(image, at, flip(0), 1);
    expectWholeOnlyWithin(
      before,
      await usedRanges(image, size, "safe"),
      2 * groupBytes,
      3 * groupBytes,
      size,
    );
  });

  it("gives all of a group whose tree is another group's", async () => {
    await using folder = await temporaryFolder();
    const image = await make(folder.path);
    const size = await sizeOf(image);
    const before = await usedRanges(image, size, "safe");
    let other: Buffer | null = null;
    await changeBytes(
      image,
      groupBytes + (await root(image, 1)) * 4096,
      (bytes) => (other = Buffer.from(bytes)),
    );
    await changeBytes(image, 2 * groupBytes + (await root(image, 2)) * 4096, (bytes) => other?.copy(bytes));
    expectWholeOnlyWithin(
      before,
      await usedRanges(image, size, "safe"),
      2 * groupBytes,
      3 * groupBytes,
      size,
    );
  });

  it("gives everything when the super block does not match", async () => {
    await using folder = await temporaryFolder();
    const image = await make(folder.path);
    await changeBytes(image, 0, flip(108), 512);
    const { ranges, distrust } = await usedRanges(image, await sizeOf(image), "safe");
    expect(ranges).toEqual(whole(await sizeOf(image)));
    expect(distrust).toContain("super block does not match");
  });
});

describe("btrfs", () => {
  async function make(folder: string, options: readonly string[]): Promise<string> {
    const image = join(folder, "btrfs.img");
    await makeSparse(image, 320 * mebibyte);
    await tool("mkfs.btrfs", ["-q", "-f", "--rootdir", await makeTree(folder), ...options, image]);
    return image;
  }

  /** Where on the disk the copies of the extent tree's root are. */
  async function copiesOfExtentRoot(image: string): Promise<number[]> {
    const text = await tool("btrfs", ["inspect-internal", "dump-tree", "-t", "extent", image]);
    const logical = numberIn(text, /^(?:leaf|node) (\d+) /m);
    const mapped = await tool("btrfs-map-logical", ["-l", String(logical), image]);
    return [...mapped.matchAll(/mirror \d+ logical \d+ physical (\d+)/g)].map((match) => Number(match[1]));
  }

  it.each(["crc32c", "xxhash", "sha256", "blake2"])(
    "goes by another copy of a node that does not match its %s, and by none that does not",
    async (sum) => {
      await using folder = await temporaryFolder();
      const image = await make(folder.path, ["--csum", sum]);
      const size = await sizeOf(image);
      const before = await usedRanges(image, size, "safe");
      expect(before).toMatchObject({ isComplete: true, doubted: 0, distrust: "" });
      const copies = await copiesOfExtentRoot(image);
      expect(copies).toHaveLength(2);
      await changeBytes(image, copies[0] ?? 0, flip(5000), 16_384);
      expect(await usedRanges(image, size, "safe")).toEqual(before);
      await changeBytes(image, copies[1] ?? 0, flip(5000), 16_384);
      // Whoever asked takes all of the filesystem then.
      expect(await usedRanges(image, size, "safe")).toMatchObject({ isComplete: false, doubted: 1 });
    },
  );

  it("is given whole with checksums of a kind of tomorrow", async () => {
    await using folder = await temporaryFolder();
    const image = await make(folder.path, []);
    await changeBytes(image, 65_536, (bytes) => bytes.writeUInt16LE(9, 196));
    const { ranges, distrust } = await usedRanges(image, await sizeOf(image), "safe");
    expect(ranges).toEqual(whole(await sizeOf(image)));
    expect(distrust).toContain("checksums are of a kind");
  });

  it("is given whole when the super block does not match", async () => {
    await using folder = await temporaryFolder();
    const image = await make(folder.path, []);
    await changeBytes(image, 65_536, flip(0x12b));
    const { ranges, distrust } = await usedRanges(image, await sizeOf(image), "safe");
    expect(ranges).toEqual(whole(await sizeOf(image)));
    expect(distrust).toContain("super block does not match");
  });
});

describe("whatever is changed in what is read", () => {
  const rounds = 400;
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["ext4", ["mke2fs", "-q", "-F", "-t", "ext4", "-b", "1024"]],
    ["XFS", ["mkfs.xfs", "-q", "-f"]],
    ["btrfs", ["mkfs.btrfs", "-q", "-f"]],
    ["btrfs with xxHash", ["mkfs.btrfs", "-q", "-f", "--csum", "xxhash"]],
  ];

  it.each(cases)("nothing of %s that travelled before is left out", async (_, [program = "", ...options]) => {
    await using folder = await temporaryFolder();
    const image = join(folder.path, "filesystem.img");
    await makeSparse(image, 320 * mebibyte);
    const tree = await makeTree(folder.path);
    const fill = program === "mkfs.xfs" ? [] : program === "mke2fs" ? ["-d", tree] : ["--rootdir", tree];
    await tool(program, [...options, ...fill, image]);
    const { stdout, stderr, exitCode } = await runTool(await buildInspectProgram("mutate-sums"), [
      ...["--never-less", String(rounds), "20261127", image],
    ]);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(numberIn(stdout, /: (\d+) rounds/)).toBe(rounds);
  });
});
