/** Dynamic disks that become basic ones in a conversion's overlays, checked with the tools of others. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unwrap } from "../../../common/result.ts";
import {
  layOutBasicDisks,
  planBasicDisks,
  sizeInLayout,
  type LayoutPlan,
} from "../../../intermediate/conversion/dynamic-disks/lay-out.ts";
import { createOverlays } from "../../../intermediate/conversion/overlays.ts";
import { overlaySizeBytes } from "../../../intermediate/qemu/overlay.ts";
import {
  dataStartOf,
  guidOfVolume,
  makeDynamicDisks,
  type GroupSpec,
  type VolumeSpec,
} from "../../support/dynamic-disks/make-group.ts";

const sector = 512;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-basic-disks-"));
  mkdirSync(join(folder, "conversion"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** A real NTFS with a file, as a volume of so many sectors whose boot sector says that nothing lies before it. */
function makeNtfs(sectors: number, text: string): Buffer {
  const path = join(folder, "volume.ntfs");
  writeFileSync(path, "");
  truncateSync(path, sectors * sector);
  run("mkntfs", "-Q", "-F", "-q", "-s", "512", "-p", "63", "-H", "16", "-S", "63", "-L", "data", path);
  const file = join(folder, "file.txt");
  writeFileSync(file, text.repeat(3_000));
  run("ntfscp", "-f", "-q", path, file, "file.txt");
  return readFileSync(path);
}

/** Cuts the volume's bytes over its pieces. */
function fill(spec: GroupSpec, volume: VolumeSpec, bytes: Buffer): void {
  let at = 0;
  for (const { disk, startSectors, sectors } of volume.components[0] ?? []) {
    const path = spec.paths[disk] ?? "";
    const content = readFileSync(path);
    bytes.copy(content, (dataStartOf(spec) + startSectors) * sector, at, at + sectors * sector);
    writeFileSync(path, content);
    at += sectors * sector;
  }
}

async function layOut(
  paths: readonly string[],
): Promise<{ images: string[]; plan: LayoutPlan; done: readonly string[] }> {
  const replicas = paths.map((replicaPath, diskId) => ({
    diskId,
    replicaPath,
    sizeBytes: statSync(replicaPath).size,
  }));
  const before = paths.map((path) => sha256(readFileSync(path)));
  const plan = await planBasicDisks(replicas);
  const context = { claim: async () => undefined, signal: new AbortController().signal };
  const workDirectory = join(folder, "conversion");
  const overlays = unwrap(
    await createOverlays(replicas, workDirectory, context, (disk) => sizeInLayout(plan, disk)),
  );
  const done = unwrap(await layOutBasicDisks({ ...context, plan, workDirectory, disks: overlays.disks }));
  await overlays.publish();
  // What proves the copy is the replica, and that is as it was.
  expect(paths.map((path) => sha256(readFileSync(path)))).toEqual(before);
  const images = replicas.map(({ diskId }) => {
    const image = join(folder, `disk-${diskId}.img`);
    run("qemu-img", "convert", "-O", "raw", join(workDirectory, `disk-${diskId}.qcow2`), image);
    return image;
  });
  return { images, plan, done: done.map(({ what }) => what) };
}

interface Partition {
  readonly start: number;
  readonly size: number;
  readonly type: string;
  readonly bootable?: boolean;
  readonly uuid?: string;
}

function tableOf(image: string): { label: string; id?: string; partitions: readonly Partition[] } {
  const text = run("sfdisk", "--json", image);
  const table = (JSON.parse(text) as { partitiontable: { label: string; partitions?: readonly Partition[] } })
    .partitiontable;
  return { ...table, partitions: table.partitions ?? [] };
}

/** The partition's bytes, found good by the filesystem's own checker, with the places where they differ from `volume`. */
function checkNtfs(image: string, { start, size }: Partition, volume: Buffer): number[] {
  const bytes = readFileSync(image).subarray(start * sector, (start + size) * sector);
  const path = join(folder, "partition.ntfs");
  writeFileSync(path, bytes);
  expect(run("ntfsfix", "-n", path)).toContain("NTFS volume version");
  expect(run("ntfscat", path, "file.txt")).toContain("of the volume");
  expect(bytes.readUInt32LE(28)).toBe(start);
  const differing: number[] = [];
  expect(bytes.length).toBe(volume.length);
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] !== volume[at]) differing.push(at);
  return differing;
}

