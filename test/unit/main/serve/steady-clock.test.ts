import { expect, it } from "vitest";
import { steadyClock } from "../../../../main/serve/steady-clock.ts";

it("goes on from the time at its start as long as it has been since, whatever the clock is set to", () => {
  let clockMs = 1_000_000;
  let bootMs = 500;
  const steady = steadyClock(
    () => clockMs,
    () => bootMs,
  );
  expect(steady()).toBe(1_000_000);
  clockMs += 9e9;
  bootMs += 20;
  expect(steady()).toBe(1_000_020);
});
