import { Button } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { Failure } from "../../../common/result.ts";
import { choicesOf } from "../../store/wizard-choices.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { FailureCard } from "../../ui/failure-card.tsx";
import { Section } from "../../ui/page.tsx";
import { DraftCheck } from "./draft-fields.tsx";
import { PlanSoFar } from "./plan-so-far.tsx";
import { firstOpenStep } from "../../store/wizard-problems.ts";
import { useReview } from "./use-review.ts";
import { useDraftSurroundings } from "./use-surroundings.ts";

/** In plain words: what will be made, how long it takes, what may go wrong. And the one button that starts it. */
export function StepReview({ back, onTried }: { readonly back: ReactNode; onTried(): void }) {
  const { wizard } = useTexts();
  const text = wizard.review;
  const format = useFormats();
  const actions = useActions();
  const draft = useApp((state) => state.draft);
  const sources = useApp((state) => state.sources);
  const review = useReview();
  const surroundings = useDraftSurroundings();
  const [isStarting, setStarting] = useState(false);
  const [failures, setFailures] = useState<readonly { readonly name: string; readonly failure: Failure }[]>(
    [],
  );
  const chosen = draft.sources.map((id) => sources.get(id)).filter((source) => source !== undefined);
  // Those that would be refused are named among the risks; where there are only such, the refusal says what to do.
  const startable = chosen.filter(({ id }) => !review.withJob.has(id));
  const starting = startable.length === 0 ? chosen : startable;
  const what =
    starting.length === 1 ? (starting[0]?.name ?? "") : text.startMany(format.integer(starting.length));

  const start = async () => {
    onTried();
    if (firstOpenStep(draft, surroundings) !== "review" || !draft.confirmed || chosen.length === 0) return;
    setStarting(true);
    const refused: { id: string; name: string; failure: Failure }[] = [];
    let last = "";
    for (const source of starting) {
      const created = await actions.call(
        "job.create",
        { source: source.id, choices: choicesOf(draft, source.id) },
        { isQuiet: true },
      );
      const started = created.ok
        ? await actions.call("job.start", { job: created.value.id }, { isQuiet: true })
        : created;
      if (started.ok) {
        actions.takeJob(started.value);
        last = started.value.id;
      } else {
        refused.push({ id: source.id, name: source.name, failure: started.failure });
      }
    }
    setStarting(false);
    setFailures(refused);
    const count = starting.length - refused.length;
    if (count > 0) actions.notify({ tone: "done", text: text.started(format.integer(count)), failure: null });
    if (refused.length > 0) {
      // What was started must not be asked for again when the rest is put right.
      actions.setDraft({ sources: refused.map(({ id }) => id) });
      return;
    }
    actions.resetDraft();
    actions.open(count === 1 ? { screen: "job", job: last } : { screen: "jobs" });
  };

  return (
    <div className="wizard-body review-body">
      <div className="stack review-main">
        <p className="dim">{text.lead}</p>
        <div className="review">
          <ReviewList title={text.creates} lines={review.creates} />
          <ReviewList title={text.takes} lines={review.takes} />
          <ReviewList title={text.risks} lines={review.risks} isRisk={review.hasRisk} />
          <ReviewList title={text.changes} lines={[text.sourceUntouched, text.ledger]} />
        </div>
      </div>
      <div className="stack review-end">
        {failures.map(({ name, failure }) => (
          <FailureCard key={name} failure={failure} title={text.failed(name)} />
        ))}
        <DraftCheck field="confirmed" label={text.confirm} />
        <div className="row">
          {back}
          <Button loading={isStarting} disabled={chosen.length === 0} onClick={() => void start()}>
            {text.start(what)}
          </Button>
        </div>
      </div>
      <PlanSoFar />
    </div>
  );
}

function ReviewList({
  title,
  lines,
  isRisk = false,
}: {
  readonly title: string;
  readonly lines: readonly string[];
  readonly isRisk?: boolean;
}) {
  return (
    <Section title={title}>
      <ul>
        {lines.map((line) => (
          <li key={line} className={isRisk ? "risk" : undefined}>
            {line}
          </li>
        ))}
      </ul>
    </Section>
  );
}