const megabyteSectors = 2_048;
const one = (disk: number, start: number, megabytes: number) => ({
  disk,
  startSectors: start * megabyteSectors,
  sectors: megabytes * megabyteSectors,
});

describe.each(["mbr", "gpt"] as const)("a group of two dynamic disks (%s)", (table) => {
  const system: VolumeSpec = {
    name: "Volume1",
    letter: "C:",
    layout: "concatenated",
    components: [[one(0, 0, 8)]],
  };
  const spanned: VolumeSpec = {
    name: "Volume2",
    letter: "D:",
    layout: "concatenated",
    components: [[one(0, 9, 3), one(1, 2, 5), one(0, 13, 1)]],
  };

  test("gets ordinary partitions: a simple volume in its place, a spanned one put together behind the end", async () => {
    const paths = [join(folder, "a.raw"), join(folder, "b.raw")];
    const spec: GroupSpec = {
      paths,
      diskSectors: 20 * megabyteSectors,
      table,
      volumes: [system, spanned],
      activeVolume: 0,
    };
    makeDynamicDisks(spec);
    const contents = [
      makeNtfs(8 * megabyteSectors, "of the volume C "),
      makeNtfs(9 * megabyteSectors, "of the volume D "),
    ];
    fill(spec, system, contents[0] ?? Buffer.alloc(0));
    fill(spec, spanned, contents[1] ?? Buffer.alloc(0));

    const { images, plan, done } = await layOut(paths);
    expect(plan.notes).toEqual([]);
    expect(done).toEqual([
      "the dynamic volume Volume1 (C:) became a basic partition in its place",
      "the dynamic volume Volume2 (D:) was put together from 3 pieces as a basic partition of 9\u00a0MiB",
    ]);
    const { label, partitions, ...rest } = tableOf(images[0] ?? "");
    const [first, second] = partitions;
    expect(partitions).toHaveLength(2);
    expect([first?.start, first?.size]).toEqual([dataStartOf(spec), 8 * megabyteSectors]);
    expect([second?.start, second?.size]).toEqual([20 * megabyteSectors, 9 * megabyteSectors]);
    if (table === "mbr") {
      expect({ label, ...rest }).toMatchObject({ label: "dos", id: "0xfeed0000" });
      expect(partitions.map(({ type, bootable }) => [type, bootable === true])).toEqual([
        ["7", true],
        ["7", false],
      ]);
      expect(readFileSync(images[0] ?? "").toString("latin1", 0, 23)).toBe("boot code of the source");
    } else {
      expect(label).toBe("gpt");
      expect(run("sgdisk", "-v", images[0] ?? "")).toContain("No problems found");
      expect(partitions.map(({ uuid }) => uuid?.replaceAll("-", "").toLowerCase())).toEqual(
        [0, 1].map((index) => guidOfVolume(index).toString("hex")),
      );
    }
    // Of the boot sectors only the number of sectors before the partition may be another.
    for (const [index, partition] of partitions.entries()) {
      const volume = contents[index] ?? Buffer.alloc(0);
      const backup = Number(volume.readBigUInt64LE(40)) * sector;
      const places = [0, backup].flatMap((at) => [28, 29, 30, 31].map((byte) => at + byte));
      expect(places).toEqual(expect.arrayContaining(checkNtfs(images[0] ?? "", partition, volume)));
    }
    // The disk whose pieces were all moved is an ordinary, empty one, of its old size.
    expect(statSync(images[1] ?? "").size).toBe(20 * 1_048_576);
    expect(tableOf(images[1] ?? "").partitions).toEqual([]);
    for (const image of images) expect(readFileSync(image).includes("PRIVHEAD")).toBe(false);
    // Nothing of it is dynamic any more, so that a second look finds nothing to do.
    const again = await planBasicDisks(
      images.map((replicaPath, diskId) => ({ diskId, replicaPath, sizeBytes: statSync(replicaPath).size })),
    );
    expect(again).toEqual({ layouts: [], notes: [] });
    expect(await overlaySizeBytes(join(folder, "conversion/disk-0.qcow2"))).toBe(
      statSync(images[0] ?? "").size,
    );
  });

  test.each([
    ["striped", { ...spanned, layout: "striped" as const }, "is striped"],
    ["RAID-5", { ...spanned, layout: "raid5" as const }, "is RAID-5"],
    [
      "mirrored",
      { ...system, components: [[one(0, 0, 8)], [one(1, 0, 8)]] },
      "is mirrored: break the mirror",
    ],
    [
      "on a disk that is not there",
      { ...spanned, components: [[one(0, 9, 3), one(7, 0, 1)]] },
      "not part of the job",
    ],
    ["over another volume", { ...spanned, components: [[one(0, 7, 3)]] }, "the same bytes to two volumes"],
    ["beyond the disk's data", { ...spanned, components: [[one(0, 15, 6)]] }, "what cannot be"],
  ])("stays dynamic where a volume is %s, and says which and why", async (_, volume, reason) => {
    const paths = [join(folder, "a.raw"), join(folder, "b.raw")];
    const first: VolumeSpec = { name: "Volume1", layout: "concatenated", components: [[one(0, 0, 8)]] };
    const volumes = volume.components.length > 1 ? [volume] : [first, volume];
    makeDynamicDisks({ paths, diskSectors: 20 * megabyteSectors, table, volumes });
    const replicas = paths.map((replicaPath, diskId) => ({ diskId, replicaPath, sizeBytes: 20 * 1_048_576 }));
    const { layouts, notes } = await planBasicDisks(replicas);
    expect(layouts).toEqual([]);
    expect(notes.map(({ what }) => what)).toEqual([expect.stringContaining(reason)]);
  });
});

