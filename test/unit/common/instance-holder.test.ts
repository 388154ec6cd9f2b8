import { describe, expect, it } from "vitest";
import type { CutoverState } from "../../../common/domain/cutover.ts";
import { holderOf, isOffered } from "../../../common/domain/instance.ts";

const drill: CutoverState = {
  name: "testing",
  instance: "web-drill",
  step: "watch",
  back: false,
  passed: false,
};
const cutOver: CutoverState = {
  name: "cut-over",
  instance: "web",
  at: "2026-01-01T00:00:00.000Z",
  evidence: "login",
};
const finalised: CutoverState = { name: "finalised", instance: "web", at: "2026-01-01T00:00:00.000Z" };

describe("an instance that a cutover may hand over to", () => {
  it("is none that a drill made for itself, of whichever job", () => {
    const heldBy = holderOf("web-drill", [{ job: "a", state: drill }]);
    expect(heldBy).toEqual({ job: "a", state: "testing" });
    expect(isOffered({ heldBy }, "a")).toBe(false);
    expect(isOffered({ heldBy }, "b")).toBe(false);
  });
  it("is not one that another job may still take back", () => {
    const heldBy = holderOf("web", [
      { job: "a", state: finalised },
      { job: "b", state: cutOver },
    ]);
    expect(heldBy).toEqual({ job: "b", state: "cut-over" });
    expect(isOffered({ heldBy }, "a")).toBe(false);
    expect(isOffered({ heldBy }, "b")).toBe(true);
  });
  it("may be one that was finalised, which says whose system it has, and one that nobody has", () => {
    const heldBy = holderOf("web", [
      { job: "a", state: finalised },
      { job: "b", state: { name: "ready" } },
    ]);
    expect(heldBy).toEqual({ job: "a", state: "finalised" });
    expect(isOffered({ heldBy }, "b")).toBe(true);
    expect(isOffered({ heldBy: holderOf("db", [{ job: "a", state: cutOver }]) }, "b")).toBe(true);
  });
});
