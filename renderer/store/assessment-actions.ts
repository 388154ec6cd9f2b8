import type { AssessmentRun, AssessmentSummary } from "../../common/api/assessment-procedures.ts";
import type { Act } from "./act.ts";

/** What a stored assessment is found by: its source, or itself where its server is not registered. */
export const assessmentKey = (summary: AssessmentSummary): string => summary.sourceId ?? summary.id;

const runKey = (run: AssessmentRun): string => run.sourceId;

function byKey<V>(values: readonly V[], keyOf: (value: V) => string): ReadonlyMap<string, V> {
  return new Map(values.map((value) => [keyOf(value), value]));
}

/** What an event told of a source while an answer was on its way is newer than the answer. */
function createNews() {
  const toldAt = new Map<string, number>();
  let last = 0;
  return {
    now: () => last,
    told: (key: string) => void toldAt.set(key, ++last),
    isNewer: (key: string, than: number) => (toldAt.get(key) ?? 0) > than,
    /** What was read, but for the keys of which events told something since `asked`. */
    merge<V>(
      known: ReadonlyMap<string, V>,
      read: ReadonlyMap<string, V>,
      asked: number,
    ): ReadonlyMap<string, V> {
      const isNews = ([key]: readonly [string, V]) => this.isNewer(key, asked);
      return new Map([...[...read].filter((entry) => !isNews(entry)), ...[...known].filter(isNews)]);
    },
  };
}

export function createAssessmentActions({ store, bridge, call }: Act) {
  const { getState, setState } = store;
  const [runNews, storedNews] = [createNews(), createNews()];

  const takeRuns = (runs: readonly AssessmentRun[]) => {
    for (const run of runs) runNews.told(run.sourceId);
    setState((state) => {
      const assessmentRuns = new Map(state.assessmentRuns);
      for (const run of runs) assessmentRuns.set(run.sourceId, run);
      return { assessmentRuns };
    });
  };

  const takeStored = (summary: AssessmentSummary) => {
    storedNews.told(assessmentKey(summary));
    if (summary.sourceId !== null) runNews.told(summary.sourceId);
    setState((state) => {
      const assessmentRuns = new Map(state.assessmentRuns);
      if (summary.sourceId !== null) assessmentRuns.delete(summary.sourceId);
      return {
        assessments: new Map(state.assessments).set(assessmentKey(summary), summary),
        assessmentRuns,
      };
    });
  };

  return {
    takeRuns,
    takeStored,

    async readAssessments(): Promise<void> {
      const [runsAsked, storedAsked] = [runNews.now(), storedNews.now()];
      const [stored, runs] = await Promise.all([
        bridge.call("assessment.list", {}),
        bridge.call("assessment.runs", {}),
      ]);
      setState((state) => ({
        ...(stored.ok
          ? {
              assessments: storedNews.merge(
                state.assessments,
                byKey(stored.value, assessmentKey),
                storedAsked,
              ),
            }
          : {}),
        ...(runs.ok
          ? { assessmentRuns: runNews.merge(state.assessmentRuns, byKey(runs.value, runKey), runsAsked) }
          : {}),
      }));
    },

    assessmentRemoved(id: string): void {
      const known = [...getState().assessments].find(([, summary]) => summary.id === id);
      if (known === undefined) return;
      storedNews.told(known[0]);
      setState((state) => {
        const assessments = new Map(state.assessments);
        assessments.delete(known[0]);
        return { assessments };
      });
    },

    async assessSources(sources: readonly string[]): Promise<void> {
      const asked = runNews.now();
      const answer = await call("assessment.start", { sources: [...sources] }, { key: "assess" });
      if (answer.ok) takeRuns(answer.value.filter((run) => !runNews.isNewer(run.sourceId, asked)));
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
      const asked = storedNews.now();
      const answer = await call("bundle.import", { ...file, source }, { key: "import", isQuiet: true });
      if (answer.ok && !storedNews.isNewer(assessmentKey(answer.value), asked)) takeStored(answer.value);
      return answer;
    },
  };
}
