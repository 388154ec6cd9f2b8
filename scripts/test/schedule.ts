/** Runs stages side by side, as many as the machine has cores to spare. */
import type { Counts, Stage } from "./stages.ts";

export interface Outcome extends Counts {
  readonly name: string;
  readonly seconds: number;
}

/**
 * Begins the stages in their order, at most `width` at a time, each once the stages that it comes `after` have ended.
 * A stage that is not among `stages` is not waited for. Gives the outcomes in the order of `stages`.
 */
export async function runStages(
  stages: readonly Stage[],
  width: number,
  say: (stage: string, line: string) => void,
): Promise<Outcome[]> {
  const names = new Set(stages.map(({ name }) => name));
  const outcomes = new Map<string, Outcome>();
  const running = new Set<Promise<void>>();
  let waiting = [...stages];

  const begin = async (stage: Stage): Promise<void> => {
    const begun = Date.now();
    const counts = await stage.run((line) => say(stage.name, line));
    outcomes.set(stage.name, { name: stage.name, ...counts, seconds: (Date.now() - begun) / 1000 });
  };
  const isReady = (stage: Stage) => stage.after.every((name) => !names.has(name) || outcomes.has(name));

  while (waiting.length > 0 || running.size > 0) {
    const next = running.size < width ? waiting.find(isReady) : undefined;
    if (next !== undefined) {
      waiting = waiting.filter((stage) => stage !== next);
      const done: Promise<void> = begin(next).finally(() => running.delete(done));
      running.add(done);
      continue;
    }
    if (running.size === 0)
      throw new Error(`stages that wait for each other: ${waiting.map(({ name }) => name)}`);
    await Promise.race(running);
  }
  return stages.map(({ name }) => outcomes.get(name)).filter((outcome) => outcome !== undefined);
}

/**
 * Runs again, one after another with nothing beside them, the test files that failed while stages ran side by side:
 * a small machine that drives three emulated ones at once can starve any of them. What fails twice has failed; what
 * passes the second time is named in `unsteady`, for it is either starved or a race.
 */
export async function runFailuresAgain(
  stages: readonly Stage[],
  outcomes: readonly Outcome[],
  say: (stage: string, line: string) => void,
): Promise<{ outcomes: Outcome[]; unsteady: string[] }> {
  const after: Outcome[] = [];
  const unsteady: string[] = [];
  for (const outcome of outcomes) {
    const stage = stages.find(({ name }) => name === outcome.name);
    const files = outcome.failedFiles ?? [];
    if (stage === undefined || files.length === 0) {
      after.push(outcome);
      continue;
    }
    say(stage.name, `once more, alone: ${files.join(", ")}`);
    const begun = Date.now();
    const again = await stage.run((line) => say(stage.name, line), files);
    if (again.failed === 0) unsteady.push(...files);
    after.push({
      ...outcome,
      passed: outcome.passed + (again.failed === 0 ? outcome.failed : 0),
      failed: again.failed,
      seconds: outcome.seconds + (Date.now() - begun) / 1000,
    });
  }
  return { outcomes: after, unsteady };
}
