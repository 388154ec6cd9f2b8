import { useApp, useBusy } from "../../store/use-app.tsx";
import { useFailureWords, useTexts } from "../../texts/use-texts.ts";
import { StatusBadge } from "../../ui/status-badge.tsx";

/** What the last connection test of a source said. */
export function ConnectionCell({ id }: { readonly id: string }) {
  const { connection } = useTexts().sources;
  const wordsOf = useFailureWords();
  const test = useApp((state) => state.tests.get(id));
  const isTesting = useBusy(`test ${id}`);
  if (isTesting) return <StatusBadge tone="active">{connection.testing}</StatusBadge>;
  if (test === undefined) return <span className="dim">{connection.untested}</span>;
  return test.ok ? (
    <StatusBadge tone={test.value.isRoot ? "ok" : "warn"}>{connection.goodShort}</StatusBadge>
  ) : (
    <span title={wordsOf(test.failure).message}>
      <StatusBadge tone="bad">{connection.bad}</StatusBadge>
    </span>
  );
}
