import { z } from "zod";
import type { RunView } from "../common/api/procedures.ts";
import type { Run } from "../common/domain/run.ts";
import type { JournalEntry } from "./store/job-records.ts";

const imageOutputSchema = z.object({
  files: z.array(z.object({ path: z.string() })),
  removed: z.array(z.string()).default([]),
});

/** A job's runs with the outputs of their steps, from the journal. */
export function runViews(runs: readonly Run[], journal: readonly JournalEntry[]): RunView[] {
  const done = journal.filter((entry) => entry.kind === "done");
  const images = done
    .filter((entry) => entry.step === "image")
    .map((entry) => ({ run: entry.run, output: imageOutputSchema.safeParse(entry.data) }));
  // A later run removes, or makes anew under the same name, what an earlier one had made.
  const goneSince = (run: number): Set<string> =>
    new Set(
      images
        .filter((other) => other.run > run)
        .flatMap(({ output }) => [
          ...(output.data?.removed ?? []),
          ...(output.data?.files ?? []).map((file) => file.path),
        ]),
    );
  return runs.map((run) => ({
    ...run,
    outputs: Object.fromEntries(
      done.filter((entry) => entry.run === run.number).map((entry) => [entry.step, entry.data]),
    ),
    images: images
      .filter((entry) => entry.run === run.number)
      .flatMap(({ output }) => output.data?.files ?? [])
      .map((file) => file.path)
      .filter((path) => !goneSince(run.number).has(path)),
  }));
}
