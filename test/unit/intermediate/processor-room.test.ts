import { describe, expect, test } from "vitest";
import { ticksOf, watchProcessors, type ProcessorTicks } from "../../../intermediate/processor-room.ts";

/** A watch over two processors whose idle time is told, half a second at a time. */
function watched() {
  let at = 0;
  let ticks: ProcessorTicks | undefined = { total: 0, idle: 0 };
  const room = watchProcessors(
    () => ticks,
    () => at,
  );
  return {
    room,
    pass(idleShare: number, ms = 500) {
      at += ms;
      const passed = ms / 5;
      ticks = { total: (ticks?.total ?? 0) + passed, idle: (ticks?.idle ?? 0) + passed * idleShare };
    },
    blind() {
      at += 500;
      ticks = undefined;
    },
  };
}

describe("the processors have room", () => {
  test("until they were seen busy, and again once a quarter of them is idle", () => {
    const { room, pass } = watched();
    expect(room.hasRoom()).toBe(true);
    pass(0.05);
    expect(room.hasRoom()).toBe(false);
    // Neither busy nor idle: as before.
    pass(0.2);
    expect(room.hasRoom()).toBe(false);
    pass(0.3);
    expect(room.hasRoom()).toBe(true);
    pass(0.15);
    expect(room.hasRoom()).toBe(true);
  });

  test("as they had half a second ago: asking more often tells nothing new", () => {
    const { room, pass } = watched();
    pass(0, 100);
    expect(room.hasRoom()).toBe(true);
    pass(0, 400);
    expect(room.hasRoom()).toBe(false);
  });

  test("as last seen where the system does not say any more", () => {
    const { room, pass, blind } = watched();
    pass(0);
    expect(room.hasRoom()).toBe(false);
    blind();
    expect(room.hasRoom()).toBe(false);
  });
});

describe("the first line of /proc/stat", () => {
  test("counts waiting for disks as idle, and guests' time once", () => {
    const stat = "cpu  100 10 30 500 60 1 2 7 40 3\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
    expect(ticksOf(stat)).toEqual({ total: 710, idle: 560 });
  });

  test("of an old kernel has fewer columns; anything else says nothing", () => {
    expect(ticksOf("cpu 10 0 5 85\n")).toEqual({ total: 100, idle: 85 });
    expect(ticksOf("intr 1 2 3")).toBeUndefined();
    expect(ticksOf("")).toBeUndefined();
  });
});
