import { expect, it } from "vitest";
import { RateMeter } from "../../../common/domain/rate-meter.ts";

it("gives rate and time to go from a steady flow", () => {
  const meter = new RateMeter();
  for (let second = 0; second < 10; second += 1) meter.observe(second * 1000, second * 50, 1000, 0);
  const { rate, eta } = meter.observe(10_000, 500, 1000, 0);
  expect(rate).toBeCloseTo(50);
  expect(eta).toBeCloseTo(10);
});

it("says nothing before there is anything to tell from", () => {
  const meter = new RateMeter();
  expect(meter.observe(0, 0, 100, 0)).toEqual({ rate: null, eta: null, interval: null });
  expect(meter.observe(500, 50, 100, 0)).toEqual({ rate: null, eta: null, interval: null });
});

it("shows a stall as a rate of zero and no time to go", () => {
  const meter = new RateMeter(5000);
  for (let second = 0; second <= 20; second += 1)
    meter.observe(second * 1000, Math.min(second, 5) * 10, 1000, 0);
  expect(meter.observe(21_000, 50, 1000, 0)).toEqual({ rate: 0, eta: null, interval: null });
});

it("starts afresh in a new round instead of running backwards", () => {
  const meter = new RateMeter();
  meter.observe(0, 0, 100, 1);
  meter.observe(2000, 100, 100, 1);
  expect(meter.observe(3000, 0, 100, 2)).toEqual({ rate: null, eta: null, interval: null });
  expect(meter.observe(5000, 20, 100, 2).rate).toBeCloseTo(10);
});

it("gives finite bounds however unevenly things move", () => {
  const meter = new RateMeter(60_000);
  // Nothing for whole slices, then a jump at the very end of one.
  for (let half = 0; half <= 24; half += 1) {
    const { interval } = meter.observe(half * 500, half === 24 ? 0 : half === 23 ? 0.5 : 0, 10, 1);
    if (interval !== null) expect(Number.isFinite(interval.low) && Number.isFinite(interval.high)).toBe(true);
  }
  for (const second of [13, 13.9]) {
    const { rate, interval } = meter.observe(second * 1000, 10, 10, 1);
    expect(rate).toBeGreaterThan(0);
    expect(Number.isFinite(interval?.high)).toBe(true);
  }
});

it("puts an interval around the time to go that narrows while the flow stays what it was", () => {
  const meter = new RateMeter();
  let done = 0;
  const widths: number[] = [];
  for (let second = 0; second <= 120; second += 1) {
    // Between 30 and 70 a second, 50 on average.
    done += second === 0 ? 0 : 50 + 20 * Math.sin(second * 1.7);
    const { interval, eta } = meter.observe(second * 1000, done, 20_000, 1);
    if (interval === null || eta === null) continue;
    expect(interval.low).toBeLessThanOrEqual(eta);
    expect(interval.high).toBeGreaterThanOrEqual(eta);
    widths.push(interval.high - interval.low);
  }
  expect(widths.at(-1)).toBeLessThan((widths[0] ?? 0) / 2);
  // The truth, 20,000 at 50 a second, lay within it all the time from the tenth second on; checked at the end.
  const last = meter.observe(121_000, done, 20_000, 1).interval;
  expect((20_000 - done) / 50).toBeGreaterThan((last?.low ?? 0) * 0.9);
  expect((20_000 - done) / 50).toBeLessThan((last?.high ?? 0) * 1.1);
});

it("says another interval when the flow has changed for good", () => {
  const meter = new RateMeter();
  let done = 0;
  for (let second = 0; second <= 60; second += 1) meter.observe(second * 1000, (done += 100), 100_000, 1);
  const before = meter.observe(61_000, (done += 100), 100_000, 1).interval;
  for (let second = 62; second <= 300; second += 1) meter.observe(second * 1000, (done += 10), 100_000, 1);
  const after = meter.observe(301_000, (done += 10), 100_000, 1).interval;
  expect(after?.high ?? 0).toBeGreaterThan((before?.high ?? 0) * 3);
});

it("after a night asleep, or a clock that was set back, tells only of what flowed since", () => {
  const meter = new RateMeter();
  const total = 1e12;
  for (let second = 0; second < 60; second += 1) meter.observe(second * 1000, second * 1e6, total, 1);
  const morning = 8 * 3_600_000;
  expect(meter.observe(morning, 61e6, total, 1)).toEqual({ rate: null, eta: null, interval: null });
  const { rate, eta } = meter.observe(morning + 2000, 63e6, total, 1);
  expect(rate).toBeCloseTo(1e6);
  expect(eta).toBeCloseTo((total - 63e6) / 1e6);
  expect(meter.observe(1000, 64e6, total, 1)).toEqual({ rate: null, eta: null, interval: null });
  expect(meter.observe(3000, 66e6, total, 1).rate).toBeCloseTo(1e6);
});