test("more volumes than an MBR has room for go into an extended partition, the active one stays where it is", async () => {
  const path = join(folder, "a.raw");
  const volumes = [0, 1, 2, 3, 4].map((index): VolumeSpec => ({
    name: `Volume${index}`,
    layout: "concatenated",
    components: [[one(0, index * 3, 2)]],
  }));
  const spec: GroupSpec = {
    paths: [path],
    diskSectors: 20 * megabyteSectors,
    table: "mbr",
    volumes,
    activeVolume: 4,
  };
  makeDynamicDisks(spec);
  const contents = volumes.map((_, index) => makeNtfs(2 * megabyteSectors, `${index} of the volume `));
  for (const [index, volume] of volumes.entries()) fill(spec, volume, contents[index] ?? Buffer.alloc(0));
  const { images, done } = await layOut([path]);
  expect(done).toHaveLength(5);
  const { partitions } = tableOf(images[0] ?? "");
  expect(partitions.filter(({ type }) => type === "f")).toHaveLength(1);
  const ntfs = partitions.filter(({ type }) => type === "7");
  expect(ntfs.find(({ bootable }) => bootable)?.start).toBe(dataStartOf(spec) + 12 * megabyteSectors);
  const order = [4, 0, 1, 2, 3];
  const starts = ntfs.toSorted(
    (a, b) => Number(b.bootable === true) - Number(a.bootable === true) || a.start - b.start,
  );
  expect(starts).toHaveLength(5);
  for (const [index, partition] of starts.entries())
    checkNtfs(images[0] ?? "", partition, contents[order[index] ?? 0] ?? Buffer.alloc(0));
});

/** Disks of a real Server 2003 R2, where those are present: SMA_FIXTURES, or ../shared/fixtures beside the checkout. */
const fixtures = resolve(
  process.env["SMA_FIXTURES"] ?? join(import.meta.dirname, "../../../../shared/fixtures"),
);
const samples = join(fixtures, "images/ldm");
test.skipIf(!existsSync(samples))(
  "disks that Server 2003 R2 made: simple and spanned become basic, striped stay",
  async () => {
    const unpack = (name: string): string => {
      const path = join(folder, basename(name, ".xz"));
      execFileSync("sh", ["-c", `xz -dc "${samples}/${name}" > "${path}"`]);
      return path;
    };
    // All of one group; the spanned volume begins on the second of its disks.
    const names = ["simple-1", "spanned-1", "spanned-2", "striped-1", "striped-2"];
    const { images, plan, done } = await layOut(names.map((name) => unpack(`ldm-2003r2-${name}.img.xz`)));
    expect(plan.notes).toEqual([
      expect.objectContaining({
        what: expect.stringMatching(/^2 dynamic disks of .* stay dynamic: .* is striped/) as string,
      }),
    ]);
    expect(done).toHaveLength(2);
    const tables = images.map((image) => tableOf(image).partitions.map(({ type }) => type));
    expect(tables).toEqual([["7"], [], ["7"], ["42"], ["42"]]);
  },
);
