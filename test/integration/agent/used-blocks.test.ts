/** What the agent leaves out of a disk: checked with each filesystem's own tools on what is left. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { BlockMap, SyncStatus } from "../../../common/api/intermediate.ts";
import { unwrap } from "../../../common/result.ts";
import { AgentProcess, agentBinary, agentObstacle } from "../../support/intermediate/agent-process.ts";
import { DaemonBench, isOver, jobId } from "../../support/intermediate/daemon.ts";
import { scatter, withLoops } from "../inspect/support/loop-disks.ts";
import { changeMetadata } from "../inspect/support/lvm-metadata.ts";
import { withMounted } from "../inspect/support/mounts.ts";
import { numberIn, temporaryFolder, tool } from "../inspect/support/tools.ts";

const obstacle = agentObstacle();
if (obstacle !== null) console.warn(`SKIPPED: used blocks: ${obstacle}`);

const mebibyte = 1024 * 1024;
const extent = 4 * mebibyte;

const usedSchema = z.array(
  z.object({
    path: z.string(),
    unusedBytes: z.number(),
    volumes: z.array(
      z.object({ what: z.string(), why: z.string(), sizeBytes: z.number(), unusedBytes: z.number() }),
    ),
    ranges: z.array(z.tuple([z.number(), z.number()])),
  }),
);

function usedOf(...disks: readonly string[]): z.infer<typeof usedSchema> {
  const json = execFileSync(agentBinary, ["used", "--json", "--ranges", ...disks], {
    encoding: "utf8",
    maxBuffer: 64 * mebibyte,
  });
  return usedSchema.parse(JSON.parse(json));
}

/** A disk whose every byte is noise: what is left out must not matter. */
function makeNoise(path: string, sizeBytes: number): void {
  const file = openSync(path, "w");
  const noise = randomBytes(mebibyte);
  for (let at = 0; at < sizeBytes; at += noise.length) writeSync(file, noise, 0, noise.length, at);
  closeSync(file);
}

/** Makes a filesystem in a file of its own, over noise, and puts it at `offset` of the disk. */
async function place(
  disk: string,
  offset: number,
  sizeBytes: number,
  make: (image: string) => Promise<unknown>,
): Promise<void> {
  const image = `${disk}.part`;
  makeNoise(image, sizeBytes);
  await make(image);
  await scatter(image, mebibyte, (at) => [disk, offset + at]);
  rmSync(image);
}

/** A copy that has zeros where the agent would send nothing. */
async function withoutUnused(disk: string, ranges: readonly (readonly [number, number])[]): Promise<string> {
  const copy = `${disk}.copy`;
  await tool("cp", ["--sparse=never", disk, copy]);
  const file = openSync(copy, "r+");
  const zeros = Buffer.alloc(mebibyte);
  for (const [start, length] of ranges) {
    for (let at = 0; at < length; at += zeros.length) {
      writeSync(file, zeros, 0, Math.min(zeros.length, length - at), start + at);
    }
  }
  closeSync(file);
  return copy;
}

async function cut(disk: string, offset: number, sizeBytes: number): Promise<string> {
  const part = `${disk}.${offset}`;
  await tool("dd", [
    ...[`if=${disk}`, `of=${part}`, "bs=1M", "status=none"],
    ...[`skip=${offset / mebibyte}`, `count=${sizeBytes / mebibyte}`],
  ]);
  return part;
}

const ext4 = (tree: string) => (image: string) =>
  tool("mke2fs", ["-q", "-F", "-t", "ext4", "-b", "4096", "-d", tree, image]);

function makeTree(folder: string): string {
  const tree = join(folder, "tree");
  mkdirSync(join(tree, "deep"), { recursive: true });
  for (let i = 0; i < 20; i += 1) {
    writeFileSync(join(tree, i % 2 === 0 ? "deep" : ".", `file-${i}`), randomBytes(i * 40_000 + 1));
  }
  return tree;
}

