import { describe, expect, it } from "vitest";
import { runFailuresAgain, runStages } from "../../../scripts/test/schedule.ts";
import type { Stage } from "../../../scripts/test/stages.ts";

const passed = { passed: 1, failed: 0, skipped: 0 };

/** Stages that note when they begin and end, and end when the test says so. */
function scene() {
  const events: string[] = [];
  const ends = new Map<string, () => void>();
  const stage = (name: string, after: readonly string[] = []): Stage => ({
    name,
    needs: [],
    after,
    async run(say) {
      events.push(`${name} begins`);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      say("done");
      events.push(`${name} ends`);
      return passed;
    },
  });
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { events, stage, end };
}

describe("the stages of npm test", () => {
  it("run side by side, in order, and no more at a time than asked", async () => {
    const { events, stage, end } = scene();
    const all = runStages([stage("a"), stage("b"), stage("c")], 2, () => undefined);
    expect(events).toEqual(["a begins", "b begins"]);
    await end("b");
    expect(events.at(-1)).toBe("c begins");
    await end("a");
    await end("c");
    expect((await all).map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });

  it("wait for what they come after, and let others pass meanwhile", async () => {
    const { events, stage, end } = scene();
    const all = runStages([stage("build"), stage("uses", ["build"]), stage("free")], 2, () => undefined);
    expect(events).toEqual(["build begins", "free begins"]);
    await end("build");
    expect(events).toContain("uses begins");
    await end("free");
    await end("uses");
    await all;
  });

  it("do not wait for a stage that was not chosen", async () => {
    const { stage, end } = scene();
    const lines: string[] = [];
    const all = runStages([stage("uses", ["build"])], 2, (name, line) => lines.push(`${name}: ${line}`));
    await end("uses");
    expect(await all).toMatchObject([{ name: "uses", passed: 1 }]);
    expect(lines).toEqual(["uses: done"]);
  });

  it("that wait for each other are a mistake that is told", async () => {
    const { stage } = scene();
    await expect(runStages([stage("a", ["b"]), stage("b", ["a"])], 2, () => undefined)).rejects.toThrow(
      /a,b/,
    );
  });
});

describe("test files that failed beside other stages", () => {
  const outcome = {
    name: "e2e",
    passed: 5,
    failed: 2,
    skipped: 0,
    seconds: 1,
    failedFiles: ["a.ts", "b.ts"],
  };
  const stage = (again: { passed: number; failed: number }, ran: string[]): Stage => ({
    name: "e2e",
    needs: [],
    after: [],
    async run(_say, files = []) {
      ran.push(...files);
      return { ...again, skipped: 0 };
    },
  });

  it("run once more, and are named where they pass alone", async () => {
    const ran: string[] = [];
    const told = await runFailuresAgain([stage({ passed: 4, failed: 0 }, ran)], [outcome], () => undefined);
    expect(ran).toEqual(["a.ts", "b.ts"]);
    expect(told.unsteady).toEqual(["a.ts", "b.ts"]);
    expect(told.outcomes).toMatchObject([{ passed: 7, failed: 0 }]);
  });

  it("have failed where they fail twice", async () => {
    const told = await runFailuresAgain([stage({ passed: 3, failed: 1 }, [])], [outcome], () => undefined);
    expect(told.unsteady).toEqual([]);
    expect(told.outcomes).toMatchObject([{ passed: 5, failed: 1 }]);
  });

  it("leaves stages as they are that passed or cannot run single files", async () => {
    const ran: string[] = [];
    const whole = { name: "e2e", passed: 0, failed: 1, skipped: 0, seconds: 1 };
    const told = await runFailuresAgain([stage({ passed: 1, failed: 0 }, ran)], [whole], () => undefined);
    expect(ran).toEqual([]);
    expect(told.outcomes).toEqual([whole]);
  });
});
