import type { Result } from "../../../common/result.ts";
import { useActions } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";

/** Says that settings were saved, or why they were not. */
export function useSavedNotice(): (answer: Result<unknown>) => void {
  const { settings: text } = useTexts();
  const { notify } = useActions();
  return (answer) =>
    notify(
      answer.ok
        ? { tone: "done", text: text.saved, failure: null }
        : { tone: "failed", text: answer.failure.message, failure: answer.failure },
    );
}
