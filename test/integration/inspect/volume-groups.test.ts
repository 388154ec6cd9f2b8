/** LVM2 volume groups that lvm itself laid out, read without device-mapper. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { buildInspectProgram } from "./support/inspect-programs.ts";
import { inspect } from "./support/inspect-report.ts";
import { scatter, withLoops } from "./support/loop-disks.ts";
import { makeSparse, temporaryFolder, tool } from "./support/tools.ts";

const mebibyte = 1024 * 1024;
const extent = 4 * mebibyte;
const stripe = 64 * 1024;

const volumesSchema = z.object({
  report: z.tuple([
    z.object({
      vg: z.array(z.object({ vg_name: z.string(), vg_uuid: z.string(), vg_seqno: z.string() })),
      pv: z.array(z.object({ pv_name: z.string(), pv_uuid: z.string(), pe_start: z.string() })),
      lv: z.array(z.object({ lv_name: z.string(), lv_uuid: z.string(), lv_size: z.string() })),
    }),
  ]),
});

async function ext4Image(folder: string, name: string, sizeBytes: number): Promise<string> {
  const image = join(folder, `${name}.ext4`);
  await makeSparse(image, sizeBytes);
  await tool("mke2fs", ["-q", "-F", "-t", "ext4", "-L", name, image]);
  return image;
}

const create = ["--activate", "n", "--zero", "n", "--wipesignatures", "n", "--yes"] as const;

beforeAll(async () => {
  await buildInspectProgram("program");
}, 600_000);

describe("volume groups", () => {
  it("over three disks show LVM's own names, and what is in linear, spanned and striped volumes", async (context) => {
    await using folder = await temporaryFolder();
    const disks = ["a", "b", "c"].map((name) => join(folder.path, `${name}.img`));
    const [a = "", b = "", c = ""] = disks;
    for (const disk of disks) await makeSparse(disk, 120 * mebibyte);
    const seen = await withLoops(folder.path, disks, async ({ names, lvm }) => {
      const [first = "", second = ""] = names;
      await lvm("pvcreate", "-ff", "-y", ...names);
      await lvm("vgcreate", "-s", "4m", "daten-vg", ...names);
      await lvm("lvcreate", ...create, "-n", "striped", "-i", "3", "-I", "64k", "-l", "6", "daten-vg");
      await lvm("lvcreate", ...create, "-n", "linear", "-l", "10", "daten-vg", first);
      await lvm("lvcreate", ...create, "-n", "spanned", "-l", "30", "daten-vg", second, first);
      const json = await lvm(
        ...([
          "lvm",
          "fullreport",
          "--reportformat",
          "json",
          "--units",
          "b",
          "--nosuffix",
          "--configreport",
          "vg",
        ] as const),
        ...["-o", "vg_name,vg_uuid,vg_seqno", "--configreport", "pv", "-o", "pv_name,pv_uuid,pe_start"],
        ...["--configreport", "lv", "-o", "lv_name,lv_uuid,lv_size"],
      );
      return { names, report: volumesSchema.parse(JSON.parse(json)).report[0] };
    });
    if (seen === null) return context.skip();

    const start = Number(seen.report.pv[0]?.pe_start);
    const onDisk = (disk: string, extents: number) => [disk, start + extents * extent] as const;
    const striped = await ext4Image(folder.path, "striped", 6 * extent);
    await scatter(striped, stripe, (at) => {
      const row = Math.floor(at / stripe);
      return [disks[row % 3] ?? "", start + Math.floor(row / 3) * stripe];
    });
    await scatter(await ext4Image(folder.path, "linear", 10 * extent), extent, (at) =>
      onDisk(a, 2 + at / extent),
    );
    const { lvm } = await inspect(a, b, c);
    const spanned = lvm[0]?.logicalVolumes.find(({ name }) => name === "spanned");
    const pieces = (spanned?.segments ?? []).flatMap(({ extents, stripes }) =>
      Array.from(
        { length: extents },
        (_, i) => [stripes?.[0]?.physicalVolume, (stripes?.[0]?.startExtent ?? 0) + i] as const,
      ),
    );
    const diskOf = new Map(lvm[0]?.physicalVolumes.map(({ name, device }) => [name, device ?? ""]));
    await scatter(await ext4Image(folder.path, "spanned", 30 * extent), extent, (at) => {
      const [volume = "", extents = 0] = pieces[at / extent] ?? [];
      return onDisk(diskOf.get(volume) ?? "", extents);
    });

    const after = await inspect(a, b, c);
    expect(after.devices.map(({ content }) => content?.kind)).toEqual(["lvm-pv", "lvm-pv", "lvm-pv"]);
    expect(after.lvm).toHaveLength(1);
    const [group] = after.lvm;
    expect(group).toMatchObject({
      name: seen.report.vg[0]?.vg_name,
      uuid: seen.report.vg[0]?.vg_uuid,
      sequence: Number(seen.report.vg[0]?.vg_seqno),
      extentBytes: extent,
    });
    const devices = new Map(seen.names.map((name, i) => [name, disks[i]]));
    expect(group?.physicalVolumes.map(({ uuid, device }) => [uuid, device])).toEqual(
      seen.report.pv.map(({ pv_uuid, pv_name }) => [pv_uuid, devices.get(pv_name)]),
    );
    const byName = (x: { name: string }, y: { name: string }): number => x.name.localeCompare(y.name);
    expect(
      group?.logicalVolumes.map(({ name, uuid, sizeBytes }) => ({ name, uuid, sizeBytes })).toSorted(byName),
    ).toEqual(
      seen.report.lv
        .map(({ lv_name, lv_uuid, lv_size }) => ({
          name: lv_name,
          uuid: lv_uuid,
          sizeBytes: Number(lv_size),
        }))
        .toSorted(byName),
    );
    for (const volume of group?.logicalVolumes ?? []) {
      expect(volume.content).toMatchObject({
        kind: "filesystem",
        type: "ext4",
        label: volume.name,
        state: "clean",
      });
      expect(volume.segments[0]?.type).toBe(volume.name === "striped" ? "striped" : "linear");
    }
  });

  it("say which physical volumes are missing, and look only into what is whole", async (context) => {
    await using folder = await temporaryFolder();
    const disks = ["a", "b"].map((name) => join(folder.path, `${name}.img`));
    const [a = ""] = disks;
    for (const disk of disks) await makeSparse(disk, 64 * mebibyte);
    const made = await withLoops(folder.path, disks, async ({ names, lvm }) => {
      await lvm("pvcreate", "-ff", "-y", ...names);
      await lvm("vgcreate", "-s", "4m", "vg", ...names);
      await lvm("lvcreate", ...create, "-n", "here", "-l", "4", "vg", names[0] ?? "");
      await lvm("lvcreate", ...create, "-n", "gone", "-l", "4", "vg", names[1] ?? "");
      return true;
    });
    if (made === null) return context.skip();
    const { lvm } = await inspect(a);
    expect(lvm[0]?.physicalVolumes.map(({ device }) => device)).toEqual([a, null]);
    const state = new Map(
      lvm[0]?.logicalVolumes.map(({ name, content, notExamined }) => [name, content?.kind ?? notExamined]),
    );
    expect(state).toEqual(
      new Map([
        ["here", "empty"],
        ["gone", "physical-volume-missing"],
      ]),
    );
  });

  it("follow the newest metadata when one disk's is older", async (context) => {
    await using folder = await temporaryFolder();
    const disks = ["a", "b"].map((name) => join(folder.path, `${name}.img`));
    const [a = "", b = ""] = disks;
    const old = join(folder.path, "old.img");
    for (const disk of disks) await makeSparse(disk, 64 * mebibyte);
    const made = await withLoops(folder.path, disks, async ({ names, lvm }) => {
      await lvm("pvcreate", "-ff", "-y", ...names);
      await lvm("vgcreate", "-s", "4m", "vg", ...names);
      await tool("sync", []);
      await copyFile(b, old);
      await lvm("lvcreate", ...create, "-n", "added-later", "-l", "4", "vg");
      return true;
    });
    if (made === null) return context.skip();
    for (const order of [
      [a, old],
      [old, a],
    ]) {
      const { lvm } = await inspect(...order);
      expect(lvm).toHaveLength(1);
      expect(lvm[0]?.logicalVolumes.map(({ name }) => name)).toEqual(["added-later"]);
    }
  });
});
