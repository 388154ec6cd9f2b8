import { describe, expect, it } from "vitest";
import type { Region } from "../../../common/domain/assessment.ts";
import { classOfRegion, placeRegions } from "../../../common/domain/disk-layout.ts";

const gibibyte = 1024 ** 3;
const region = (name: string, start: number, size: number | null, more: Partial<Region> = {}): Region => ({
  name,
  kind: "partition",
  startBytes: start * gibibyte,
  sizeBytes: size === null ? null : size * gibibyte,
  content: "ext4",
  mountPoints: [],
  usedBytes: null,
  effects: { block: "kept", file: "kept" },
  volumes: [],
  ...more,
});

describe("the layout of a disk", () => {
  it("is to scale, and leaves no gap between pieces", () => {
    const { regions } = placeRegions([region("a", 0, 30), region("b", 30, 70)], 100 * gibibyte, 1000);
    expect(regions.map(({ x, width }) => [x, width])).toEqual([
      [0, 300],
      [300, 700],
    ]);
  });

  it("keeps a tiny piece visible without growing beyond the bar", () => {
    const { regions } = placeRegions(
      [region("tiny", 0, 0.0001), region("big", 0.0001, 100)],
      100.0001 * gibibyte,
      1000,
    );
    expect(regions[0]?.width).toBeGreaterThanOrEqual(4.9);
    expect((regions[1]?.x ?? 0) + (regions[1]?.width ?? 0)).toBeLessThanOrEqual(1000.001);
  });

  it("believes no size where one is unknown", () => {
    const { regions } = placeRegions([region("a", 0, null), region("b", 0, 70)], 100 * gibibyte, 1000);
    expect(regions.map(({ width }) => width)).toEqual([500, 500]);
  });

  it("frames logical partitions and shows what they leave of their container", () => {
    const extended = region("sda2", 10, 90, { kind: "extended", content: null });
    const bar = placeRegions(
      [region("sda1", 0, 10), extended, region("sda5", 10, 40), region("sda6", 50, 20)],
      100 * gibibyte,
      1000,
    );
    expect(bar.regions.map(({ region: each }) => each.kind)).toEqual([
      "partition",
      "partition",
      "partition",
      "free",
    ]);
    expect(bar.extended?.x).toBe(100);
    expect(bar.extended?.width).toBeCloseTo(900);
  });

  it("frames logical partitions of a container that only tells where it begins", () => {
    const extended = region("sda3", 20, null, { kind: "extended", content: null });
    const bar = placeRegions(
      [
        region("sda1", 0, 20),
        extended,
        region("sda5", 21, 4),
        region("sda6", 25, 35),
        region("sda4", 60, 40),
      ],
      100 * gibibyte,
      1000,
    );
    expect(bar.regions.map(({ region: { name } }) => name)).toEqual(["sda1", "sda5", "sda6", "sda4"]);
    expect([bar.extended?.x, bar.extended?.width]).toEqual([200, 390]);
  });

  it("draws an extended partition whose logical ones are not listed as a piece that holds its volumes", () => {
    const inside = {
      name: "D:",
      content: "ntfs",
      mountPoints: ["D:\\"],
      sizeBytes: 40 * gibibyte,
      usedBytes: null,
      effects: { block: "kept" as const, file: "kept" as const },
    };
    const extended = region("Disk #0, Partition #1", 60, 40, {
      kind: "extended",
      content: null,
      volumes: [inside],
    });
    const bar = placeRegions([region("Disk #0, Partition #0", 0, 60), extended], 100 * gibibyte, 1000);
    expect(bar.extended).toBeNull();
    expect(bar.regions.map(({ x, width, volumes }) => [x, width, volumes.length])).toEqual([
      [0, 600, 0],
      [600, 400, 1],
    ]);
    expect(classOfRegion(extended)).toBe("container");
  });

  it("draws what is known by its volumes alone as what holds them", () => {
    const known = region("Disk #0, Partition #0", 0, 60, { content: null });
    expect(classOfRegion(known)).toBe("unknown");
    const volume = { ...known, content: "ntfs" };
    expect(classOfRegion({ ...known, volumes: [volume] })).toBe("container");
  });

  it("puts volumes inside their container, however much they promise", () => {
    const volume = (name: string, size: number) => ({
      name,
      content: "xfs",
      mountPoints: [],
      sizeBytes: size * gibibyte,
      usedBytes: null,
      effects: { block: "kept" as const, file: "kept" as const },
    });
    const { regions } = placeRegions(
      [region("sda1", 0, 100, { volumes: [volume("a", 80), volume("thin", 120)] })],
      100 * gibibyte,
      1000,
    );
    const last = regions[0]?.volumes.at(-1);
    expect((last?.x ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(998.001);
  });
});
