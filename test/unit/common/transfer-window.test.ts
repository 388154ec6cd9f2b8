import { describe, expect, it } from "vitest";
import { isWindowOpen, nextWindowChange } from "../../../common/domain/transfer-window.ts";

const at = (day: number, hours: number, minutes = 0) => new Date(2026, 0, day, hours, minutes).getTime();
const night = { from: "22:00", to: "06:00" };
const lunch = { from: "12:00", to: "13:30" };

describe("a transfer window", () => {
  it("that spans midnight is open in the evening and in the morning", () => {
    expect([21, 22, 23, 0, 5, 6, 12].map((hour) => isWindowOpen(night, at(5, hour)))).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it("within a day is open between its ends alone", () => {
    expect(isWindowOpen(lunch, at(5, 11, 59))).toBe(false);
    expect(isWindowOpen(lunch, at(5, 12))).toBe(true);
    expect(isWindowOpen(lunch, at(5, 13, 30))).toBe(false);
  });

  it("names its next opening or closing, always later than now", () => {
    expect(nextWindowChange(night, at(5, 12))).toBe(at(5, 22));
    expect(nextWindowChange(night, at(5, 22))).toBe(at(6, 6));
    expect(nextWindowChange(night, at(6, 3))).toBe(at(6, 6));
    expect(nextWindowChange(night, at(6, 6))).toBe(at(6, 22));
    expect(nextWindowChange(lunch, at(5, 14))).toBe(at(6, 12));
  });
});
