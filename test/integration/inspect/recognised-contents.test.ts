/** Everything that is only recognised: containers, array members and the long tail of filesystems. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { blkid, makeTree } from "./support/filesystem-cases.ts";
import { buildInspectProgram } from "./support/inspect-programs.ts";
import { inspectOne } from "./support/inspect-report.ts";
import { writeVersion0, writeVersion1 } from "./support/md-superblocks.ts";
import { makeSparse, numberIn, temporaryFolder, tool } from "./support/tools.ts";

const mebibyte = 1024 * 1024;

beforeAll(async () => {
  await buildInspectProgram("program");
}, 600_000);

describe("encrypted volumes", () => {
  it.each(["luks1", "luks2"] as const)("%s is recognised with its UUID and version", async (type) => {
    await using folder = await temporaryFolder();
    const image = join(folder.path, "luks.img");
    await makeSparse(image, 32 * mebibyte);
    const options = [
      "--pbkdf",
      "pbkdf2",
      "--pbkdf-force-iterations",
      "1000",
      "--batch-mode",
      "--key-file",
      "-",
    ];
    await tool("cryptsetup", ["luksFormat", "--type", type, ...options, image], "not a secret");
    const uuid = (await tool("cryptsetup", ["luksUUID", image])).trim();
    const { content } = await inspectOne(image);
    expect(content).toMatchObject({ kind: "luks", type: "crypto_LUKS", version: type.slice(4), uuid });
  });
});

describe("members of Linux RAID arrays", () => {
  it.each([
    { minor: 0, level: 1, name: "raid1", dataOffsetBytes: 0 },
    { minor: 1, level: 5, name: "raid5", dataOffsetBytes: mebibyte },
    { minor: 2, level: 6, name: "raid6", dataOffsetBytes: mebibyte },
  ] as const)(
    "of version 1.$minor are read as mdadm reads them",
    async ({ minor, level, name, dataOffsetBytes }) => {
      await using folder = await temporaryFolder();
      const image = join(folder.path, "member.img");
      await makeSparse(image, 24 * mebibyte);
      await writeVersion1(image, {
        minor,
        level,
        dataOffsetBytes,
        name: "host:data",
        devices: 4,
        role: 2,
        sizeBytes: 24 * mebibyte,
        shareBytes: 16 * mebibyte,
        chunkBytes: 65536,
      });
      const examined = await tool("mdadm", ["--examine", image]);
      expect(examined).toMatch(/Checksum : \w+ - correct/);
      expect(examined).toContain(`Raid Level : ${name}`);
      const { content } = await inspectOne(image);
      expect(content).toMatchObject({
        kind: "raid-member",
        type: "linux_raid_member",
        version: `1.${minor}`,
      });
      expect(content?.uuid?.replaceAll("-", "")).toBe(
        /Array UUID : (\S+)/.exec(examined)?.[1]?.replaceAll(":", ""),
      );
      expect(content?.raid).toMatchObject({
        level: name,
        devices: numberIn(examined, /Raid Devices : (\d+)/),
        role: numberIn(examined, /Device Role : Active device (\d+)/),
        arraySizeBytes: numberIn(examined, /Array Size : (\d+)/) * 1024,
      });
    },
  );

  it("of version 0.90 are read as mdadm reads them", async () => {
    await using folder = await temporaryFolder();
    const image = join(folder.path, "member.img");
    await makeSparse(image, 24 * mebibyte);
    await writeVersion0(image, {
      level: 5,
      devices: 3,
      role: 1,
      chunkBytes: 65536,
      sizeBytes: 24 * mebibyte,
      shareBytes: 23 * mebibyte,
    });
    const examined = await tool("mdadm", ["--examine", image]);
    expect(examined).toMatch(/Checksum : \w+ - correct/);
    const { content } = await inspectOne(image);
    expect(content).toMatchObject({ kind: "raid-member", type: "linux_raid_member", version: "0.90.0" });
    expect(content?.raid).toMatchObject({
      level: /Raid Level : (\w+)/.exec(examined)?.[1],
      devices: numberIn(examined, /Raid Devices : (\d+)/),
      role: 1,
      arraySizeBytes: numberIn(examined, /Array Size : (\d+)/) * 1024,
    });
  });

  it("do not pass for the filesystem that shows through from the array's start", async () => {
    await using folder = await temporaryFolder();
    const image = join(folder.path, "member.img");
    await makeSparse(image, 24 * mebibyte);
    await tool("mke2fs", ["-q", "-F", "-t", "ext4", image, "16M"]);
    await writeVersion1(image, {
      minor: 0,
      level: 1,
      dataOffsetBytes: 0,
      name: "host:boot",
      devices: 2,
      role: 0,
      sizeBytes: 24 * mebibyte,
      shareBytes: 16 * mebibyte,
      chunkBytes: 0,
    });
    const { content } = await inspectOne(image);
    expect(content).toMatchObject({ kind: "raid-member", type: "linux_raid_member" });
    expect(content?.alsoFound).toContainEqual(expect.objectContaining({ type: "ext4" }));
    expect(content?.raid?.content).toMatchObject({ kind: "filesystem", type: "ext4" });
  });
});

interface RecognisedCase {
  readonly type: string;
  readonly kind: string;
  readonly make: readonly [program: string, ...args: string[]];
}

/** `IMAGE` and `TREE` stand for the paths. */
const recognised: readonly RecognisedCase[] = [
  { type: "f2fs", kind: "filesystem", make: ["mkfs.f2fs", "-q", "-l", "marke", "IMAGE"] },
  { type: "jfs", kind: "filesystem", make: ["mkfs.jfs", "-q", "-L", "marke", "IMAGE"] },
  { type: "reiserfs", kind: "filesystem", make: ["mkfs.reiserfs", "-q", "-f", "-f", "-l", "marke", "IMAGE"] },
  { type: "nilfs2", kind: "filesystem", make: ["mkfs.nilfs2", "-q", "-L", "marke", "IMAGE"] },
  { type: "udf", kind: "filesystem", make: ["mkudffs", "--label=marke", "IMAGE"] },
  { type: "minix", kind: "filesystem", make: ["mkfs.minix", "IMAGE"] },
  {
    type: "iso9660",
    kind: "filesystem",
    make: ["genisoimage", "-quiet", "-V", "MARKE", "-o", "IMAGE", "TREE"],
  },
  {
    type: "squashfs",
    kind: "filesystem",
    make: ["mksquashfs", "TREE", "IMAGE", "-quiet", "-no-progress", "-noappend"],
  },
  { type: "erofs", kind: "filesystem", make: ["mkfs.erofs", "--quiet", "IMAGE", "TREE"] },
  { type: "bcache", kind: "bcache", make: ["make-bcache", "-B", "IMAGE"] },
  { type: "bcache", kind: "bcache", make: ["make-bcache", "-C", "IMAGE"] },
];

