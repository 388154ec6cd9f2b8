/**
 * A process of the assessment pool: says `ready`, then takes tasks, answers results and keeps nothing. It ends with
 * the channel to its parent.
 */
import { assessBytes, type AssessResult, type AssessTask } from "./assess-bytes.ts";

export type ChildMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "result"; readonly result: AssessResult }
  /** A defect in the assessment itself; the process is still good. */
  | { readonly kind: "defect"; readonly message: string };

const say = (message: ChildMessage): void => {
  process.send?.(message);
};

process.on("message", (task: AssessTask) => {
  try {
    say({ kind: "result", result: assessBytes(task) });
  } catch (error) {
    say({ kind: "defect", message: error instanceof Error ? error.message : String(error) });
  }
});
say({ kind: "ready" });