describe.runIf(obstacle === null)("what nobody uses", () => {
  it("is not believed of a map that is damaged in its middle, also not what stands before the damage", async () => {
    await using folder = await temporaryFolder();
    const image = join(folder.path, "ext4.img");
    makeNoise(image, 64 * mebibyte);
    const features = ["-O", "^metadata_csum,^64bit,^flex_bg", "-b", "1024"];
    await tool("mke2fs", ["-q", "-F", "-t", "ext4", ...features, image]);
    expect(usedOf(image)[0]?.unusedBytes).toBeGreaterThan(40 * mebibyte);
    // The sixth group's map is said to lie far behind the end.
    const file = openSync(image, "r+");
    writeSync(file, Buffer.of(0xf0, 0xff, 0xff, 0xff), 0, 4, 2 * 1024 + 5 * 32);
    closeSync(file);
    const [used] = usedOf(image);
    expect(used).toMatchObject({ unusedBytes: 0, ranges: [] });
    expect(used?.volumes[0]?.why).not.toBe("");
  });

  it("is found in partitions, counted as their own tools count it, and missed by nobody", async () => {
    await using folder = await temporaryFolder();
    const disk = join(folder.path, "disk.img");
    makeNoise(disk, 160 * mebibyte);
    await tool(
      "sfdisk",
      ["-q", "--wipe", "always", disk],
      "label: gpt\nstart=1MiB size=64MiB\nsize=32MiB\nsize=16MiB\nsize=16MiB\n",
    );
    const tree = makeTree(folder.path);
    await place(disk, mebibyte, 64 * mebibyte, ext4(tree));
    await place(disk, 65 * mebibyte, 32 * mebibyte, (image) => tool("mkfs.vfat", ["-F", "32", image]));
    await place(disk, 97 * mebibyte, 16 * mebibyte, (image) => tool("mkswap", ["-L", "auslagerung", image]));
    const [used] = usedOf(disk);
    const [root, fat, swap, unknown] = used?.volumes ?? [];
    expect(root?.what).toBe("partition 1: ext4");
    const first = await cut(disk, mebibyte, 64 * mebibyte);
    const counted = await tool("dumpe2fs", ["-h", first]);
    expect(root?.unusedBytes).toBe(numberIn(counted, /^Free blocks: +(\d+)/m) * 4096);
    expect(fat?.unusedBytes).toBeGreaterThan(30 * mebibyte);
    expect(swap?.unusedBytes).toBe(16 * mebibyte - 4096);
    expect(unknown).toMatchObject({ unusedBytes: 0, why: "it is not looked into" });
    // Tables, gaps and what is not understood: nothing of them is left out.
    const inside = (start: number, length: number): boolean =>
      start >= mebibyte && start + length <= 113 * mebibyte;
    expect(used?.ranges.every(([start, length]) => inside(start, length))).toBe(true);

    const copy = await withoutUnused(disk, used?.ranges ?? []);
    expect(await tool("sfdisk", ["--verify", copy])).toContain("No errors");
    await tool("e2fsck", ["-fn", await cut(copy, mebibyte, 64 * mebibyte)]);
    await tool("fsck.vfat", ["-n", await cut(copy, 65 * mebibyte, 32 * mebibyte)]);
    const label = await tool("blkid", [
      "-p",
      "-o",
      "value",
      "-s",
      "LABEL",
      await cut(copy, 97 * mebibyte, 16 * mebibyte),
    ]);
    expect(label.trim()).toBe("auslagerung");
  });

  it("is found through linear and striped volumes and free extents of a group over two disks", async (context) => {
    await using folder = await temporaryFolder();
    const disks = ["a", "b"].map((name) => join(folder.path, `${name}.img`));
    const [a = "", b = ""] = disks;
    for (const disk of disks) makeNoise(disk, 96 * mebibyte);
    const create = ["--activate", "n", "--zero", "n", "--wipesignatures", "n", "--yes"] as const;
    const made = await withLoops(folder.path, disks, async ({ names, lvm }) => {
      const [one = ""] = names;
      await lvm("pvcreate", "-ff", "-y", ...names);
      await lvm("vgcreate", "-s", "4m", "daten", ...names);
      await lvm("lvcreate", ...create, "-n", "quer", "-i", "2", "-I", "64k", "-l", "8", "daten");
      await lvm("lvcreate", ...create, "-n", "gerade", "-l", "6", "daten", one);
      return Number(
        (await lvm("pvs", "--noheadings", "--units", "b", "--nosuffix", "-o", "pe_start", one)).trim(),
      );
    });
    if (made === null) return context.skip();
    const tree = makeTree(folder.path);
    const stripe = 64 * 1024;
    const striped = join(folder.path, "quer");
    makeNoise(striped, 8 * extent);
    await ext4(tree)(striped);
    await scatter(striped, stripe, (at) => {
      const row = Math.floor(at / stripe);
      return [disks[row % 2] ?? "", made + Math.floor(row / 2) * stripe];
    });
    const linear = join(folder.path, "gerade");
    makeNoise(linear, 6 * extent);
    await tool("mkfs.ext4", ["-q", "-F", "-b", "4096", linear]);
    await scatter(linear, extent, (at) => [a, made + 4 * extent + at]);

    const found = usedOf(a, b);
    const free = async (image: string): Promise<number> =>
      numberIn(await tool("dumpe2fs", ["-h", image]), /^Free blocks: +(\d+)/m) * 4096;
    const unusedIn = (what: string): number =>
      found
        .flatMap(({ volumes }) => volumes)
        .reduce((sum, each) => sum + (each.what === what ? each.unusedBytes : 0), 0);
    expect(unusedIn("daten/quer: ext4")).toBe(await free(striped));
    expect(unusedIn("daten/gerade: ext4")).toBe(await free(linear));
    expect(unusedIn("daten/pv1: LVM physical volume")).toBeGreaterThan(16 * extent);
    // Beside a copy of one of its disks, the group's map may be that of either: all is read.
    const double = join(folder.path, "double.img");
    copyFileSync(a, double);
    expect(usedOf(a, b, double).map(({ unusedBytes }) => unusedBytes)).toEqual([0, 0, 0]);
    // The copies hold the same volumes.
    const [copyA = "", copyB = ""] = await Promise.all(
      disks.map((disk, i) => withoutUnused(disk, found[i]?.ranges ?? [])),
    );
    const again = join(folder.path, "again");
    const halves = [copyA, copyB].map((copy) => readFileSync(copy));
    const rows = Array.from({ length: (8 * extent) / stripe }, (_, row) => {
      const at = made + Math.floor(row / 2) * stripe;
      return halves[row % 2]?.subarray(at, at + stripe) ?? Buffer.alloc(0);
    });
    writeFileSync(again, Buffer.concat(rows));
    await tool("e2fsck", ["-fn", again]);
    expect(usedOf(copyA, copyB).map(({ unusedBytes }) => unusedBytes)).toEqual(
      found.map(({ unusedBytes }) => unusedBytes),
    );
  });

  it("is nothing in a partition of which a hybrid's MBR has another idea", async () => {
    await using folder = await temporaryFolder();
    const disk = join(folder.path, "disk.img");
    makeNoise(disk, 70 * mebibyte);
    await tool("sfdisk", ["-q", "--wipe", "always", disk], "label: gpt\nstart=1MiB size=32MiB\nsize=32MiB\n");
    for (const at of [1, 33])
      await place(disk, at * mebibyte, 32 * mebibyte, (image) => tool("mke2fs", ["-q", "-F", image]));
    const unusedWith = (startSector: number): boolean[] => {
      const entry = Buffer.alloc(16);
      entry[4] = 0x83;
      entry.writeUInt32LE(startSector, 8);
      entry.writeUInt32LE(65_536, 12);
      const file = openSync(disk, "r+");
      writeSync(file, entry, 0, 16, 446 + 16);
      closeSync(file);
      return (usedOf(disk)[0]?.volumes ?? []).map(({ unusedBytes }) => unusedBytes > 0);
    };
    expect(unusedWith(2048)).toEqual([true, true]);
    expect(unusedWith(2048 + 8)).toEqual([false, false]);
  });

  it("is nothing in a group whose volumes have the same extents", async (context) => {
    await using folder = await temporaryFolder();
    const disk = join(folder.path, "disk.img");
    makeNoise(disk, 96 * mebibyte);
    const create = ["--activate", "n", "--zero", "n", "--wipesignatures", "n", "--yes"] as const;
    const made = await withLoops(folder.path, [disk], async ({ names: [name = ""], lvm }) => {
      await lvm("pvcreate", "-ff", "-y", name);
      await lvm("vgcreate", "-s", "4m", "daten", name);
      await lvm("lvcreate", ...create, "-n", "eins", "-l", "8", "daten");
      await lvm("lvcreate", ...create, "-n", "zwei", "-l", "8", "daten");
      return true;
    });
    if (made === null) return context.skip();
    const image = join(folder.path, "eins");
    makeNoise(image, 8 * extent);
    await ext4(makeTree(folder.path))(image);
    await scatter(image, extent, (at) => [disk, mebibyte + at]);
    const before = usedOf(disk)[0];
    expect(before?.volumes.map(({ what, unusedBytes }) => [what, unusedBytes > 0])).toEqual([
      ["daten/pv0: LVM physical volume", true],
      ["daten/eins: ext4", true],
      ["daten/zwei: unknown", false],
    ]);
    // What is free in the one is in the other's last extent then.
    await changeMetadata(disk, '"pv0", 8', '"pv0", 7');
    expect(usedOf(disk)[0]).toMatchObject({
      unusedBytes: 0,
      volumes: [{ why: "two of its group's volumes have the same extents" }],
    });
  });

  it("is nothing where not all can be read that tells what is there", async (context) => {
    await using folder = await temporaryFolder();
    const image = join(folder.path, "ext4.img");
    makeNoise(image, 64 * mebibyte);
    await tool("mke2fs", ["-q", "-F", "-t", "ext4", image, "32M"]);
    const before = usedOf(image)[0]?.volumes[0];
    expect(before?.unusedBytes).toBeGreaterThan(10 * mebibyte);
    const used = await withLoops(folder.path, [image], async ({ names: [name = ""] }) => {
      // The device keeps its size; what lies behind the cut is an I/O error.
      await tool("sync", ["-f", image]);
      truncateSync(image, 40 * mebibyte);
      return usedOf(name)[0]?.volumes[0];
    });
    if (used === null) return context.skip();
    expect(used).toMatchObject({ unusedBytes: 0, why: expect.stringContaining("could be read") as string });
  });

  it("is nothing of a volume that has a snapshot, which reads from it; one that the migration took does not count", async (context) => {
    await using folder = await temporaryFolder();
    const disk = join(folder.path, "disk.img");
    makeNoise(disk, 96 * mebibyte);
    const create = ["--activate", "n", "--zero", "n", "--wipesignatures", "n", "--yes"] as const;
    const text = join(folder.path, "group.txt");
    const take = (store: string): Promise<boolean | null> =>
      withLoops(folder.path, [disk], async ({ names: [name = ""], lvm }) => {
        await lvm("pvcreate", "-ff", "-y", name);
        await lvm("vgcreate", "-s", "4m", "daten", name);
        await lvm("lvcreate", ...create, "-n", "ursprung", "-l", "8", "daten");
        await lvm("lvcreate", ...create, "-n", store, "-l", "2", "daten");
        await lvm("vgcfgbackup", "-f", text, "daten");
        // What `lvcreate -s` writes; without a device-mapper it refuses.
        const snapshot =
          'snapshot0 {\nid = "aaaaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaaa1"\nstatus = ["READ", "WRITE", "VISIBLE"]\nflags = []\n' +
          'segment_count = 1\nsegment1 {\nstart_extent = 0\nextent_count = 8\ntype = "snapshot"\nchunk_size = 8\n' +
          `origin = "ursprung"\ncow_store = "${store}"\n}\n}\n`;
        const group = readFileSync(text, "utf8");
        writeFileSync(text, group.replace("logical_volumes {", `logical_volumes {\n${snapshot}`));
        await lvm("vgcfgrestore", "--force", "-f", text, "daten");
        return (await lvm("lvs", "--noheadings", "-o", "origin", `daten/${store}`)).trim() === "ursprung";
      });
    const image = join(folder.path, "ursprung");
    makeNoise(image, 8 * extent);
    await ext4(makeTree(folder.path))(image);
    for (const [store, told] of [
      ["gestern", []],
      ["sma-0123456789ab-0", ["daten/ursprung: ext4"]],
    ] as const) {
      const made = await take(store);
      if (made === null) return context.skip();
      expect(made).toBe(true);
      await scatter(image, extent, (at) => [disk, mebibyte + at]);
      const { volumes = [] } = usedOf(disk)[0] ?? {};
      expect(volumes.map(({ what }) => what).filter((what) => !what.includes("physical volume"))).toEqual(
        told,
      );
    }
  });

  it("is told with the groups whose maps do not match their checksums, which travel whole", async () => {
    await using folder = await temporaryFolder();
    const image = join(folder.path, "ext4.img");
    makeNoise(image, 64 * mebibyte);
    await tool("mke2fs", ["-q", "-F", "-t", "ext4", "-O", "metadata_csum", "-b", "1024", image]);
    const before = usedOf(image)[0]?.volumes[0];
    expect(before?.why).toBe("");
    // The others were never written, the first one has the metadata.
    const group = /^Group 2:[^]*?directories/m.exec(await tool("dumpe2fs", [image]))?.[0] ?? "";
    const bitmap = numberIn(group, /Block bitmap at (\d+)/);
    const file = openSync(image, "r+");
    writeSync(file, Buffer.of(0), 0, 1, bitmap * 1024);
    writeSync(file, Buffer.of(0x55), 0, 1, bitmap * 1024 + 1000);
    closeSync(file);
    const after = usedOf(image)[0]?.volumes[0];
    expect(after?.why).toContain("of 1 of its groups the map does not match its checksum");
    const lost = (before?.unusedBytes ?? 0) - (after?.unusedBytes ?? 0);
    expect(lost).toBe(numberIn(group, /(\d+) free blocks/) * 1024);
  });

  it("of a mounted filesystem takes in what waits in its journal", async (context) => {
    await using folder = await temporaryFolder();
    const image = join(folder.path, "live.img");
    makeNoise(image, 96 * mebibyte);
    await tool("mke2fs", ["-q", "-F", "-t", "ext4", "-b", "1024", "-O", "^metadata_csum,uninit_bg", image]);
    const copied = await withMounted(image, folder.path, async (mounted) => {
      for (let round = 0; round < 3; round += 1) {
        for (let i = 0; i < 40; i += 1) {
          const file = openSync(join(mounted, `file-${i}`), "w");
          writeSync(file, randomBytes(i * 10_000 + 1));
          fsyncSync(file);
          closeSync(file);
        }
        rmSync(join(mounted, `file-${round}`));
      }
      // What fsync put into the journal is what counts: no sync of the whole, the bitmaps in place are old.
      const [used] = usedOf(image);
      const copy = await withoutUnused(image, used?.ranges ?? []);
      expect(used?.unusedBytes).toBeGreaterThan(40 * mebibyte);
      expect(await tool("dumpe2fs", ["-h", copy])).toContain("needs_recovery");
      const files = new Map<string, Buffer>();
      for (let i = 3; i < 40; i += 1) files.set(`file-${i}`, readFileSync(join(mounted, `file-${i}`)));
      return { copy, files };
    });
    if (copied === null) return context.skip();
    await using elsewhere = await temporaryFolder();
    await withMounted(copied.copy, elsewhere.path, async (mounted) => {
      for (const [name, bytes] of copied.files) {
        expect(readFileSync(join(mounted, name)).equals(bytes), name).toBe(true);
      }
    });
    await tool("e2fsck", ["-fn", copied.copy]);
  });
});

