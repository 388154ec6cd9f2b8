/** btrfs' used ranges beside what btrfs-progs reads of the same trees, byte for byte. */
import { randomBytes } from "node:crypto";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { btrfsTruth } from "./support/btrfs-extents.ts";
import { makeTree } from "./support/filesystem-cases.ts";
import { buildInspectProgram } from "./support/inspect-programs.ts";
import { inspect, usedRanges } from "./support/inspect-report.ts";
import { withMounted } from "./support/mounts.ts";
import { copyRanges, makeSparse, numberIn, sizeOf, temporaryFolder, tool } from "./support/tools.ts";

const mebibyte = 1024 * 1024;

beforeAll(async () => {
  await buildInspectProgram("program");
}, 600_000);

/** The ranges are those that btrfs-progs finds, and a copy of them alone is whole. */
async function expectExactlyTheExtents(image: string): Promise<void> {
  const size = await sizeOf(image);
  const { needed } = await btrfsTruth(image, size);
  const { ranges, isComplete, doubted } = await usedRanges(image, size, "safe");
  expect({ isComplete, doubted }).toEqual({ isComplete: true, doubted: 0 });
  expect(ranges).toEqual(needed);
  expect(ranges.length).toBeGreaterThan(3);
  const copy = `${image}.copy`;
  await copyRanges(image, copy, ranges, size);
  await tool("btrfs", ["check", "--check-data-csum", copy]);
}

const made: readonly (readonly [string, readonly string[]])[] = [
  ["data single, metadata doubled", ["-d", "single", "-m", "dup"]],
  ["everything single", ["-d", "single", "-m", "single"]],
  ["everything doubled", ["-d", "dup", "-m", "dup"]],
  ["mixed groups", ["--mixed"]],
  ["nodes of 4 KiB", ["-n", "4096"]],
  ["nodes of 32 KiB", ["-n", "32768"]],
  ["nodes of 64 KiB", ["-n", "65536"]],
  ["checksums of xxHash", ["--csum", "xxhash"]],
  ["checksums of SHA-256", ["--csum", "sha256"]],
  ["checksums of BLAKE2", ["--csum", "blake2"]],
  ["no skinny metadata, no holes in files", ["-O", "^skinny-metadata,^no-holes"]],
  ["the free space in a tree of its own", ["-R", "free-space-tree"]],
];

describe("btrfs of one device", () => {
  it.each(made)("with %s has exactly the extents that its own tools find", async (_, options) => {
    await using folder = await temporaryFolder();
    const image = join(folder.path, "btrfs.img");
    await makeSparse(image, 320 * mebibyte);
    const tree = await makeTree(folder.path);
    await tool("mkfs.btrfs", ["-q", "-f", "--rootdir", tree, ...options, image]);
    await expectExactlyTheExtents(image);
  });

  it("in use, compressed and with snapshots, has the extents and the used bytes that its kernel counts", async (context) => {
    await using folder = await temporaryFolder();
    const [image, taken] = [join(folder.path, "btrfs.img"), join(folder.path, "taken.img")];
    await makeSparse(image, 600 * mebibyte);
    await tool("mkfs.btrfs", ["-q", "-f", "-m", "dup", image]);
    const tree = await makeTree(folder.path);
    await writeFile(join(tree, "pale"), Buffer.alloc(20 * mebibyte, "compressible text "));
    const usage = await withMounted(image, folder.path, async (mounted) => {
      await tool("mount", ["-o", "remount,compress-force=zlib", mounted]);
      await tool("btrfs", ["subvolume", "create", join(mounted, "one")]);
      await cp(tree, join(mounted, "one/tree"), { recursive: true });
      await tool("btrfs", ["subvolume", "snapshot", join(mounted, "one"), join(mounted, "two")]);
      await writeFile(join(mounted, "two/tree/pale"), randomBytes(3 * mebibyte));
      for (let i = 0; i < 2_000; i++) await writeFile(join(mounted, "one", `small-${i}`), `${i}`);
      await tool("btrfs", ["subvolume", "snapshot", "-r", join(mounted, "one"), join(mounted, "three")]);
      await tool("sh", ["-ec", 'rm -f "$0"/one/small-*[02468]', mounted]);
      await tool("btrfs", ["filesystem", "sync", mounted]);
      await tool("sync", ["-f", mounted]);
      await cp(image, taken);
      return tool("btrfs", ["filesystem", "usage", "--raw", mounted]);
    });
    if (usage === null) return context.skip();
    const size = await sizeOf(taken);
    const { usedBytes } = await btrfsTruth(taken, size);
    const counted = (kind: string) =>
      numberIn(usage, new RegExp(`^${kind},\\w+: Size:\\d+, Used:(\\d+)`, "m"));
    expect(usedBytes).toEqual({
      DATA: counted("Data"),
      METADATA: counted("Metadata"),
      SYSTEM: counted("System"),
    });
    // Twenty times as much was written: it is compressed.
    expect(usedBytes.DATA).toBeLessThan(20 * mebibyte);
    await expectExactlyTheExtents(taken);
  });
});

describe("btrfs of several devices", () => {
  it.each(["single", "raid0", "raid1"])("as %s is copied whole, every device of it", async (profile) => {
    await using folder = await temporaryFolder();
    const images = ["one.img", "two.img"].map((name) => join(folder.path, name));
    for (const image of images) await makeSparse(image, 256 * mebibyte);
    await tool("mkfs.btrfs", ["-q", "-f", "-d", profile, "-m", "raid1", ...images]);
    const { devices } = await inspect(...images);
    for (const image of images) {
      const size = await sizeOf(image);
      expect((await usedRanges(image, size, "trust")).ranges).toEqual([{ start: 0, length: size }]);
    }
    expect(devices.map(({ content }) => content?.devices)).toEqual([2, 2]);
  });
});
