import { expect, it } from "vitest";
import { Standstill } from "../../../../intermediate/boot-check/standstill.ts";

const [menu, countdown] = [Buffer.from("menu"), Buffer.from("menu, 1 s")];

it("a boot loader that shows the same for minutes stands still; one that moves, and anything else, does not", () => {
  const standstill = new Standstill();
  expect(standstill.observe(10, "boot loader", menu)).toBeNull();
  expect(standstill.observe(300, "boot loader", menu)).toBeNull();
  expect(standstill.observe(305, "boot loader", countdown)).toBeNull();
  expect(standstill.observe(604, "boot loader", countdown)).toBeNull();
  expect(standstill.observe(606, "boot loader", countdown)?.what).toContain("stands still");
  // A kernel that draws nothing has its own limit.
  expect(standstill.observe(900, "kernel", countdown)).toBeNull();
});
