import { describe, expect, it } from "vitest";
import type { Interval, ModeEstimate } from "../../../../common/domain/assessment.ts";
import { assess } from "../../../../main/compatibility/assess.ts";
import { createFleetEstimator, type EstimateOptions } from "../../../../main/compatibility/estimate.ts";
import { content, device, gib, mib, partition, plainLinux, usage } from "./sample-facts.ts";

const options = (parts: Partial<EstimateOptions> = {}): EstimateOptions => ({
  bandwidthBytesPerSecond: null,
  compression: "zstd",
  measured: null,
  ...parts,
});

const estimate = (parts: Partial<EstimateOptions> = {}, facts = plainLinux()) =>
  assess("a", facts, { estimate: options(parts) }).estimate;

function intervals(mode: ModeEstimate): readonly Interval[] {
  return [mode.dataBytes, mode.wireBytes, mode.transferSeconds, mode.imageSeconds, mode.totalSeconds];
}

describe("an estimate", () => {
  it("is an interval from best to worst in every quantity and mode", () => {
    const { block, file } = estimate();
    for (const mode of [block, file]) {
      if (mode === null) throw new Error("no estimate");
      for (const { optimistic, expected, pessimistic } of intervals(mode)) {
        expect(optimistic).toBeLessThanOrEqual(expected);
        expect(expected).toBeLessThanOrEqual(pessimistic);
      }
    }
  });

  it("moves at least the used data and at most the whole disk", () => {
    const { block, file } = estimate();
    expect(block?.dataBytes.optimistic).toBe(6 * gib);
    expect(block?.dataBytes.pessimistic).toBe(20 * gib);
    expect(file?.dataBytes).toEqual({ optimistic: 6 * gib, expected: 6 * gib, pessimistic: 6 * gib });
  });

  it("leaves out what the agent leaves out: what a map calls unused, and swap, but of an XFS in use nothing", () => {
    const { block } = estimate();
    expect(block?.dataBytes.expected).toBeLessThan(8 * gib);
    const facts = plainLinux();
    facts.storage.devices = facts.storage.devices.map((each) =>
      each.content?.type === "ext4" ? { ...each, content: content("xfs") } : each,
    );
    facts.storage.mounts = facts.storage.mounts.map((each) =>
      each.type === "ext4" ? { ...each, type: "xfs" } : each,
    );
    const whole = estimate({}, facts).block;
    expect(whole?.dataBytes.expected).toBeGreaterThan(8 * gib);
    expect(whole?.transferSeconds.expected).toBeGreaterThan(block?.transferSeconds.expected ?? 0);
    expect(whole?.dataBytes.pessimistic).toBe(block?.dataBytes.pessimistic);
  });

  it("takes longer on a slower link and says where the rate is from", () => {
    const slow = estimate({ bandwidthBytesPerSecond: 1_000_000 });
    const fast = estimate({ bandwidthBytesPerSecond: 100_000_000 });
    expect(slow.block?.totalSeconds.expected).toBeGreaterThan((fast.block?.totalSeconds.expected ?? 0) * 5);
    expect(slow.assumptions.bandwidthFrom).toBe("given");
    expect(estimate().assumptions.bandwidthFrom).toBe("assumed");
  });

  it("trusts a measured probe over what was given", () => {
    const measured = {
      bandwidthBytesPerSecond: 5_000_000,
      diskReadBytesPerSecond: 80_000_000,
      compressionRatio: 2.5,
    };
    const { assumptions } = estimate({ bandwidthBytesPerSecond: 1, measured });
    expect(assumptions.bandwidthBytesPerSecond.expected).toBe(5_000_000);
    expect(assumptions.diskReadBytesPerSecond.expected).toBe(80_000_000);
    expect(assumptions.compressionRatio.expected).toBe(2.5);
    expect([assumptions.bandwidthFrom, assumptions.diskReadFrom, assumptions.compressionFrom]).toEqual([
      "measured",
      "measured",
      "measured",
    ]);
  });

  it("sends everything where compression is off", () => {
    const { block } = estimate({ compression: "none" });
    expect(block?.wireBytes).toEqual(block?.dataBytes);
  });

  it("is refused rather than wrong where a disk's size is not known", () => {
    const facts = plainLinux();
    facts.storage.devices.push(device("/dev/sdb", { partitionTable: "gpt" }));
    expect(estimate({}, facts).block).toBeNull();
  });

  it("counts a mirror's data on each of its disks", () => {
    const facts = plainLinux();
    facts.storage.devices = [
      device("/dev/sda", { sizeBytes: 20 * gib, partitionTable: "gpt" }),
      device("/dev/sdb", { sizeBytes: 20 * gib, partitionTable: "gpt" }),
      partition("/dev/sda1", "/dev/sda", 1, mib, 19 * gib, { content: content("linux_raid_member") }),
      partition("/dev/sdb1", "/dev/sdb", 1, mib, 19 * gib, { content: content("linux_raid_member") }),
      device("/dev/md0", {
        kind: "raid",
        parents: ["/dev/sda1", "/dev/sdb1"],
        layout: "raid1",
        sizeBytes: 19 * gib,
        content: content("ext4"),
        mountPoints: ["/"],
        usage: usage(19 * gib, 4 * gib),
      }),
    ];
    const { block, file } = estimate({}, facts);
    expect(block?.dataBytes.optimistic).toBe(8 * gib);
    expect(file?.dataBytes.expected).toBe(4 * gib);
  });

  it("leaves disks that stay behind out of the sums", () => {
    const facts = plainLinux();
    facts.storage.devices.push(
      device("/dev/sdc", { sizeBytes: 500 * gib, isRemovable: true, content: content("vfat") }),
    );
    expect(estimate({}, facts).block?.readBytes).toBe(20 * gib);
  });

  it("never sends more than the disks hold, whatever thin volumes promise", () => {
    const facts = plainLinux();
    facts.storage.devices[1] = { ...facts.storage.devices[1]!, usage: usage(9000 * gib, 8000 * gib) };
    expect(estimate({}, facts).block?.dataBytes.pessimistic).toBeLessThanOrEqual(20 * gib);
  });
});

describe("a fleet's estimate", () => {
  it("is bound by the shared link however many jobs run at a time", () => {
    const one = estimate({ bandwidthBytesPerSecond: 1_000_000 });
    const few = createFleetEstimator(1);
    const many = createFleetEstimator(50);
    for (let count = 0; count < 20; count++) {
      few.add(one);
      many.add(one);
    }
    const link =
      ((one.block?.wireBytes.expected ?? 0) * 20) / one.assumptions.bandwidthBytesPerSecond.expected;
    expect(many.total().totalSeconds.expected).toBeGreaterThanOrEqual(Math.floor(link));
    expect(few.total().totalSeconds.expected).toBe((one.block?.totalSeconds.expected ?? 0) * 20);
  });

  it("says how many sources it does not cover", () => {
    const fleet = createFleetEstimator(4);
    fleet.add(estimate());
    fleet.add({ ...estimate(), block: null, file: null });
    expect(fleet.total()).toMatchObject({ sources: 2, withoutEstimate: 1 });
  });
});
