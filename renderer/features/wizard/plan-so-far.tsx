import type { ReactNode } from "react";
import { wizardSteps, type WizardStep } from "../../store/wizard-draft.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { VerdictBadge } from "../../ui/verdict-badge.tsx";
import { usePlanLines, type PlanLine } from "./use-plan-lines.ts";
import { useReview } from "./use-review.ts";

const told = ["source", "target", "plan"] as const;

/** What was chosen up to now, and what it comes to: beside the step on a wide screen, and on the review. */
export function PlanSoFar() {
  const { wizard, sources } = useTexts();
  const { setDraft } = useActions();
  const step = useApp((state) => state.draft.step);
  const only = useApp((state) => (state.draft.sources.length === 1 ? state.draft.sources[0] : undefined));
  const assessment = useApp((state) => (only === undefined ? undefined : state.assessments.get(only)));
  const lines = usePlanLines();
  const { takes } = useReview();
  return (
    <aside className="panel wizard-aside" aria-label={wizard.soFar.title}>
      <h2>{wizard.soFar.title}</h2>
      {told.map((each) => (
        <Group key={each} step={each} now={step} onChange={() => setDraft({ step: each })}>
          <dl className="facts">
            {lines[each].map((line) => (
              <Fact key={line.label} line={line} />
            ))}
            {each === "source" && only !== undefined ? (
              <>
                <dt>{sources.columns.verdict}</dt>
                <dd>
                  {assessment === undefined ? (
                    sources.notAssessed
                  ) : (
                    <VerdictBadge verdict={assessment.verdict} />
                  )}
                </dd>
              </>
            ) : null}
          </dl>
        </Group>
      ))}
      {/* The review has it in its own words. */}
      {step === "review" ? null : (
        <div className="stack-tight">
          <h3>{wizard.review.takes}</h3>
          {takes.map((line) => (
            <p key={line}>{line}</p>
          ))}
        </div>
      )}
    </aside>
  );
}

function Group({
  step,
  now,
  onChange,
  children,
}: {
  readonly step: WizardStep;
  readonly now: WizardStep;
  onChange(): void;
  readonly children: ReactNode;
}) {
  const { wizard } = useTexts();
  const isBehind = wizardSteps.indexOf(step) < wizardSteps.indexOf(now);
  return (
    <div className="stack-tight">
      <div className="row-between">
        <h3>{wizard.steps[step]}</h3>
        {isBehind ? (
          <button type="button" className="text-button" onClick={onChange}>
            {wizard.soFar.change}
            <span className="visually-hidden">{wizard.steps[step]}</span>
          </button>
        ) : null}
      </div>
      {children}
    </div>
  );
}

function Fact({ line: { label, value, isMono = false } }: { readonly line: PlanLine }) {
  return (
    <>
      <dt>{label}</dt>
      <dd className={isMono ? "mono" : undefined}>{value}</dd>
    </>
  );
}
