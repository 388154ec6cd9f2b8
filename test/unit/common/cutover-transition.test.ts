import { describe, expect, it } from "vitest";
import { cutoverSteps } from "../../../common/domain/cutover-steps.ts";
import {
  cutoverTransition,
  undoing,
  type CutoverEvent,
  type CutoverState,
} from "../../../common/domain/cutover.ts";
import { unwrap } from "../../../common/result.ts";

const at = "2026-01-02T03:04:05Z";
const instance = "web";
const said = { kind: "boot-login", view: "serial", text: "web login:" };
const told = { what: "login", said };
const underWay = cutoverSteps.flatMap((step): CutoverState[] => [
  { name: "testing", instance, step, back: false, passed: false },
  { name: "testing", instance, step, back: true, passed: true },
  { name: "testing", instance, step, back: true, passed: false },
  { name: "cutover-in-progress", instance, step, back: false },
  { name: "cutover-in-progress", instance, step, back: true },
]);
const states: readonly CutoverState[] = [
  { name: "ready" },
  ...underWay,
  { name: "ready-for-cutover", drill: null },
  { name: "ready-for-cutover", drill: { at, evidence: "login" } },
  { name: "cut-over", instance, at, evidence: "login" },
  { name: "finalised", instance, at },
];
const events: readonly CutoverEvent[] = [
  { type: "drill-started", instance },
  ...cutoverSteps.map((step): CutoverEvent => ({ type: "step-started", step })),
  { type: "drill-judged", passed: true },
  { type: "drill-judged", passed: false },
  { type: "drill-cleared", at, evidence: told },
  { type: "drill-waived" },
  { type: "cutover-started", instance },
  { type: "cut-over", at, evidence: told },
  { type: "rollback-started" },
  { type: "rolled-back" },
  { type: "finalised", at },
];
const accepted = (state: CutoverState, event: CutoverEvent): boolean => cutoverTransition(state, event).ok;
const run = (from: CutoverState, ...list: readonly CutoverEvent[]): CutoverState =>
  list.reduce((state, event) => unwrap(cutoverTransition(state, event)), from);
const allSteps = cutoverSteps.map((step): CutoverEvent => ({ type: "step-started", step }));

describe("a cutover", () => {
  it("goes from ready over a drill to finalised", () => {
    const tested = run(
      { name: "ready" },
      { type: "drill-started", instance: "web-drill" },
      ...allSteps,
      { type: "drill-judged", passed: true },
      { type: "drill-cleared", at, evidence: told },
    );
    expect(tested).toEqual({ name: "ready-for-cutover", drill: { at, evidence: "login", said } });
    const done = run(tested, { type: "cutover-started", instance }, ...allSteps, {
      type: "cut-over",
      at,
      evidence: told,
    });
    expect(run(done, { type: "finalised", at })).toEqual({ name: "finalised", instance, at });
  });

  it("is ready again, and not ready for cutover, after a drill that failed", () => {
    const failed = run(
      { name: "ready-for-cutover", drill: { at, evidence: "earlier" } },
      { type: "drill-started", instance },
      { type: "drill-judged", passed: false },
      { type: "drill-cleared", at, evidence: told },
    );
    expect(failed).toEqual({ name: "ready" });
  });

  it("starts only from ready for cutover, which a drill or an explicit waiver gives", () => {
    const starters = states.filter((state) => accepted(state, { type: "cutover-started", instance }));
    expect([...new Set(starters.map((state) => state.name))]).toEqual(["ready-for-cutover"]);
    expect(run({ name: "ready" }, { type: "drill-waived" })).toEqual({
      name: "ready-for-cutover",
      drill: null,
    });
  });

  it("is never cut over before its instance was watched", () => {
    for (const state of underWay) {
      const may = state.name === "cutover-in-progress" && !state.back && state.step === "watch";
      expect(accepted(state, { type: "cut-over", at, evidence: told }), JSON.stringify(state)).toBe(may);
    }
  });

  it("never goes back to an earlier step, and enters none while it is being taken back", () => {
    for (const state of underWay) {
      if (state.name !== "testing" && state.name !== "cutover-in-progress") continue;
      for (const step of cutoverSteps) {
        const forward = cutoverSteps.indexOf(step) >= cutoverSteps.indexOf(state.step);
        expect(accepted(state, { type: "step-started", step })).toBe(!state.back && forward);
      }
    }
  });

  it("can be rolled back from every point between start and finalising, and from nowhere else", () => {
    for (const state of states) {
      const may = state.name === "cutover-in-progress" || state.name === "cut-over";
      expect(accepted(state, { type: "rollback-started" }), state.name).toBe(may);
      expect(undoing(state)?.by === "rollback", state.name).toBe(may);
    }
  });

  it("gives data up only by rolling back what was cut over", () => {
    const losing = states.filter((state) => (undoing(state)?.loses ?? null) !== null);
    expect(losing.map((state) => state.name)).toEqual(["cut-over"]);
  });

  it("takes nothing any more once it is finalised", () => {
    const state: CutoverState = { name: "finalised", instance, at };
    expect(events.filter((event) => accepted(state, event))).toEqual([]);
    expect(undoing(state)).toBeNull();
  });
});
