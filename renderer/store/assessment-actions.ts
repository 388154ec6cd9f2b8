import type { AssessmentRun, AssessmentSummary } from "../../common/api/assessment-procedures.ts";
import type { Act } from "./act.ts";

/** What a stored assessment is found by: its source, or itself where its server is not registered. */
export const assessmentKey = (summary: AssessmentSummary): string => summary.sourceId ?? summary.id;

export function createAssessmentActions({ store, bridge, call }: Act) {
  const { getState, setState } = store;

  const takeRuns = (runs: readonly AssessmentRun[]) =>
    setState((state) => {
      const assessmentRuns = new Map(state.assessmentRuns);
      for (const run of runs) assessmentRuns.set(run.sourceId, run);
      return { assessmentRuns };
    });

  const takeStored = (summary: AssessmentSummary) =>
    setState((state) => {
      const assessmentRuns = new Map(state.assessmentRuns);
      if (summary.sourceId !== null) assessmentRuns.delete(summary.sourceId);
      return {
        assessments: new Map(state.assessments).set(assessmentKey(summary), summary),
        assessmentRuns,
      };
    });

  return {
    takeRuns,
    takeStored,

    async readAssessments(): Promise<void> {
      const [stored, runs] = await Promise.all([
        bridge.call("assessment.list", {}),
        bridge.call("assessment.runs", {}),
      ]);
      if (stored.ok)
        setState({
          assessments: new Map(stored.value.map((summary) => [assessmentKey(summary), summary])),
        });
      if (runs.ok) setState({ assessmentRuns: new Map(runs.value.map((run) => [run.sourceId, run])) });
    },

    assessmentRemoved(id: string): void {
      const known = [...getState().assessments].find(([, summary]) => summary.id === id);
      if (known === undefined) return;
      setState((state) => {
        const assessments = new Map(state.assessments);
        assessments.delete(known[0]);
        return { assessments };
      });
    },

    async assessSources(sources: readonly string[]): Promise<void> {
      const answer = await call("assessment.start", { sources: [...sources] }, { key: "assess" });
      if (answer.ok) takeRuns(answer.value);
    },

    /** Reads a whole assessment once; it never changes. */
    async readAssessment(id: string): Promise<void> {
      if (getState().assessmentDetails.has(id)) return;
      const answer = await call("assessment.show", { id }, { key: `assessment ${id}` });
      if (!answer.ok) return;
      setState((state) => {
        // A whole assessment is large; the ones looked at last are enough.
        const kept = [...state.assessmentDetails].slice(-7);
        return { assessmentDetails: new Map([...kept, [id, answer.value]]) };
      });
    },

    async importBundle(file: { readonly name: string; readonly text: string }, source: string | null) {
      const answer = await call("bundle.import", { ...file, source }, { key: "import", isQuiet: true });
      if (answer.ok) takeStored(answer.value);
      return answer;
    },
  };
}
