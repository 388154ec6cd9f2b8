import { describe, expect, test } from "vitest";
import { MarkerSplitter } from "../../../../main/remote/ssh/marker-splitter.ts";

describe("splitting noise from output", () => {
  const whole = Buffer.from("Welcome\nto SMAx:not yet... SMAab:123\npayload SMAab:9\n\xff");

  test.each(Array.from({ length: whole.length }, (_, index) => index))("works cut after byte %i", (cut) => {
    const splitter = new MarkerSplitter("SMAab:");
    const payload = Buffer.concat([
      splitter.push(whole.subarray(0, cut)),
      splitter.push(whole.subarray(cut)),
    ]);
    expect(payload.equals(whole.subarray(whole.indexOf("payload")))).toBe(true);
    expect(splitter.markerRest).toBe("123");
    expect(splitter.noise).toBe("Welcome\nto SMAx:not yet... ");
  });

  test("gives nothing before the marker and up after much noise", () => {
    const splitter = new MarkerSplitter("SMAab:");
    for (let index = 0; index < 17; index += 1)
      expect(splitter.push(Buffer.alloc(65536, "n"))).toHaveLength(0);
    expect(splitter.isHopeless).toBe(true);
    expect(splitter.markerRest).toBe(null);
  });
});
