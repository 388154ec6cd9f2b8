/** Partition tables that sfdisk and sgdisk wrote, whole and damaged. */
import { open, truncate } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { buildInspectProgram } from "./support/inspect-programs.ts";
import type { Device } from "./support/inspect-report.ts";
import { inspectOne } from "./support/inspect-report.ts";
import { makeSparse, temporaryFolder, tool } from "./support/tools.ts";

const mebibyte = 1024 * 1024;

beforeAll(async () => {
  await buildInspectProgram("program");
}, 600_000);

const sfdiskSchema = z.object({
  partitiontable: z.object({
    label: z.string(),
    id: z.string().optional(),
    sectorsize: z.number(),
    // Missing where there are none.
    partitions: z
      .array(
        z.object({
          node: z.string(),
          start: z.number(),
          size: z.number(),
          type: z.string(),
          uuid: z.string().optional(),
          name: z.string().optional(),
          bootable: z.boolean().optional(),
          attrs: z.string().optional(),
        }),
      )
      .default([]),
  }),
});

/** What sfdisk reads from the disk, in inspect's words. */
async function sfdiskView(image: string) {
  const { partitiontable: table } = sfdiskSchema.parse(JSON.parse(await tool("sfdisk", ["--json", image])));
  return {
    id: table.label === "gpt" ? table.id?.toLowerCase() : table.id,
    partitions: table.partitions.map((partition) => ({
      index: Number(partition.node.slice(image.length)),
      startBytes: partition.start * table.sectorsize,
      sizeBytes: partition.size * table.sectorsize,
      type: table.label === "gpt" ? partition.type.toLowerCase() : `0x${partition.type.padStart(2, "0")}`,
      name: partition.name ?? null,
      isActive: partition.bootable ?? partition.attrs?.includes("LegacyBIOSBootable") ?? false,
    })),
  };
}

const inspectView = ({ partitionTable, partitions }: Device) => ({
  id: partitionTable.id,
  partitions: partitions.map(({ index, startBytes, sizeBytes, type, name, isActive }) => ({
    index,
    startBytes,
    sizeBytes,
    type,
    name,
    isActive,
  })),
});

async function partitioned(folder: string, sizeBytes: number, script: string): Promise<string> {
  // A name that does not end in a digit: sfdisk puts the partition's number behind it.
  const image = join(folder, "disk.img");
  await makeSparse(image, sizeBytes);
  await tool("sfdisk", ["-q", image], script);
  return image;
}

async function overwrite(image: string, offset: number, bytes: Buffer): Promise<void> {
  const file = await open(image, "r+");
  await file.write(bytes, 0, bytes.length, offset);
  await file.close();
}

const layouts: readonly (readonly [name: string, type: string, script: string])[] = [
  ["an MBR with four primary partitions", "mbr", "label: dos\n,20M,L,*\n,10M,S\n,30M,7\n,,8e\n"],
  [
    "an MBR with logical partitions",
    "mbr",
    "label: dos\nlabel-id: 0xdeadbeef\n,20M,L,*\n,60M,E\n,5M,7\n,10M,L\n,10M,S\n,5M,8e\n,5M,fd\n,,c\n",
  ],
  [
    "an MBR with an extended partition of the LBA kind in front",
    "mbr",
    "label: dos\n,40M,f\n,20M,L\n,10M,L\n,10M,b\n",
  ],
  ["an MBR without partitions", "mbr", "label: dos\nlabel-id: 0x12345678\n"],
  [
    "a GPT with names and an EFI partition",
    "gpt",
    'label: gpt\nsize=20M,type=U,name="EFI system"\nsize=10M,type=L,name="größer"\nsize=8M,type=S\ntype=V,attrs="LegacyBIOSBootable"\n',
  ],
  [
    "a GPT with gaps in its numbers",
    "gpt",
    "label: gpt\n3: size=20M,type=L\n7: size=10M,type=L\n128: size=1M\n",
  ],
];

