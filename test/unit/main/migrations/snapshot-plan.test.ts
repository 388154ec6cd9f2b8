import { describe, expect, it } from "vitest";
import {
  deviceOf,
  planSnapshots,
  type SnapshotPlan,
  type VolumeFacts,
} from "../../../../main/migrations/consistency/snapshot-plan.ts";
import { parseVolumeFacts } from "../../../../main/migrations/consistency/volume-facts.ts";

const mebi = 1_048_576;
// What a Debian guest with root and data on LVM, a plain /boot and a second volume group elsewhere says.
const survey = `
place 254:0 0 /dev/vda
place 254:1 2048 /dev/vda
place 254:2 1050624 /dev/vda
mount 253:0 /
table 253:0 0 3145728 linear 254:2 2048
mount 253:2 /srv/my\\040data
table 253:2 0 409600 linear 254:2 3409920
table 253:2 409600 245760 linear 8:16 2048
mount 254:1 /boot
mount 0:40 /net
vg|lab|331350016|4194304|wz--n-
lv|lab|root|1610612736|253|0
lv|lab|swap|134217728|253|1
lv|lab|da-ta|335544320|253|2
pv|254:2|/dev/vda2|lab|2412773376|1048576|575
pv|8:16|/dev/sdb|lab|1073741824|1048576|255
`;
const facts = (text: string = survey): VolumeFacts => parseVolumeFacts(text) ?? expect.fail("no LVM");
const planOf = (text?: string): SnapshotPlan => {
  const choice = planSnapshots(facts(text), "job00001");
  return choice.possible ? choice.plan : expect.fail(choice.why.what);
};
const whyNot = (text: string): string => {
  const choice = planSnapshots(facts(text), "job00001");
  return choice.possible ? expect.fail("possible") : choice.why.what;
};

describe("snapshots of a source's logical volumes", () => {
  it("are one for each mounted volume on the disks, sized by the volumes within what is free", () => {
    const { snapshots } = planOf();
    expect(snapshots.map(({ volume, name, mountPoint }) => [volume, name, mountPoint])).toEqual([
      ["root", "sma-job00001-0", "/"],
      ["da-ta", "sma-job00001-1", "/srv/my data"],
    ]);
    const [root, data] = snapshots.map(({ extents }) => extents);
    expect(root).toBeGreaterThan((data ?? 0) * 4);
    expect((root ?? 0) + (data ?? 0)).toBeLessThanOrEqual(331350016 / 4194304);
  });

  it("stand for the volumes' pieces on the disks that are copied, and only for those", () => {
    const { parts } = planOf();
    const start = 1050624 * 512;
    expect(parts.slice(0, 2)).toEqual([
      {
        disk: "/dev/vda",
        offset: start + 2048 * 512,
        length: 3145728 * 512,
        start: 0,
        source: "/dev/mapper/lab-sma--job00001--0",
      },
      {
        disk: "/dev/vda",
        offset: start + 3409920 * 512,
        length: 409600 * 512,
        start: 0,
        source: "/dev/mapper/lab-sma--job00001--1",
      },
    ]);
    expect(parts.every(({ disk }) => disk === "/dev/vda")).toBe(true);
  });

  it("come with LVM's metadata from before them, at the head and the tail of each physical volume", () => {
    const { saved, parts } = planOf();
    const dataEnd = 1048576 + 575 * 4194304;
    expect(saved).toEqual([
      { path: "/dev/vda2", start: 0, length: 1048576, file: "saved-0" },
      ...(2412773376 > dataEnd
        ? [{ path: "/dev/vda2", start: dataEnd, length: 2412773376 - dataEnd, file: "saved-1" }]
        : []),
    ]);
    expect(parts.filter(({ source }) => !source.startsWith("/"))).toHaveLength(saved.length);
    // The disk's parts never overlap.
    const sorted = parts.toSorted((a, b) => a.offset - b.offset);
    for (const [index, part] of sorted.entries()) {
      const next = sorted[index + 1];
      if (next !== undefined) expect(part.offset + part.length).toBeLessThanOrEqual(next.offset);
    }
  });

  it("name what they leave out", () => {
    expect(planOf().uncovered).toMatchObject([
      { point: "/boot", why: { what: "it is on no logical volume" } },
    ]);
    const striped = survey.replace(
      /^table 253:2 0 .*$/m,
      "table 253:2 0 409600 striped 2 128 254:2 0 8:16 0",
    );
    expect(planOf(striped).uncovered.map(({ point }) => point)).toEqual(["/srv/my data", "/boot"]);
  });

  it.each([
    ["the group is full", survey.replace("331350016", "8388608"), /lab has only 8.MiB free/],
    ["the group is shared", survey.replace("wz--n-", "wz--ns"), /shared/],
    ["nothing mounted is on LVM", survey.replaceAll(/^table .*$/gm, ""), /no mounted filesystem/],
    ["the volumes are on other disks", survey.replace(/^place 254:2 .*$/m, ""), /no mounted filesystem/],
  ])("are not made where %s", (_, text, why) => {
    expect(whyNot(text)).toMatch(why);
  });

  it("are no larger than what can ever be needed", () => {
    const { snapshots } = planOf(survey.replace("331350016", String(100_000 * mebi)));
    for (const { extents } of snapshots)
      expect(extents * 4194304).toBeLessThan(1.05 * 1610612736 + 2 * 4194304);
  });

  it("are not thought of where the source has no LVM", () => {
    expect(parseVolumeFacts("no-lvm\n")).toBeNull();
  });

  it("have device names in which hyphens are doubled", () => {
    expect(deviceOf({ group: "my-vg", name: "sma-x-0" })).toBe("/dev/mapper/my--vg-sma--x--0");
  });
});
