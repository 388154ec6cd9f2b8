import { expect, it } from "vitest";
import { RateMeter } from "../../../common/domain/progress.ts";

it("gives rate and time to go from a steady flow", () => {
  const meter = new RateMeter();
  for (let second = 0; second < 10; second += 1) meter.observe(second * 1000, second * 50, 1000, 0);
  const { rate, eta } = meter.observe(10_000, 500, 1000, 0);
  expect(rate).toBeCloseTo(50);
  expect(eta).toBeCloseTo(10);
});

it("says nothing before there is anything to tell from", () => {
  const meter = new RateMeter();
  expect(meter.observe(0, 0, 100, 0)).toEqual({ rate: null, eta: null });
  expect(meter.observe(500, 50, 100, 0)).toEqual({ rate: null, eta: null });
});

it("shows a stall as a rate of zero and no time to go", () => {
  const meter = new RateMeter(5000);
  for (let second = 0; second <= 20; second += 1)
    meter.observe(second * 1000, Math.min(second, 5) * 10, 1000, 0);
  expect(meter.observe(21_000, 50, 1000, 0)).toEqual({ rate: 0, eta: null });
});

it("starts afresh in a new round instead of running backwards", () => {
  const meter = new RateMeter();
  meter.observe(0, 0, 100, 1);
  meter.observe(2000, 100, 100, 1);
  expect(meter.observe(3000, 0, 100, 2)).toEqual({ rate: null, eta: null });
  expect(meter.observe(5000, 20, 100, 2).rate).toBeCloseTo(10);
});