describe("partition tables", () => {
  it.each(layouts)("%s has the partitions that sfdisk shows", async (_, type, script) => {
    await using folder = await temporaryFolder();
    const image = await partitioned(folder.path, 128 * mebibyte, script);
    const device = await inspectOne(image);
    expect(device.partitionTable).toMatchObject({ type, problems: [] });
    expect(inspectView(device)).toEqual(await sfdiskView(image));
  });

  it("tells primary, extended and logical partitions apart", async () => {
    await using folder = await temporaryFolder();
    const image = await partitioned(folder.path, 64 * mebibyte, "label: dos\n,10M\n,,E\n,5M\n,5M\n");
    const { partitions } = await inspectOne(image);
    expect(partitions.map(({ role }) => role)).toEqual(["primary", "extended", "logical", "logical"]);
    expect(partitions[1]?.content).toBeNull();
  });

  it("shows forty logical partitions and warns of none", async () => {
    await using folder = await temporaryFolder();
    const script = `label: dos\n,,E\n${",1M\n".repeat(40)}`;
    const image = await partitioned(folder.path, 128 * mebibyte, script);
    const device = await inspectOne(image);
    expect(device.partitions).toHaveLength(41);
    expect(device.partitionTable.problems).toEqual([]);
    expect(inspectView(device)).toEqual(await sfdiskView(image));
  });

  it("calls a GPT with extra MBR entries hybrid and lists both", async () => {
    await using folder = await temporaryFolder();
    const image = await partitioned(
      folder.path,
      64 * mebibyte,
      "label: gpt\nsize=10M,type=U\nsize=20M,type=L\n",
    );
    await tool("sgdisk", ["--hybrid", "1:2", image]);
    const { partitionTable, partitions } = await inspectOne(image);
    expect(partitionTable).toMatchObject({ type: "hybrid", primaryGpt: "valid", backupGpt: "valid" });
    expect(partitions).toHaveLength(2);
    expect(partitionTable.mbrEntries?.map(({ type }) => type)).toEqual(["0xee", "0xef", "0x83"]);
    expect(partitionTable.mbrEntries?.[2]?.startBytes).toBe(partitions[1]?.startBytes);
  });

  it.each(["sun", "sgi"])("names a %s label and lists its partitions", async (label) => {
    await using folder = await temporaryFolder();
    const image = await partitioned(folder.path, 128 * mebibyte, `label: ${label}\n1: size=40M\n`);
    const { partitionTable, partitions } = await inspectOne(image);
    const seen = sfdiskSchema.parse(JSON.parse(await tool("sfdisk", ["--json", image]))).partitiontable;
    expect(partitionTable.type).toBe(label);
    const first = seen.partitions.find(({ node }) => node === `${image}1`);
    expect(partitions).toContainEqual(
      expect.objectContaining({
        index: 1,
        startBytes: (first?.start ?? -1) * 512,
        sizeBytes: (first?.size ?? -1) * 512,
      }),
    );
  });

  it("does not take a FAT or NTFS boot sector for an MBR", async () => {
    await using folder = await temporaryFolder();
    for (const [type, make] of [
      ["vfat", ["mkfs.fat", "-F", "32"]],
      ["ntfs", ["mkntfs", "-q", "-Q", "-F"]],
      ["exfat", ["mkfs.exfat"]],
    ] as const) {
      const image = join(folder.path, `${type}.img`);
      await makeSparse(image, 48 * mebibyte);
      await tool(make[0], [...make.slice(1), image]);
      const { partitionTable, content, partitions } = await inspectOne(image);
      expect({ table: partitionTable.type, type: content?.type, partitions }).toEqual({
        table: "none",
        type,
        partitions: [],
      });
    }
  });

  it("sees a partition's filesystem in the partition, not in the disk", async () => {
    await using folder = await temporaryFolder();
    const image = await partitioned(
      folder.path,
      64 * mebibyte,
      "label: gpt\nstart=2048,size=32M\nsize=20M\n",
    );
    await tool("mke2fs", ["-q", "-F", "-t", "ext4", "-L", "daten", "-E", `offset=${mebibyte}`, image, "32M"]);
    const { content, partitions } = await inspectOne(image);
    expect(content).toBeNull();
    expect(partitions[0]?.content).toMatchObject({
      kind: "filesystem",
      type: "ext4",
      label: "daten",
      state: "clean",
    });
    expect(partitions[1]?.content).toEqual({ kind: "empty", type: null });
  });
});

describe("a GPT in trouble", () => {
  const script = 'label: gpt\nsize=10M,type=L,name="erste"\nsize=20M,type=S\n';

  it("uses the backup where the primary header is damaged, and says so", async () => {
    await using folder = await temporaryFolder();
    const image = await partitioned(folder.path, 64 * mebibyte, script);
    const before = inspectView(await inspectOne(image));
    await overwrite(image, 512 + 40, Buffer.from([1, 2, 3]));
    const device = await inspectOne(image);
    expect(device.partitionTable).toMatchObject({ type: "gpt", primaryGpt: "corrupt", backupGpt: "valid" });
    expect(inspectView(device)).toEqual(before);
  });

  it("notices a damaged entry in the primary copy by its checksum", async () => {
    await using folder = await temporaryFolder();
    const image = await partitioned(folder.path, 64 * mebibyte, script);
    const before = inspectView(await inspectOne(image));
    await overwrite(image, 1024 + 32, Buffer.from([0xff]));
    const device = await inspectOne(image);
    expect(device.partitionTable).toMatchObject({ primaryGpt: "corrupt", backupGpt: "valid" });
    expect(inspectView(device)).toEqual(before);
  });

  it("reports a missing backup", async () => {
    await using folder = await temporaryFolder();
    const image = await partitioned(folder.path, 64 * mebibyte, script);
    await overwrite(image, 64 * mebibyte - 512, Buffer.alloc(512));
    const { partitionTable, partitions } = await inspectOne(image);
    expect(partitionTable).toMatchObject({ type: "gpt", primaryGpt: "valid", backupGpt: "absent" });
    expect(partitions).toHaveLength(2);
  });

  it("finds the backup in the middle of a disk that was made larger", async () => {
    await using folder = await temporaryFolder();
    const image = await partitioned(folder.path, 64 * mebibyte, script);
    await truncate(image, 96 * mebibyte);
    const { partitionTable } = await inspectOne(image);
    expect(partitionTable).toMatchObject({ type: "gpt", primaryGpt: "valid", backupGpt: "valid" });
    expect(partitionTable.problems).toEqual(["the backup GPT is not at the end of the disk"]);
  });

  it("goes by the MBR where the protective entry was replaced by real ones", async () => {
    await using folder = await temporaryFolder();
    const image = await partitioned(folder.path, 64 * mebibyte, script);
    const entry = Buffer.alloc(16);
    entry[4] = 0x83;
    entry.writeUInt32LE(4096, 8);
    entry.writeUInt32LE(8192, 12);
    await overwrite(image, 446, entry);
    const { partitionTable, partitions } = await inspectOne(image);
    expect(partitionTable).toMatchObject({ type: "mbr", primaryGpt: "valid" });
    expect(partitionTable.problems.join()).toContain("out of use");
    expect(partitions.map(({ type }) => type)).toEqual(["0x83"]);
  });
});