describe.runIf(obstacle === null)("a copy of used blocks", () => {
  let bench: DaemonBench;
  const agents: AgentProcess[] = [];
  beforeEach(() => {
    bench = new DaemonBench();
  });
  afterEach(async () => {
    for (const agent of agents.splice(0)) agent.kill();
    await bench.dispose();
  });

  const ended = (pass: number) => (status: SyncStatus) => isOver(status) && status.pass > pass;

  it("is proved equal, follows what is allocated and freed between passes, and can be switched off", async (context) => {
    await using folder = await temporaryFolder();
    const image = join(folder.path, "live.img");
    makeNoise(image, 64 * mebibyte);
    await ext4(makeTree(folder.path))(image);
    await bench.start();
    const disks = [{ id: 0, path: image, sizeBytes: 64 * mebibyte }];
    const put = (usedBlocksOnly: boolean) =>
      bench.admin
        .call("PUT", `/v1/jobs/${jobId}`, { ...bench.provision([]), disks, usedBlocksOnly })
        .then(unwrap);
    const verified = async (after: number): Promise<SyncStatus> => {
      const status = await bench.admin.statusWhen(jobId, ended(after));
      expect(status).toMatchObject({ phase: "synced", settled: true, failure: null });
      expect(await bench.admin.task(jobId, { kind: "verify" })).toMatchObject({ result: { equal: true } });
      return status;
    };
    await put(true);
    agents.push(AgentProcess.launch(bench, "agent"));
    const first = await verified(0);
    const { used } = first.disks[0] ?? {};
    expect(used?.volumes).toMatchObject([{ what: "the whole disk: ext4", why: "" }]);
    expect((used?.usedBytes ?? 0) + (used?.unusedBytes ?? 0)).toBe(64 * mebibyte);
    // Chunks are larger than blocks, so that a little more travels; the noise in free space does not.
    expect(first.rawBytesReceived).toBeLessThan((used?.usedBytes ?? 0) + 4 * mebibyte);
    await tool("e2fsck", ["-fn", bench.replicaPath(0)]);
    const { cells, chunks } = unwrap(
      await bench.admin.call<BlockMap>("GET", `/v1/jobs/${jobId}/disks/0/map?cells=7`),
    );
    expect(chunks).toBe(1024);
    const total = (what: keyof BlockMap["cells"][number]): number =>
      cells.reduce((sum, cell) => sum + cell[what], 0);
    expect(cells).toHaveLength(7);
    expect(total("skipped") * 65_536).toBeLessThanOrEqual(used?.unusedBytes ?? 0);
    expect(total("skipped")).toBeGreaterThan(chunks / 2);
    expect(total("skipped") + total("zero") + total("same")).toBe(chunks);
    const wrong = await bench.admin.call("GET", `/v1/jobs/${jobId}/disks/0/map?cells=0`);
    expect(wrong).toMatchObject({ ok: false, failure: { code: "input-invalid" } });

    const kept = await withMounted(image, folder.path, (mounted) => {
      rmSync(join(mounted, "deep/file-18"));
      const bytes = randomBytes(3 * mebibyte);
      writeFileSync(join(mounted, "new"), bytes);
      return Promise.resolve(bytes);
    });
    if (kept === null) return context.skip();
    unwrap(
      await bench.admin.call("POST", `/v1/jobs/${jobId}/sync`, { mode: "next", repairDiffering: false }),
    );
    const second = await verified(first.pass);
    await tool("e2fsck", ["-fn", bench.replicaPath(0)]);
    const dumped = join(folder.path, "dumped");
    await tool("debugfs", ["-R", `dump /new ${dumped}`, bench.replicaPath(0)]);
    expect(readFileSync(dumped).equals(kept)).toBe(true);

    // Another agent is told to leave nothing out: then the replica is the source byte for byte.
    for (const agent of agents.splice(0)) agent.kill();
    await bench.admin.statusWhen(jobId, (status) => !status.agent.connected);
    await put(false);
    unwrap(
      await bench.admin.call("POST", `/v1/jobs/${jobId}/sync`, { mode: "next", repairDiffering: false }),
    );
    agents.push(AgentProcess.launch(bench, "whole"));
    await verified(second.pass);
    expect(readFileSync(bench.replicaPath(0)).equals(readFileSync(image))).toBe(true);
  });
});