describe("the long tail", () => {
  it.each(recognised)(
    "$make.0 makes $type that is recognised with blkid's label, UUID and version",
    async ({ type, kind, make }) => {
      await using folder = await temporaryFolder();
      const image = join(folder.path, "image");
      await makeSparse(image, 160 * mebibyte);
      const tree = await makeTree(folder.path);
      const [program, ...args] = make.map((part) =>
        part === "IMAGE" ? image : part === "TREE" ? tree : part,
      );
      await tool(program ?? "", args);
      const named = await blkid(image);
      const { content } = await inspectOne(image);
      expect(named.type).toBe(type);
      expect(content).toMatchObject({ kind, type, label: named.label });
      // An older blkid knows no version of some.
      if (named.version !== null) expect(content?.version).toBe(named.version);
      expect(content?.uuid).toBe(named.uuid);
      expect(content?.usedBlocks).toBeNull();
    },
  );
});

describe("what contradicts itself", () => {
  it("is unknown, with everything that it could be", async () => {
    await using folder = await temporaryFolder();
    const [image, other] = [join(folder.path, "both.img"), join(folder.path, "other.img")];
    await makeSparse(image, 64 * mebibyte);
    await tool("mke2fs", ["-q", "-F", "-t", "ext4", image]);
    await makeSparse(other, 64 * mebibyte);
    await tool("mkfs.jfs", ["-q", other]);
    // The super block of JFS at 32 KiB lies where ext4 has nothing that it would miss.
    await tool("dd", [
      `if=${other}`,
      `of=${image}`,
      "bs=4096",
      "skip=8",
      "seek=8",
      "count=1",
      "conv=notrunc",
      "status=none",
    ]);
    const { content } = await inspectOne(image);
    expect(content).toMatchObject({ kind: "unknown", type: null, isAmbivalent: true });
    expect(content?.candidates?.map(({ type }) => type).toSorted()).toEqual(["ext4", "jfs"]);
  });

  it("is a filesystem that was cut off: its size is its own account, its counts are the superblock's", async () => {
    await using folder = await temporaryFolder();
    const [image, cut] = [join(folder.path, "whole.img"), join(folder.path, "cut.img")];
    await makeSparse(image, 200 * mebibyte);
    await tool("mke2fs", ["-q", "-F", "-t", "ext4", "-b", "4096", image]);
    await cp(image, cut);
    await tool("truncate", ["-s", "8M", cut]);
    const [whole, part] = [await inspectOne(image), await inspectOne(cut)];
    expect(part.content?.sizeBytes).toBe(200 * mebibyte);
    expect(part.content?.usedBlocks).toBe(whole.content?.usedBlocks);
  });
});
