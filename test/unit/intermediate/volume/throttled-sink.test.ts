import { describe, expect, test } from "vitest";
import { createThrottle } from "../../../../intermediate/volume/throttled-sink.ts";

describe("a throttle", () => {
  test("lets no more than its rate through over any longer time, shared by all who take", async () => {
    let clock = 0;
    const environment = {
      now: () => clock,
      sleep: async (ms: number) => {
        clock += ms;
      },
    };
    const throttle = createThrottle(1_000_000, environment);
    for (let taken = 0; taken < 50; taken += 1) await throttle.take(100_000);
    expect(clock).toBeGreaterThanOrEqual(4_900);
    expect(clock).toBeLessThanOrEqual(5_100);
  });

  test("allows a burst of one second after a lull, and not more", async () => {
    let clock = 0;
    const throttle = createThrottle(1_000, {
      now: () => clock,
      sleep: async (ms) => {
        clock += ms;
      },
    });
    clock = 60_000;
    await throttle.take(1_000);
    expect(clock).toBe(60_000);
    await throttle.take(1_000);
    expect(clock).toBe(61_000);
  });
});
