import { describe, expect, it } from "vitest";
import { StageMeter, type StageMicros } from "../../../common/domain/sync-figures.ts";

const none: StageMicros = { read: 0, hash: 0, compress: 0, network: 0, target: 0, held: 0 };
const second = 1_000_000;

describe("the stall meter", () => {
  it("names the stage in which most of the time went, with shares that are together one", () => {
    const meter = new StageMeter();
    expect(meter.observe(0, 1, none)).toEqual({ stages: null, bottleneck: null });
    const { stages, bottleneck } = meter.observe(10_000, 1, {
      ...none,
      read: 6 * second,
      hash: 2 * second,
      compress: second,
      network: second,
    });
    expect(bottleneck).toBe("read");
    expect(stages).toMatchObject({ read: 0.6, hash: 0.2, compress: 0.1, network: 0.1, target: 0 });
  });

  it("takes out of the waiting for the network what the target was busy with", () => {
    const meter = new StageMeter();
    meter.observe(0, 1, none);
    // Two threads waited 8 s each of 10; the target wrote nearly all the time.
    const busy = meter.observe(10_000, 1, {
      ...none,
      read: 4 * second,
      network: 16 * second,
      target: 9 * second,
    });
    expect(busy.bottleneck).toBe("target");
    expect(busy.stages?.network).toBeCloseTo(0.08);

    const idle = new StageMeter();
    idle.observe(0, 1, none);
    const { bottleneck } = idle.observe(10_000, 1, {
      ...none,
      read: 4 * second,
      network: 16 * second,
      target: second,
    });
    expect(bottleneck).toBe("network");
  });

  it("tells of the last seconds, not of the whole pass, and starts again with a new pass or agent", () => {
    const meter = new StageMeter(20_000);
    for (let at = 0; at <= 100; at += 5) meter.observe(at * 1000, 1, { ...none, read: at * second });
    for (let at = 105; at <= 140; at += 5) {
      meter.observe(at * 1000, 1, { ...none, read: 100 * second, held: (at - 100) * second });
    }
    expect(meter.observe(141_000, 1, { ...none, read: 100 * second, held: 41 * second }).bottleneck).toBe(
      "held",
    );
    expect(meter.observe(142_000, 2, none)).toEqual({ stages: null, bottleneck: null });
  });
});
