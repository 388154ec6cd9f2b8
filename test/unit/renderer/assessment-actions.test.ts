import { expect, it } from "vitest";
import { createStore } from "zustand/vanilla";
import type { Bridge } from "../../../common/api/bridge.ts";
import type { AssessmentRun, AssessmentSummary } from "../../../common/api/assessment-procedures.ts";
import { ok, type Result } from "../../../common/result.ts";
import { createAct } from "../../../renderer/store/act.ts";
import { initialState, type AppState } from "../../../renderer/store/app-state.ts";
import { createAssessmentActions } from "../../../renderer/store/assessment-actions.ts";

const summary = (id: string, sourceId: string) => ({ id, sourceId }) as AssessmentSummary;
const run = (sourceId: string, state: AssessmentRun["state"]): AssessmentRun => ({
  sourceId,
  state,
  failure: null,
});

/** An engine whose answers come when the test says so. */
function setUp() {
  const answers = new Map<string, (value: Result<unknown>) => void>();
  const bridge = {
    call: (name: string) => new Promise((resolve) => answers.set(name, resolve)),
  } as unknown as Bridge;
  const store = createStore<AppState>()(() =>
    initialState({ screen: "start" }, { language: "en", theme: "light" }),
  );
  const actions = createAssessmentActions(createAct(bridge, store));
  return {
    actions,
    answer: (name: string, value: unknown) => answers.get(name)?.(ok(value)),
    stored: () => [...store.getState().assessments.values()].map(({ id }) => id),
    runs: () => [...store.getState().assessmentRuns.values()].map((each) => `${each.sourceId} ${each.state}`),
  };
}

it("keeps what events told while the list was on its way", async () => {
  const { actions, answer, stored, runs } = setUp();
  actions.takeStored(summary("gone", "c"));
  const reading = actions.readAssessments();
  actions.takeStored(summary("new", "a"));
  actions.assessmentRemoved("gone");
  actions.takeRuns([run("b", "running")]);
  answer("assessment.list", [summary("old", "a"), summary("other", "b"), summary("gone", "c")]);
  answer("assessment.runs", [run("a", "running"), run("b", "queued"), run("d", "failed")]);
  await reading;
  expect(stored()).toEqual(["other", "new"]);
  expect(runs()).toEqual(["d failed", "b running"]);
});

it("believes a list that was asked for after the events", async () => {
  const { actions, answer, stored } = setUp();
  actions.takeStored(summary("old", "a"));
  const reading = actions.readAssessments();
  answer("assessment.list", [summary("new", "a")]);
  answer("assessment.runs", []);
  await reading;
  expect(stored()).toEqual(["new"]);
});

it("does not call an assessment queued again that ran or ended before the answer to its start", async () => {
  const { actions, answer, runs } = setUp();
  const starting = actions.assessSources(["a", "b", "c"]);
  actions.takeRuns([run("a", "running")]);
  actions.takeStored(summary("done", "b"));
  answer("assessment.start", [run("a", "queued"), run("b", "queued"), run("c", "queued")]);
  await starting;
  expect(runs()).toEqual(["a running", "c queued"]);
});

it("does not put an imported bundle in the place of a newer assessment", async () => {
  const { actions, answer, stored } = setUp();
  const importing = actions.importBundle({ name: "a.json", text: "{}" }, "a");
  actions.takeStored(summary("live", "a"));
  answer("bundle.import", summary("bundle", "a"));
  await importing;
  expect(stored()).toEqual(["live"]);
});
